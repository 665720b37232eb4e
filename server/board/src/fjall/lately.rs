//! Ticks that were asked about lately, hashed: whoever fetches a file asks for every cell of a tick, and
//! each place is proved with the hashes of all others.

use std::collections::HashMap;
use std::mem::take;
use std::sync::{Arc, Mutex};

use heliograph_wire::{LaneId, SignedTick, merkle};

/// Leaves of the ticks of one generation; 64 bytes each, and there are two generations.
const LEAVES: usize = 32_768;

/// A tick and the tree over its leaves. Neither ever changes.
pub(super) struct Hashed {
    pub(super) signed: SignedTick,
    pub(super) tree: merkle::Tree,
    pub(super) leaves: usize,
}

type Ticks = HashMap<(LaneId, u64), Arc<Hashed>>;

#[derive(Default)]
struct Generations {
    young: Ticks,
    old: Ticks,
    leaves: usize,
}

/// Keeps what was asked for lately; forgets a generation at a time.
#[derive(Default)]
pub(super) struct Lately(Mutex<Generations>);

impl Lately {
    /// What is kept of a tick.
    pub(super) fn get(&self, lane: LaneId, number: u64) -> Option<Arc<Hashed>> {
        let kept = self.0.lock().ok()?;
        let at = (lane, number);
        let young = kept.young.get(&at).cloned();
        let Some(found) = young.is_none().then(|| kept.old.get(&at).cloned()) else {
            return young;
        };
        drop(kept);
        if let Some(told) = &found {
            self.keep(lane, number, told);
        }
        found
    }

    /// Keeps a tick.
    pub(super) fn keep(&self, lane: LaneId, number: u64, told: &Arc<Hashed>) {
        // A poisoned lock costs time only: nothing is kept.
        let Ok(mut kept) = self.0.lock() else { return };
        if kept.leaves >= LEAVES {
            kept.old = take(&mut kept.young);
            kept.leaves = 0;
        }
        if kept
            .young
            .insert((lane, number), Arc::clone(told))
            .is_none()
        {
            // A tick of one cell takes room too.
            kept.leaves += told.leaves + 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_wire::{LeafHash, TickHash, TickHead};

    fn told(leaves: usize) -> Arc<Hashed> {
        let all: Vec<LeafHash> = (0..leaves).map(|_| LeafHash([1; 32])).collect();
        let head = TickHead {
            lane: LaneId(0),
            number: 1,
            previous: TickHash([0; 32]),
            root: [0; 32],
            issuer: [0; 32],
            items: 1,
        };
        let signed = SignedTick {
            head,
            signature: [0; 64],
        };
        let tree = merkle::Tree::new(&all);
        Arc::new(Hashed {
            signed,
            tree,
            leaves,
        })
    }

    #[test]
    fn what_is_asked_for_again_stays_and_the_rest_is_forgotten() {
        let lately = Lately::default();
        let one = told(100);
        for number in 0..2_000 {
            lately.keep(LaneId(0), number, &one);
            assert!(lately.get(LaneId(0), 0).is_some());
        }
        assert!(lately.get(LaneId(0), 1_999).is_some());
        assert!(lately.get(LaneId(0), 1).is_none());
        assert!(lately.get(LaneId(1), 0).is_none());
        let kept = lately.0.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * LEAVES / 100);
    }
}
