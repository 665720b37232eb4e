//! Recent cells of the feed, whoever they are for.
//!
//! The bodies of a commit stand in the feed before its head. Fetching them by label would show the
//! board that two connections read the same thing, so every device keeps the newest foreign cells
//! for a while and looks there first. It looks seldom and keeps always: looking may take long,
//! keeping may not.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use heliograph_wire::{Item, ItemCell, Label};

use super::tick_view::is_under;

/// Cells kept, 2 KiB each; the newest tick is kept whole even if it has more.
const CAPACITY: usize = 8_192;

/// A cell and the number of the tick that announced it.
pub(crate) type Placed = (ItemCell, u64);

/// Bounded memory of the feed, and cells fetched on demand.
#[derive(Default)]
pub(crate) struct Ring {
    ticks: VecDeque<(u64, Arc<Vec<Item>>)>,
    items: usize,
    fetched: HashMap<Label, Option<Placed>>,
    /// First and last of the newest ticks without a gap that are remembered.
    whole: (u64, u64),
}

impl Ring {
    /// Remembers a tick; one that is not newer than the last changes nothing.
    pub(crate) fn remember(&mut self, number: u64, items: &Arc<Vec<Item>>) {
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

    /// Whether no cell under `label` was announced in these ticks, as the feed itself shows.
    pub(crate) fn never_stood(&self, label: &Label, (since, until): (u64, u64)) -> bool {
        let tag = label.tag();
        let hidden = |item: &Item| item.tag == tag && item.cell.is_none();
        since >= self.whole.0
            && until <= self.whole.1
            && !self.ticks.iter().any(|(_, items)| items.iter().any(hidden))
    }

    /// Remembers what a Get brought; `None` for a cell the board does not have.
    pub(crate) fn fetched(&mut self, label: Label, cell: Option<Placed>) {
        self.fetched.insert(label, cell);
    }

    /// Forgets fetched cells once the tick that needed them is done.
    pub(crate) fn forget_fetched(&mut self) {
        self.fetched.clear();
    }

    /// The cell under `label`: `None` if it is not known here, `Some(None)` if the board has none.
    pub(crate) fn find(&self, label: &Label) -> Option<Option<Placed>> {
        let tag = label.tag();
        for (number, items) in &self.ticks {
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
