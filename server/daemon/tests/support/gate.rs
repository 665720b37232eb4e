//! A board over memory whose steps wait at a gate: to show what is (not) said before a step is done.

use std::future::Future;
use std::sync::Arc;

use heliograph_board::memory::MemoryBoard;
use heliograph_board::*;
use heliograph_wire::{Label, LaneId, SignedTick};
use tokio::sync::watch;

use super::LANE;

/// What happens at a gate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    Shut,
    Broken,
}

/// Opens and shuts a gate, and tells how many calls have come to it.
#[derive(Clone)]
pub struct Keeper {
    gate: Arc<watch::Sender<Gate>>,
    came: Arc<watch::Sender<usize>>,
}

impl Keeper {
    fn new() -> Self {
        Self {
            gate: Arc::new(watch::Sender::new(Gate::Open)),
            came: Arc::new(watch::Sender::new(0)),
        }
    }

    pub fn set(&self, gate: Gate) {
        self.gate.send_replace(gate);
    }

    /// Returns when `count` calls have come.
    pub async fn came(&self, count: usize) {
        let mut came = self.came.subscribe();
        came.wait_for(|came| *came >= count).await.unwrap();
    }

    async fn pass(&self) -> Result<(), BoardError> {
        self.came.send_modify(|came| *came += 1);
        let mut gate = self.gate.subscribe();
        let now = *gate.wait_for(|gate| *gate != Gate::Shut).await.unwrap();
        match now {
            Gate::Broken => Err(BoardError::Storage {
                source: Arc::new(std::io::Error::other("the disk is gone")),
            }),
            _ => Ok(()),
        }
    }
}

pub struct GatedBoard {
    inner: MemoryBoard,
    pub puts: Keeper,
    pub announces: Keeper,
}

impl GatedBoard {
    pub fn new() -> Self {
        Self {
            inner: MemoryBoard::new(&[LANE]),
            puts: Keeper::new(),
            announces: Keeper::new(),
        }
    }
}

impl Board for GatedBoard {
    async fn put(&self, lane: LaneId, cells: Vec<NewCell>) -> Result<Vec<PutOutcome>, BoardError> {
        self.puts.pass().await?;
        self.inner.put(lane, cells).await
    }

    fn get(
        &self,
        lane: LaneId,
        labels: Vec<Label>,
    ) -> impl Future<Output = Result<Vec<Lookup>, BoardError>> + Send {
        self.inner.get(lane, labels)
    }

    fn erase(
        &self,
        lane: LaneId,
        orders: Vec<EraseOrder>,
    ) -> impl Future<Output = Result<Vec<EraseOutcome>, BoardError>> + Send {
        self.inner.erase(lane, orders)
    }

    fn pending(
        &self,
        lane: LaneId,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Pending>, BoardError>> + Send {
        self.inner.pending(lane, max)
    }

    async fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: Vec<Label>,
        hour: u32,
    ) -> Result<(), BoardError> {
        self.announces.pass().await?;
        self.inner.announce(lane, tick, items, hour).await
    }

    fn head(
        &self,
        lane: LaneId,
    ) -> impl Future<Output = Result<Option<SignedTick>, BoardError>> + Send {
        self.inner.head(lane)
    }

    fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<TickRecord>, BoardError>> + Send {
        self.inner.ticks(lane, from, max_bytes)
    }

    fn span(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> impl Future<Output = Result<Span, BoardError>> + Send {
        self.inner.span(lane, hour)
    }

    fn expire(&self, now_hour: u32) -> impl Future<Output = Result<Expired, BoardError>> + Send {
        self.inner.expire(now_hour)
    }
}
