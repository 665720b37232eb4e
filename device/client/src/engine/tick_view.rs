//! One whole tick, ready to be searched by label.

use std::collections::HashMap;
use std::sync::Arc;

use heliograph_wire::{Item, ItemCell, Label, LeafHash, SignedTick, Tag, leaf};

/// A tick with all its items.
pub(crate) struct WholeTick {
    pub(crate) signed: SignedTick,
    pub(crate) items: Arc<Vec<Item>>,
    pub(crate) hour: u32,
}

/// What stands in a tick under a label.
pub(crate) enum Sight<'a> {
    /// A small cell with its content.
    Cell(&'a ItemCell),
    /// Something with the same tag that is not shown as the board signed it under this label: a large cell, one
    /// erased since, a changed one, or another label's.
    Bare,
}

/// A bit for each start of a tag that some item has: most labels are told from all items by it.
struct Starts(Box<[u64; 1_024]>);

impl Starts {
    fn place(tag: &Tag) -> (usize, u64) {
        let [first, second, ..] = tag.0;
        let start = usize::from(u16::from_be_bytes([first, second]));
        (start / 64, 1 << (start % 64))
    }

    fn add(&mut self, tag: &Tag) {
        let (word, bit) = Self::place(tag);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn may_have(&self, tag: &Tag) -> bool {
        let (word, bit) = Self::place(tag);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Index of a tick by tag.
pub(crate) struct TickView<'a> {
    number: u64,
    items: &'a [Item],
    starts: Starts,
    by_tag: HashMap<Tag, Vec<usize>>,
}

impl<'a> TickView<'a> {
    pub(crate) fn new(number: u64, items: &'a [Item]) -> Self {
        let mut by_tag: HashMap<Tag, Vec<usize>> = HashMap::with_capacity(items.len());
        let mut starts = Starts(Box::new([0; 1_024]));
        for (at, item) in items.iter().enumerate() {
            starts.add(&item.tag);
            by_tag.entry(item.tag).or_default().push(at);
        }
        Self {
            number,
            items,
            starts,
            by_tag,
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether the board signed this leaf in this tick, under a label with this tag.
    pub(crate) fn holds(&self, tag: &Tag, leaf: &LeafHash) -> bool {
        let places = self.by_tag.get(tag).into_iter().flatten();
        let mut items = places.filter_map(|at| self.items.get(*at));
        items.any(|item| item.leaf == *leaf)
    }

    /// The cell under `label`, if the signed leaf really is that label's.
    pub(crate) fn find(&self, label: &Label) -> Option<Sight<'a>> {
        let tag = label.tag();
        if !self.starts.may_have(&tag) {
            return None;
        }
        let places = self.by_tag.get(&tag)?;
        let items = places.iter().filter_map(|at| self.items.get(*at));
        let mut bare = None;
        for item in items {
            match &item.cell {
                Some(cell) if is_under(item, cell, label) => return Some(Sight::Cell(cell)),
                _ => bare = Some(Sight::Bare),
            }
        }
        bare
    }
}

/// Whether the leaf that the board signed for `item` names `label`.
pub(crate) fn is_under(item: &Item, cell: &ItemCell, label: &Label) -> bool {
    leaf(label, cell.keep, &cell.erase_hash, &cell.body.hash()) == item.leaf
}
