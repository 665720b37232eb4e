//! The board's record is not the one that this device followed: a person may decide to follow it all the same
//! (docs/protocol/delivery.md, Another record).

use heliograph_store::{Position, Step, View};

use super::{Feed, Pace};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::detail::purpose;
use crate::engine::errors::EngineError;
use crate::engine::ring::Ring;
use crate::{Changed, LinkState, Refusal};

/// Name of the number that board order goes on from.
const PASSED: &str = "ticks-passed";
/// Name of the mark that the board showed another record.
pub(super) const ASTRAY: &str = "board-astray";
/// Why conversations are frozen, and the kind of the alarm.
const WHY: &str = "followed-anew";

/// How many ticks of records that are not followed any more come before the present one in the order of messages, and
/// whether the board last showed another one.
pub(in crate::engine) fn earlier_records(view: &View<'_>) -> Result<(u64, bool), EngineError> {
    let astray = view.meta(ASTRAY)?.is_some();
    let Some(stored) = view.meta(PASSED)? else {
        return Ok((0, astray));
    };
    let bytes = stored.as_slice().try_into().map_err(EngineError::bug)?;
    Ok((u64::from_be_bytes(bytes), astray))
}

impl Feed {
    /// Where a tick stands in the order of messages: after everything of records followed before.
    pub(in crate::engine) fn place(&self, tick: u64) -> u64 {
        self.passed.saturating_add(tick)
    }

    /// After everything that was read.
    pub(in crate::engine) fn newest_place(&self) -> u64 {
        self.place(self.chain.number())
    }

    /// Nothing read of this record yet.
    fn anew(&mut self) {
        let chain = self.chain.anew();
        *self = Self::new(chain, 0, (self.newest_place(), false));
    }
}

impl Engine {
    /// A person decides to follow the board's record as it is now, though it is not the one that this device followed:
    /// no label of an epoch of before is touched again, so conversations freeze, and others bring this device back. Gives
    /// how many wait for that.
    ///
    /// # Errors
    /// `board-followed` unless the board showed another record the last time that it was reached.
    pub fn follow_anew(&mut self, now_ms: i64) -> Result<u64, Refusal> {
        if self.is_astray() != Some(true) {
            return Err(Refusal::unchanged(
                "board-followed",
                "The board was not found to show another record than the one that this device follows.",
                "There is nothing to decide; go on, or try again once the board is reached.",
            ));
        }
        let frozen = self.command(now_ms, Core::leave_record)?;
        self.core.feed.anew();
        self.core.ring = Ring::default();
        self.core.forget(true);
        self.begin_anew();
        self.core.link = LinkState::Connecting;
        self.core.out.changes.push(Changed::Link);
        let recalled = self.store.view(|view| self.core.recall(view));
        self.settle_fault(recalled);
        Ok(frozen)
    }

    /// Whether the board shows another record than this device followed; `None` as long as that is not known.
    #[must_use]
    pub fn is_astray(&self) -> Option<bool> {
        let feed = &self.core.feed;
        let astray = feed.astray && feed.judged;
        (astray || feed.pace == Pace::InStep).then_some(astray)
    }
}

impl Core {
    fn leave_record(&mut self, tx: &Step<'_>) -> Result<u64, EngineError> {
        let head = self.feed.chain.head();
        let evidence = head.map_or_else(Vec::new, |head| head.encode().to_vec());
        self.give_up_contacts(tx, WHY)?;
        let frozen = self.freeze_all(tx, WHY)?;
        let passed = self.feed.newest_place();
        tx.set_meta(PASSED, &passed.to_be_bytes())?;
        // As a new device: everything meant for it lies ahead.
        let start = Position {
            head: Vec::new(),
            hour: 0,
        };
        tx.set_position(self.lane.0, &start)?;
        tx.forget_ticks_below(self.lane.0, u64::MAX)?;
        // A board that kept them says so; one that went back to an older record has lost them.
        tx.put_cells_again(purpose::CARD)?;
        tx.remove_meta(ASTRAY)?;
        self.alarm(tx, WHY, &evidence)?;
        Ok(frozen)
    }
}
