//! Group commit: many tasks put single cells, one task per lane turns whatever queued during the
//! previous flush into the next batch, so that one flush of the disk serves them all.

use std::sync::Arc;

use heliograph_wire::LaneId;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::{Board, BoardError, NewCell, PutOutcome};

/// The bounds of a committer.
#[derive(Debug, Clone, Copy)]
pub struct CommitLimits {
    /// Puts that may wait; beyond that [`Committer::put`] waits too. At least 1.
    pub queue: usize,
    /// Most puts in one batch.
    pub batch: usize,
    /// Most bytes of bodies in one batch, exceeded by one body at most.
    pub batch_bytes: usize,
}

impl Default for CommitLimits {
    fn default() -> Self {
        Self {
            queue: 4_096,
            batch: 1_024,
            batch_bytes: 8 * 1_024 * 1_024,
        }
    }
}

/// A handle to the committer of one lane; clones share it. The committer stops, after finishing
/// what is queued, when the last handle is gone.
#[derive(Clone)]
pub struct Committer {
    queue: mpsc::Sender<Job>,
    stored: watch::Receiver<u64>,
}

struct Job {
    new: NewCell,
    answer: oneshot::Sender<Result<PutOutcome, BoardError>>,
}

impl Committer {
    /// Starts the committer of `lane` on the current runtime. The join handle ends when all
    /// handles are dropped and everything queued has been answered.
    pub fn start<B: Board>(
        board: Arc<B>,
        lane: LaneId,
        limits: CommitLimits,
    ) -> (Self, JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(limits.queue.max(1));
        let (stored_tell, stored) = watch::channel(0);
        let work = run(board, lane, limits, (jobs, stored_tell));
        (Self { queue, stored }, tokio::spawn(work))
    }

    /// Puts one cell and waits until it is durable. If the future is dropped the cell may still
    /// be stored; the same put again is then answered with [`PutOutcome::Same`].
    ///
    /// # Errors
    /// What [`Board::put`] reports for the batch, or [`BoardError::Stopped`].
    pub async fn put(&self, new: NewCell) -> Result<PutOutcome, BoardError> {
        let (answer, outcome) = oneshot::channel();
        let job = Job { new, answer };
        let stopped = |_| BoardError::Stopped;
        self.queue
            .send(job)
            .await
            .map_err(|_| BoardError::Stopped)?;
        outcome.await.map_err(stopped)?
    }

    /// Counts the cells stored through this committer and wakes whoever announces them. Cells
    /// that were pending before the start are not counted: ask [`Board::pending`] once first.
    #[must_use]
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.stored.clone()
    }
}

/// One batch after the other; a batch of large bodies may be written while the one before is still being committed.
async fn run<B: Board>(
    board: Arc<B>,
    lane: LaneId,
    limits: CommitLimits,
    (mut jobs, stored): (mpsc::Receiver<Job>, watch::Sender<u64>),
) {
    let stored = Arc::new(stored);
    let mut before: Option<JoinHandle<()>> = None;
    while let Some(first) = jobs.recv().await {
        let (cells, answers) = gather(first, &mut jobs, limits);
        let (placed, begin_next) = oneshot::channel();
        let (board, stored) = (Arc::clone(&board), Arc::clone(&stored));
        let put = tokio::spawn(async move {
            let outcomes = board.put_beside(lane, cells, placed).await;
            let new = answer(outcomes, answers);
            if new > 0 {
                stored.send_modify(|count| *count = count.wrapping_add(new));
            }
        });
        // It is let go of, never used.
        drop(begin_next.await);
        if let Some(before) = before.replace(put)
            && before.await.is_err()
        {
            return;
        }
    }
    if let Some(last) = before {
        drop(last.await);
    }
}

type Answers = Vec<oneshot::Sender<Result<PutOutcome, BoardError>>>;

/// Takes what is queued, up to the bounds, without waiting.
fn gather(
    first: Job,
    jobs: &mut mpsc::Receiver<Job>,
    limits: CommitLimits,
) -> (Vec<NewCell>, Answers) {
    let mut bytes = first.new.cell.body.bytes().len();
    let (mut cells, mut answers) = (vec![first.new], vec![first.answer]);
    while cells.len() < limits.batch && bytes < limits.batch_bytes {
        let Ok(job) = jobs.try_recv() else { break };
        bytes += job.new.cell.body.bytes().len();
        cells.push(job.new);
        answers.push(job.answer);
    }
    (cells, answers)
}

/// Tells every task its outcome; a task that went away is no fault. Returns how many were stored.
fn answer(outcomes: Result<Vec<PutOutcome>, BoardError>, answers: Answers) -> u64 {
    let mut stored = 0;
    match outcomes {
        Ok(outcomes) => {
            for (outcome, answer) in outcomes.into_iter().zip(answers) {
                stored += u64::from(outcome == PutOutcome::Stored);
                drop(answer.send(Ok(outcome)));
            }
        }
        Err(error) => {
            for answer in answers {
                drop(answer.send(Err(error.clone())));
            }
        }
    }
    stored
}
