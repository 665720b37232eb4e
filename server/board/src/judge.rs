//! The decisions of a board, without storage: who wins a label, who may erase, which tick follows.

use heliograph_wire::{
    BodyHash, ClaimId, Class, EraseHash, EraseKey, Keep, Label, LaneId, LeafHash, SignedTick,
    TICK_ITEMS_MAX, TickHash, leaf, merkle,
};

use crate::{NewCell, Pending, PutOutcome, TickFault};

/// What a board remembers of a label, apart from the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) keep: Keep,
    pub(crate) class: Class,
    pub(crate) erase_hash: EraseHash,
    pub(crate) body_hash: BodyHash,
    pub(crate) expiry_day: u32,
    pub(crate) seq: u64,
    pub(crate) state: State,
}

/// How far a cell has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Stored, waiting for a tick.
    Pending,
    /// Visible.
    Announced(Spot),
    /// Visible once, body gone; the claim that did it.
    Erased(Spot, ClaimId),
}

/// Where a cell was announced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) tick: u64,
    pub(crate) index: u32,
}

/// What an erase order leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erasure {
    /// The first good claim: the body goes.
    Now(Spot),
    /// The same claim again.
    Before,
    /// Refused without saying why.
    No,
}

impl Record {
    /// The record of a cell stored now.
    pub(crate) fn new(new: &NewCell, seq: u64) -> Self {
        Self {
            keep: new.cell().keep,
            class: new.cell().body.class(),
            erase_hash: new.cell().erase_hash,
            body_hash: new.body_hash(),
            expiry_day: new.expiry_day,
            seq,
            state: State::Pending,
        }
    }

    /// Whether a second put under this label is a retry or a stranger.
    pub(crate) fn judge(&self, new: &NewCell) -> PutOutcome {
        let same = self.body_hash == new.body_hash()
            && self.keep == new.cell().keep
            && self.erase_hash == new.cell().erase_hash;
        if same {
            PutOutcome::Same
        } else {
            PutOutcome::Taken
        }
    }

    /// Whether `claim` may erase with `key`.
    pub(crate) fn erasure(&self, key: &EraseKey, claim: ClaimId) -> Erasure {
        if key.hash() != self.erase_hash {
            return Erasure::No;
        }
        match self.state {
            State::Pending => Erasure::No,
            State::Announced(spot) => Erasure::Now(spot),
            State::Erased(_, first) if first == claim => Erasure::Before,
            State::Erased(..) => Erasure::No,
        }
    }

    /// The leaf of this cell.
    pub(crate) fn leaf(&self, label: &Label) -> LeafHash {
        leaf(label, self.keep, &self.erase_hash, &self.body_hash)
    }

    /// Whether nothing needs this record on `today`. A pending cell was acknowledged and is
    /// announced first.
    pub(crate) fn due(&self, today: u32) -> bool {
        self.state != State::Pending && self.expiry_day <= today
    }
}

/// Checks that `tick` may follow `head` on `lane`, announcing `items`; `oldest` are the first
/// `items.len()` pending cells in arrival order. Returns the leaves in label order.
pub(crate) fn follows(
    (lane, head): (LaneId, Option<&SignedTick>),
    tick: &SignedTick,
    items: &[Label],
    oldest: &[Pending],
) -> Result<Vec<LeafHash>, TickFault> {
    let expected = head.map_or(1, |head| head.head.number.saturating_add(1));
    let previous = head.map_or(TickHash([0; 32]), SignedTick::hash);
    if tick.head.lane != lane {
        return Err(TickFault::OtherLane);
    }
    if tick.head.number != expected {
        return Err(TickFault::NotNext { expected });
    }
    if tick.head.previous != previous {
        return Err(TickFault::OtherPrevious);
    }
    let counted = tick.head.items as usize == items.len();
    if !counted || items.is_empty() || items.len() > TICK_ITEMS_MAX {
        return Err(TickFault::Count);
    }
    let mut waiting: Vec<(Label, LeafHash)> = oldest.iter().map(|p| (p.label, p.leaf)).collect();
    waiting.sort_unstable_by_key(|(label, _)| *label);
    if !waiting.iter().map(|(label, _)| label).eq(items) {
        return Err(TickFault::NotTheOldest);
    }
    let leaves: Vec<LeafHash> = waiting.into_iter().map(|(_, leaf)| leaf).collect();
    if merkle::root(&leaves) != tick.head.root {
        return Err(TickFault::Root);
    }
    Ok(leaves)
}
