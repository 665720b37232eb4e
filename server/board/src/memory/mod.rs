//! A board in memory: the smallest thing that keeps the contract, for tests. It forgets
//! everything when it is dropped.

mod lane;

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use heliograph_wire::{Label, LaneId, SignedTick};

use crate::{
    Board, BoardError, EraseOrder, EraseOutcome, Expired, Lookup, NewCell, Pending, PutOutcome,
    Span, TickRecord, bounds,
};
use lane::Lane;

/// See the module.
pub struct MemoryBoard {
    lanes: Mutex<BTreeMap<LaneId, Lane>>,
}

impl MemoryBoard {
    /// An empty board that serves `lanes`.
    #[must_use]
    pub fn new(lanes: &[LaneId]) -> Self {
        let lanes = lanes.iter().map(|lane| (*lane, Lane::default())).collect();
        Self {
            lanes: Mutex::new(lanes),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<LaneId, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on<T>(
        &self,
        lane: LaneId,
        act: impl FnOnce(&mut Lane) -> Result<T, BoardError>,
    ) -> Result<T, BoardError> {
        let mut lanes = self.lock();
        act(lanes.get_mut(&lane).ok_or(BoardError::NoLane { lane })?)
    }
}

impl Board for MemoryBoard {
    fn put(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send {
        ready(self.on(lane, |lane| {
            bounds::puts(&cells)?;
            Ok(cells.into_iter().map(|new| lane.put(new)).collect())
        }))
    }

    fn get(
        &self,
        lane: LaneId,
        labels: Vec<Label>,
    ) -> impl Future<Output = Result<Vec<Lookup>, BoardError>> + Send {
        ready(self.on(lane, |lane| {
            bounds::batch(labels.len())?;
            Ok(labels.iter().map(|label| lane.get(label)).collect())
        }))
    }

    fn erase(
        &self,
        lane: LaneId,
        orders: Vec<EraseOrder>,
    ) -> impl Future<Output = Result<Vec<EraseOutcome>, BoardError>> + Send {
        ready(self.on(lane, |lane| {
            bounds::batch(orders.len())?;
            Ok(orders.iter().map(|order| lane.erase(order)).collect())
        }))
    }

    fn pending(
        &self,
        lane: LaneId,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Pending>, BoardError>> + Send {
        ready(self.on(lane, |lane| Ok(lane.pending(max.min(bounds::PENDING_MAX)))))
    }

    fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: Vec<Label>,
        hour: u32,
    ) -> impl Future<Output = Result<(), BoardError>> + Send {
        ready(self.on(lane, |state| state.announce(lane, tick, &items, hour)))
    }

    fn head(
        &self,
        lane: LaneId,
    ) -> impl Future<Output = Result<Option<SignedTick>, BoardError>> + Send {
        ready(self.on(lane, |lane| Ok(lane.head())))
    }

    fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<TickRecord>, BoardError>> + Send {
        ready(self.on(lane, |lane| Ok(lane.ticks(from, max_bytes))))
    }

    fn span(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> impl Future<Output = Result<Span, BoardError>> + Send {
        ready(self.on(lane, |lane| Ok(lane.span(hour))))
    }

    fn expire(&self, now_hour: u32) -> impl Future<Output = Result<Expired, BoardError>> + Send {
        let mut lanes = self.lock();
        let mut all = Expired::default();
        for lane in lanes.values_mut() {
            let one = lane.expire(now_hour);
            all.cells += one.cells;
            all.ticks += one.ticks;
            all.bytes += one.bytes;
        }
        ready(Ok(all))
    }
}
