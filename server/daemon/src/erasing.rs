//! Group commit for erases: whatever queued during the previous flush becomes the next batch.

use std::sync::Arc;

use heliograph_board::{Board, BoardError, EraseOrder, EraseOutcome};
use heliograph_wire::LaneId;
use tokio::sync::{mpsc, oneshot};

/// Erases that may wait before asking waits too.
const QUEUE: usize = 1_024;
/// Most erases in one batch.
const BATCH: usize = 256;

struct Job {
    order: EraseOrder,
    answer: oneshot::Sender<Result<EraseOutcome, BoardError>>,
}

/// Erases cells of one lane. The task behind it ends with the last handle.
#[derive(Clone)]
pub(crate) struct Eraser(mpsc::Sender<Job>);

impl Eraser {
    /// Starts the task.
    pub(crate) fn start<B: Board>(board: Arc<B>, lane: LaneId) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(board, lane, jobs));
        Self(queue)
    }

    /// Erases one cell; durable when it returns.
    pub(crate) async fn erase(&self, order: EraseOrder) -> Result<EraseOutcome, BoardError> {
        let (answer, outcome) = oneshot::channel();
        let job = Job { order, answer };
        self.0.send(job).await.map_err(|_| BoardError::Stopped)?;
        outcome.await.map_err(|_| BoardError::Stopped)?
    }
}

async fn run<B: Board>(board: Arc<B>, lane: LaneId, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let (orders, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|job| (job.order, job.answer)).unzip();
        match board.erase(lane, orders).await {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // Whoever asked may have gone away.
                    drop(answer.send(Ok(outcome)));
                }
            }
            Err(error) => {
                for answer in answers {
                    drop(answer.send(Err(error.clone())));
                }
            }
        }
    }
}
