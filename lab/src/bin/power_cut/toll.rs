//! What cuts have cost: everything that was promised before one is counted against what is there
//! afterwards.

use std::collections::BTreeMap;
use std::fmt;

use heliograph_client::{MessageInfo, MessageState};

use crate::people::Words;

/// Sums over all cuts.
#[derive(Default)]
pub(crate) struct Toll {
    pub(crate) cuts: u64,
    /// Cells answered *Stored* and ticks shown.
    pub(crate) cells: usize,
    pub(crate) ticks: usize,
    /// Messages written down, acknowledged, shown.
    pub(crate) kept: usize,
    pub(crate) stored: usize,
    pub(crate) shown: usize,
    pub(crate) lost_cells: usize,
    pub(crate) lost_ticks: usize,
    pub(crate) lost_messages: usize,
    pub(crate) doubled: usize,
    /// Why a store could not be used at all.
    pub(crate) broken: Option<String>,
}

impl Toll {
    /// Whether anything was lost or doubled.
    pub(crate) fn harmed(&self) -> bool {
        let lost = self.lost_cells + self.lost_ticks + self.lost_messages;
        lost + self.doubled > 0 || self.broken.is_some()
    }

    /// Whether both the server and the devices have lost something.
    pub(crate) fn harmed_everywhere(&self) -> bool {
        self.lost_cells > 0 && self.lost_messages > 0
    }

    /// Holds what was said against both databases.
    pub(crate) fn judge(&mut self, words: &Words, ben: &[MessageInfo], anna: &[MessageInfo]) {
        let (ben, anna) = (times(ben), times(anna));
        let lacks = |had: &BTreeMap<&str, (usize, MessageState)>, text: &String| {
            !had.contains_key(text.as_str())
        };
        self.lost_messages += words.kept.keys().filter(|text| lacks(&ben, text)).count();
        self.lost_messages += words.shown.keys().filter(|text| lacks(&anna, text)).count();
        // What the server acknowledged is not called pending again.
        let fell_back = |text: &&String| {
            ben.get(text.as_str())
                .is_some_and(|(_, state)| *state < MessageState::Stored)
        };
        self.lost_messages += words.stored.keys().filter(fell_back).count();
        for had in [&ben, &anna] {
            self.doubled += had.values().filter(|(times, _)| *times > 1).count();
        }
        self.doubled += words.shown.values().filter(|times| **times > 1).count();
        // Nobody shows what its writer does not have.
        self.lost_messages += anna.keys().filter(|text| !ben.contains_key(*text)).count();
    }
}

/// How often each text is there, and how far it has come.
fn times(messages: &[MessageInfo]) -> BTreeMap<&str, (usize, MessageState)> {
    let mut times = BTreeMap::new();
    for message in messages {
        let entry = times.entry(message.text.as_str());
        entry.or_insert((0, message.state)).0 += 1;
    }
    times
}

impl fmt::Display for Toll {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} cuts; acknowledged: {} cells, {} messages written down, {} of them stored; shown: {} ticks, \
             {} messages; lost: {} cells, {} ticks, {} messages; doubled: {}",
            self.cuts,
            self.cells,
            self.kept,
            self.stored,
            self.ticks,
            self.shown,
            self.lost_cells,
            self.lost_ticks,
            self.lost_messages,
            self.doubled
        )?;
        match &self.broken {
            Some(why) => write!(out, "; a store could not be used: {why}"),
            None => Ok(()),
        }
    }
}
