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

/// Bounded memory of the feed, and cells fetched on demand.
#[derive(Default)]
pub(crate) struct Ring {
    order: VecDeque<(Tag, u64)>,
    cells: HashMap<(Tag, u64), Item>,
    by_tag: HashMap<Tag, u64>,
    fetched: HashMap<Label, Option<Placed>>,
}

impl Ring {
    /// Remembers the small cells of a tick.
    pub(crate) fn remember(&mut self, number: u64, items: &[Item]) {
        for item in items.iter().filter(|item| item.cell.is_some()) {
            self.order.push_back((item.tag, number));
            self.cells.insert((item.tag, number), item.clone());
            self.by_tag.insert(item.tag, number);
        }
        while self.order.len() > CAPACITY {
            let Some(old) = self.order.pop_front() else {
                break;
            };
            self.cells.remove(&old);
            if self.by_tag.get(&old.0) == Some(&old.1) {
                self.by_tag.remove(&old.0);
            }
        }
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
        let number = self.by_tag.get(&label.tag());
        let item = number.and_then(|number| self.cells.get(&(label.tag(), *number)));
        if let (Some(number), Some(item)) = (number, item)
            && let Some(cell) = &item.cell
            && is_under(item, cell, label)
        {
            return Some(Some((cell.clone(), *number)));
        }
        self.fetched.get(label).cloned()
    }
}
