//! A back end with a planted fault, so that a suite that looks for lost acknowledgements can show
//! that it would find one. Compiled only with the feature `planted-faults`; never part of a release.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use heliograph_wire::{Cell, Label, LaneId, SignedTick};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::fjall::FjallBoard;
use crate::{
    Board, BoardError, EraseOrder, EraseOutcome, Expired, Lookup, NewCell, Pending, PutOutcome,
    Span, TickRecord,
};

/// How long a put sits in memory after it was acknowledged.
const DELAY: Duration = Duration::from_millis(200);

/// A fjall board that acknowledges puts before they reach the operating system. Everything else is
/// as it should be: what it acknowledged becomes pending once it is written.
pub struct AcknowledgesEarly {
    board: FjallBoard,
    /// Acknowledged cells that are in memory only, in the order of acknowledgement.
    unwritten: Arc<watch::Sender<Vec<(LaneId, NewCell)>>>,
    later: mpsc::UnboundedSender<Batch>,
}

/// When to write, on which lane, what.
type Batch = (Instant, LaneId, Vec<NewCell>);

impl AcknowledgesEarly {
    /// Plants the fault into `board`. Needs a running tokio runtime.
    #[must_use]
    pub fn new(board: FjallBoard) -> Self {
        let unwritten = Arc::new(watch::Sender::new(Vec::new()));
        let (later, batches) = mpsc::unbounded_channel();
        tokio::spawn(write(board.clone(), batches, Arc::clone(&unwritten)));
        Self {
            board,
            unwritten,
            later,
        }
    }

    /// Judges, remembers, and leaves the writing for later.
    fn acknowledge(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> Result<Vec<PutOutcome>, BoardError> {
        let mut stored = Vec::new();
        let mut outcomes = Vec::new();
        let mut error = None;
        self.unwritten.send_modify(|unwritten| {
            match self.board.foretell(lane, &cells) {
                Ok(foretold) => outcomes = foretold,
                Err(found) => error = Some(found),
            }
            let known: HashMap<Label, Cell> = unwritten
                .iter()
                .filter(|(on, _)| *on == lane)
                .map(|(_, new)| (new.cell.label, new.cell.clone()))
                .collect();
            for (new, outcome) in cells.into_iter().zip(&mut outcomes) {
                match known.get(&new.cell.label) {
                    Some(cell) if *cell == new.cell => *outcome = PutOutcome::Same,
                    Some(_) => *outcome = PutOutcome::Taken,
                    None if *outcome == PutOutcome::Stored => stored.push(new),
                    None => {}
                }
            }
            unwritten.extend(stored.iter().map(|new| (lane, new.clone())));
        });
        let due = Instant::now() + DELAY;
        match (error, self.later.send((due, lane, stored))) {
            (Some(error), _) => Err(error),
            (None, Err(_)) => Err(BoardError::Failed),
            (None, Ok(())) => Ok(outcomes),
        }
    }
}

/// Writes what was acknowledged long ago.
async fn write(
    board: FjallBoard,
    mut batches: mpsc::UnboundedReceiver<Batch>,
    unwritten: Arc<watch::Sender<Vec<(LaneId, NewCell)>>>,
) {
    while let Some((due, lane, cells)) = batches.recv().await {
        tokio::time::sleep_until(due).await;
        let count = cells.len();
        if board.put(lane, cells).await.is_err() {
            return;
        }
        unwritten.send_modify(|unwritten| drop(unwritten.drain(..count)));
    }
}

impl Board for AcknowledgesEarly {
    fn put(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send {
        std::future::ready(self.acknowledge(lane, cells))
    }

    fn get(
        &self,
        lane: LaneId,
        labels: Vec<Label>,
    ) -> impl Future<Output = Result<Vec<Lookup>, BoardError>> + Send {
        self.board.get(lane, labels)
    }

    fn erase(
        &self,
        lane: LaneId,
        orders: Vec<EraseOrder>,
    ) -> impl Future<Output = Result<Vec<EraseOutcome>, BoardError>> + Send {
        self.board.erase(lane, orders)
    }

    async fn pending(&self, lane: LaneId, max: usize) -> Result<Vec<Pending>, BoardError> {
        let mut unwritten = self.unwritten.subscribe();
        loop {
            let pending = self.board.pending(lane, max).await?;
            let settled = unwritten.borrow_and_update().is_empty();
            if settled || !pending.is_empty() || unwritten.changed().await.is_err() {
                return Ok(pending);
            }
        }
    }

    fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: Vec<Label>,
        hour: u32,
    ) -> impl Future<Output = Result<(), BoardError>> + Send {
        self.board.announce(lane, tick, items, hour)
    }

    fn head(
        &self,
        lane: LaneId,
    ) -> impl Future<Output = Result<Option<SignedTick>, BoardError>> + Send {
        self.board.head(lane)
    }

    fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<TickRecord>, BoardError>> + Send {
        self.board.ticks(lane, from, max_bytes)
    }

    fn span(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> impl Future<Output = Result<Span, BoardError>> + Send {
        self.board.span(lane, hour)
    }

    fn expire(&self, now_hour: u32) -> impl Future<Output = Result<Expired, BoardError>> + Send {
        self.board.expire(now_hour)
    }
}
