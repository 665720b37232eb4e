//! The labels a device is waiting for, found by the eight bytes a feed shows
//! (docs/protocol/delivery.md, Labels and sealing).
//!
//! A tag only says "look closer": whether an item is really under a label is decided by the signed
//! leaf, which binds the whole label. The set lives in memory and is rebuilt from the stored chains,
//! slots and cards at start, and after a step that was rolled back.

use std::collections::HashMap;

use heliograph_wire::{Label, Tag};
use smallvec::SmallVec;

/// Map from label to what is waiting for it. Two labels may share a tag: both are given.
pub struct WatchSet<T> {
    by_tag: HashMap<Tag, SmallVec<[(Label, T); 1]>>,
}

impl<T> Default for WatchSet<T> {
    fn default() -> Self {
        Self {
            by_tag: HashMap::new(),
        }
    }
}

impl<T> WatchSet<T> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for a label; an earlier entry for the same label is replaced.
    pub fn insert(&mut self, label: Label, what: T) {
        let row = self.by_tag.entry(label.tag()).or_default();
        row.retain(|(old, _)| *old != label);
        row.push((label, what));
    }

    /// Stops waiting for a label.
    pub fn remove(&mut self, label: &Label) {
        if let Some(row) = self.by_tag.get_mut(&label.tag()) {
            row.retain(|(old, _)| old != label);
            if row.is_empty() {
                self.by_tag.remove(&label.tag());
            }
        }
    }

    /// Stops waiting for every label whose entry `keep` does not want, without knowing the labels.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.by_tag.retain(|_, row| {
            row.retain(|(_, what)| keep(what));
            !row.is_empty()
        });
    }

    /// Everything that waits for a label of this tag.
    pub fn lookup(&self, tag: &Tag) -> &[(Label, T)] {
        self.by_tag.get(tag).map_or(&[], SmallVec::as_slice)
    }

    /// How many tags are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_tag.len()
    }

    /// Whether nothing is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_tag.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_share_a_tag_are_kept_apart() {
        let (mut one, mut two) = (Label([1; 32]), Label([1; 32]));
        one.0[31] = 5;
        two.0[31] = 6;
        let mut set = WatchSet::new();
        set.insert(one, "one");
        set.insert(two, "two");
        set.insert(two, "again");
        assert_eq!(set.lookup(&one.tag()).len(), 2);
        set.remove(&one);
        assert_eq!(set.lookup(&two.tag()).first().map(|f| f.1), Some("again"));
        set.remove(&two);
        assert!(set.is_empty());
    }

    #[test]
    fn entries_go_by_what_waits_and_others_of_their_tag_stay() {
        let mut other = Label([1; 32]);
        other.0[31] = 5;
        let mut set = WatchSet::new();
        set.insert(Label([1; 32]), "goes");
        set.insert(other, "stays");
        set.insert(Label([2; 32]), "goes");
        set.retain(|what| *what == "stays");
        assert_eq!(set.len(), 1);
        assert_eq!(set.lookup(&other.tag()).first().map(|f| f.1), Some("stays"));
    }
}
