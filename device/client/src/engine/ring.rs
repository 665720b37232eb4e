//! Recent cells of the feed, whoever they are for.
//!
//! The bodies of a commit stand in the feed before its head. Fetching them by label would show the
//! board that two connections read the same thing, so every device keeps the newest foreign cells
//! for a while and looks there first. It looks seldom and keeps always: looking may take long,
//! keeping may not.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use heliograph_wire::{Item, ItemCell, Label};

use super::tick_view::is_under;

/// Cells kept, 2 KiB each; the newest tick is kept whole even if it has more.
const CAPACITY: usize = 8_192;

/// Cells kept of ticks that are read again for somebody who was added meanwhile.
const AGAIN_CAPACITY: usize = 32_768;

/// Ticks by number, each with all its items.
pub(crate) type Ticks = Vec<(u64, Arc<Vec<Item>>)>;

/// A cell and the number of the tick that announced it.
pub(crate) type Placed = (ItemCell, u64);

/// Bounded memory of the feed, and cells fetched on demand.
#[derive(Default)]
pub(crate) struct Ring {
    ticks: VecDeque<(u64, Arc<Vec<Item>>)>,
    items: usize,
    fetched: HashMap<Label, Option<Placed>>,
    /// Ticks older than those that are read again, and the first of them; they go when the tick
    /// that needed them is done.
    again: BTreeMap<u64, Arc<Vec<Item>>>,
    again_since: Option<u64>,
    again_items: usize,
    /// First and last of the newest ticks without a gap that are remembered.
    whole: (u64, u64),
}

impl Ring {
    /// From now on ticks from `since` on are kept for [`Self::between`], whatever comes again.
    pub(crate) fn read_again(&mut self, since: u64) {
        self.again.clear();
        self.again_items = 0;
        self.again_since = Some(since);
    }

    /// The ticks `since..=until`, if all of them are remembered.
    pub(crate) fn between(&self, since: u64, until: u64) -> Option<Ticks> {
        let newest = self.ticks.iter().map(|(number, items)| (*number, items));
        let mut known: BTreeMap<u64, &Arc<Vec<Item>>> = newest.collect();
        known.extend(self.again.iter().map(|(number, items)| (*number, items)));
        let held: Ticks = known
            .range(since..=until)
            .map(|(number, items)| (*number, Arc::clone(items)))
            .collect();
        let wanted = usize::try_from(until.checked_sub(since)?.saturating_add(1)).ok()?;
        (held.len() == wanted).then_some(held)
    }

    fn keep_again(&mut self, number: u64, items: &Arc<Vec<Item>>) {
        if self.again_since.is_none_or(|since| number < since) {
            return;
        }
        if self.again_items + items.len() > AGAIN_CAPACITY {
            // Too much lies between: what is missing then is told.
            self.forget_again();
            return;
        }
        if self.again.insert(number, Arc::clone(items)).is_none() {
            self.again_items += items.len();
        }
    }

    fn forget_again(&mut self) {
        self.again.clear();
        self.again_items = 0;
        self.again_since = None;
    }

    /// Remembers a tick; one that is not newer than the last changes nothing.
    pub(crate) fn remember(&mut self, number: u64, items: &Arc<Vec<Item>>) {
        self.keep_again(number, items);
        if number <= self.whole.1 {
            return;
        }
        let gap = number != self.whole.1 + 1;
        self.whole = (if gap { number } else { self.whole.0 }, number);
        self.items += items.len();
        self.ticks.push_back((number, Arc::clone(items)));
        while self.items > CAPACITY && self.ticks.len() > 1 {
            let Some((oldest, gone)) = self.ticks.pop_front() else {
                break;
            };
            self.items -= gone.len();
            self.whole.0 = self.whole.0.max(oldest + 1);
        }
    }

    /// Whether no cell under `label`, which [`Self::find`] does not know, was announced in these ticks, as the feed
    /// itself shows.
    pub(crate) fn never_stood(&self, label: &Label, (since, until): (u64, u64)) -> bool {
        // One that is shown under this tag and is not this label's may have been changed.
        let tag = label.tag();
        let hidden = |item: &Item| item.tag == tag;
        if since >= self.whole.0 && until <= self.whole.1 {
            return !self.ticks.iter().any(|(_, items)| items.iter().any(hidden));
        }
        let held = self.between(since, until);
        held.is_some_and(|ticks| !ticks.iter().any(|(_, items)| items.iter().any(hidden)))
    }

    /// Remembers what a Get brought; `None` for a cell the board does not have.
    pub(crate) fn fetched(&mut self, label: Label, cell: Option<Placed>) {
        self.fetched.insert(label, cell);
    }

    /// Forgets what was fetched or read again once the tick that needed it is done.
    pub(crate) fn forget_fetched(&mut self) {
        self.fetched.clear();
        if !self.again.is_empty() {
            self.forget_again();
        }
    }

    /// The cell under `label`: `None` if it is not known here, `Some(None)` if the board has none.
    pub(crate) fn find(&self, label: &Label) -> Option<Option<Placed>> {
        let tag = label.tag();
        let newest = self.ticks.iter().map(|(number, items)| (number, items));
        for (number, items) in newest.chain(&self.again) {
            for item in items.iter().filter(|item| item.tag == tag) {
                if let Some(cell) = &item.cell
                    && is_under(item, cell, label)
                {
                    return Some(Some((cell.clone(), *number)));
                }
            }
        }
        self.fetched.get(label).cloned()
    }
}
