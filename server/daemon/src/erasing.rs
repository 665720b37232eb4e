//! Group commit for erases: whatever queued during the previous flush becomes the next batch.

use std::sync::Arc;

use heliograph_board::{Board, BoardError, EraseOrder, EraseOutcome};
use heliograph_wire::LaneId;
use tokio::sync::mpsc;

use crate::gathering::{Desk, Job};

/// Most erases in one batch.
const BATCH: usize = 256;

/// Erases cells of one lane. The task behind it ends with the last handle.
#[derive(Clone)]
pub(crate) struct Eraser(Desk<EraseOrder, EraseOutcome>);

impl Eraser {
    /// Starts the task.
    pub(crate) fn start<B: Board>(board: Arc<B>, lane: LaneId) -> Self {
        let (desk, jobs) = Desk::open();
        tokio::spawn(run(board, lane, jobs));
        Self(desk)
    }

    /// Erases one cell; durable when it returns.
    pub(crate) async fn erase(&self, order: EraseOrder) -> Result<EraseOutcome, BoardError> {
        self.0.ask(order).await
    }
}

async fn run<B: Board>(
    board: Arc<B>,
    lane: LaneId,
    mut jobs: mpsc::Receiver<Job<EraseOrder, EraseOutcome>>,
) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let (orders, askers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|job| (job.asked, job.asker)).unzip();
        match board.erase(lane, orders).await {
            Ok(outcomes) => {
                for (asker, outcome) in askers.into_iter().zip(outcomes) {
                    asker.answer(Ok(outcome));
                }
            }
            Err(error) => {
                for asker in askers {
                    asker.answer(Err(error.clone()));
                }
            }
        }
    }
}
