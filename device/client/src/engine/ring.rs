//! Recent cells of the feed, whoever they are for.
//!
//! The bodies of a commit stand in the feed before its head. Fetching them by label would show the
//! board that two connections read the same thing, so every device keeps the newest foreign cells
//! for a while and looks there first.

use std::collections::{HashMap, VecDeque};

use heliograph_wire::{Item, ItemCell, Label, Tag};

use super::tick_view::is_under;

/// Cells kept, 2 KiB each.
const CAPACITY: usize = 8_192;

/// A cell and the number of the tick that announced it.
pub(crate) type Placed = (ItemCell, u64);

/// Bounded memory of the feed, and cells fetched on demand. Several cells may share a tag: a board
/// that makes them do so must not make a device blind to the one it needs.
#[derive(Default)]
pub(crate) struct Ring {
    order: VecDeque<(Tag, u64)>,
    by_tag: HashMap<Tag, Vec<(u64, Item)>>,
    fetched: HashMap<Label, Option<Placed>>,
    /// First and last of the newest ticks without a gap of which every item is remembered.
    whole: (u64, u64),
}

impl Ring {
    /// Remembers a tick; an item that is remembered already changes nothing.
    pub(crate) fn remember(&mut self, number: u64, items: &[Item]) {
        if number > self.whole.1 {
            let gap = number != self.whole.1 + 1;
            self.whole = (if gap { number } else { self.whole.0 }, number);
        }
        for item in items {
            let row = self.by_tag.entry(item.tag).or_default();
            if row
                .iter()
                .any(|(n, held)| *n == number && held.leaf == item.leaf)
            {
                continue;
            }
            row.push((number, item.clone()));
            self.order.push_back((item.tag, number));
        }
        while self.order.len() > CAPACITY {
            let Some((tag, number)) = self.order.pop_front() else {
                break;
            };
            self.whole.0 = self.whole.0.max(number + 1);
            if let Some(row) = self.by_tag.get_mut(&tag) {
                if let Some(at) = row.iter().position(|(n, _)| *n == number) {
                    row.remove(at);
                }
                if row.is_empty() {
                    self.by_tag.remove(&tag);
                }
            }
        }
    }

    /// Whether no cell under `label` was announced in these ticks, as the feed itself shows.
    pub(crate) fn never_stood(&self, label: &Label, (since, until): (u64, u64)) -> bool {
        let row = self.by_tag.get(&label.tag());
        let hidden = |row: &Vec<(u64, Item)>| row.iter().any(|(_, item)| item.cell.is_none());
        since >= self.whole.0 && until <= self.whole.1 && !row.is_some_and(hidden)
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
        let row = self.by_tag.get(&label.tag()).into_iter().flatten();
        for (number, item) in row {
            if let Some(cell) = &item.cell
                && is_under(item, cell, label)
            {
                return Some(Some((cell.clone(), *number)));
            }
        }
        self.fetched.get(label).cloned()
    }
}
