//! Commit slots: the order of commits is put-if-absent (docs/protocol/delivery.md, Commits).
//!
//! A cell at slot s counts only if all lower slots stand in the same or earlier ticks; a cell at a
//! higher slot is dead for good. Every member judges the same slots in the same order.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use heliograph_wire::Label;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::{SealKey, Secret, Unreadable, hmac, read, write_secret};

/// Slots of an epoch; all are watched from its start.
pub const SLOTS: u32 = 64;

/// An epoch's slots and how far they are judged.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slots {
    base: Secret,
    next: u32,
    dead: BTreeSet<u32>,
    /// Every slot's label, once they were asked for.
    #[serde(skip)]
    labels: OnceLock<Vec<Label>>,
}

impl Slots {
    pub(crate) fn new(base: [u8; 32]) -> Self {
        Self {
            base: Secret(base),
            next: 0,
            dead: BTreeSet::new(),
            labels: OnceLock::new(),
        }
    }

    /// The slots from `first` that can still count, with their labels.
    fn alive(&self, first: u32) -> impl Iterator<Item = (u32, &Label)> {
        let labels = self
            .labels
            .get_or_init(|| (0..SLOTS).map(|s| self.label(s)).collect());
        let slots = (0..SLOTS).zip(labels).skip(first as usize);
        slots.filter(|(s, _)| !self.dead.contains(s))
    }

    /// Label of slot `s`.
    #[must_use]
    pub fn label(&self, s: u32) -> Label {
        Label(hmac(&self.base.0, &[&[1], &s.to_be_bytes()]))
    }

    /// Seal key of slot `s`.
    #[must_use]
    pub fn key(&self, s: u32) -> SealKey {
        SealKey(hmac(&self.base.0, &[&[2], &s.to_be_bytes()]))
    }

    /// The lowest slot not yet judged; `None` when all are spent.
    #[must_use]
    pub fn lowest_free(&self) -> Option<u32> {
        (self.next < SLOTS).then_some(self.next)
    }

    /// Whether a cell at slot `s` can no longer count.
    #[must_use]
    pub fn is_spent(&self, s: u32) -> bool {
        s < self.next || self.dead.contains(&s)
    }

    /// Labels of the slots that can still count.
    pub fn watched(&self) -> impl Iterator<Item = Label> + '_ {
        self.alive(self.next).map(|(_, label)| *label)
    }

    /// The slot to judge now, given which labels stand in the tick at hand. Slots above a missing
    /// one that stand in this tick are dead from now on. After a void judgement call
    /// [`Slots::void`] and ask again; after a valid one the epoch is over.
    pub fn judge(&mut self, stands: impl Fn(&Label) -> bool) -> Option<u32> {
        self.skip_dead();
        if self.next >= SLOTS {
            return None;
        }
        if stands(&self.label(self.next)) {
            return Some(self.next);
        }
        let above = self.alive(self.next + 1).filter(|(_, label)| stands(label));
        let above: Vec<u32> = above.map(|(s, _)| s).collect();
        self.dead.extend(above);
        None
    }

    /// Slot `s` held nothing valid.
    pub fn void(&mut self, s: u32) {
        if s == self.next {
            self.next += 1;
            self.skip_dead();
        } else {
            self.dead.insert(s);
        }
    }

    fn skip_dead(&mut self) {
        while self.dead.remove(&self.next) {
            self.next += 1;
        }
    }

    /// CBOR of the state, for the encrypted store only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write_secret(self)
    }

    /// Reads [`Slots::to_bytes`].
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        read(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_above_a_missing_one_is_dead_even_after_the_gap_fills() {
        let mut slots = Slots::new([1; 32]);
        let two = slots.label(2);
        assert_eq!(slots.judge(|l| *l == two), None);
        assert!(slots.is_spent(2));
        let zero = slots.label(0);
        assert_eq!(slots.judge(|l| *l == zero), Some(0));
        slots.void(0);
        assert_eq!(slots.lowest_free(), Some(1));
        slots.void(1);
        assert_eq!(slots.lowest_free(), Some(3), "the dead slot is passed over");
        assert!(!slots.watched().any(|l| l == two));
    }

    #[test]
    fn slots_of_one_tick_are_judged_in_order() {
        let mut slots = Slots::new([1; 32]);
        let labels = [slots.label(0), slots.label(1)];
        let stands = |l: &Label| labels.contains(l);
        assert_eq!(slots.judge(stands), Some(0));
        slots.void(0);
        assert_eq!(slots.judge(stands), Some(1));
        let again = Slots::from_bytes(&slots.to_bytes()).unwrap();
        assert_eq!(again.lowest_free(), Some(1));
    }

    #[test]
    fn when_all_slots_are_void_none_is_free() {
        let mut slots = Slots::new([1; 32]);
        for s in 0..SLOTS {
            slots.void(s);
        }
        assert_eq!(slots.lowest_free(), None);
        assert_eq!(slots.judge(|_| true), None);
    }
}
