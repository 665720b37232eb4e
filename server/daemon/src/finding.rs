//! Gets of one lane, looked up together: one thread of the storage answers all that asked meanwhile.

use std::sync::Arc;
use std::thread::available_parallelism;

use heliograph_board::{Board, BoardError, Lookup};
use heliograph_wire::{Label, LaneId};
use tokio::sync::{Semaphore, mpsc};

use crate::gathering::{self, Desk};

/// Most gets in one batch: 1 MiB of large cells.
const BATCH: usize = 16;

type Job = gathering::Job<Label, Lookup>;

/// Finds cells of one lane. The task behind it ends with the last handle.
#[derive(Clone)]
pub(crate) struct Finder(Desk<Label, Lookup>);

impl Finder {
    /// Starts the task.
    pub(crate) fn start<B: Board>(board: Arc<B>, lane: LaneId) -> Self {
        let (desk, jobs) = Desk::open();
        tokio::spawn(run(board, lane, jobs));
        Self(desk)
    }

    /// Looks one cell up.
    pub(crate) async fn find(&self, label: Label) -> Result<Lookup, BoardError> {
        self.0.ask(label).await
    }
}

async fn run<B: Board>(board: Arc<B>, lane: LaneId, mut jobs: mpsc::Receiver<Job>) {
    // A disk answers several at a time, and a batch must not wait for a slow one.
    let readers = available_parallelism().map_or(2, usize::from);
    let turns = Arc::new(Semaphore::new(readers));
    loop {
        // The turn first: what queues until there is one becomes the batch.
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            return;
        };
        let mut batch = Vec::with_capacity(BATCH);
        if jobs.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        let board = Arc::clone(&board);
        tokio::spawn(async move {
            look_up(|labels| board.get(lane, labels), batch).await;
            drop(turn);
        });
    }
}

/// Answers every job. If a batch fails each is tried alone, so that a damaged cell fails nobody else.
async fn look_up<F>(get: impl Fn(Vec<Label>) -> F, batch: Vec<Job>)
where
    F: Future<Output = Result<Vec<Lookup>, BoardError>>,
{
    let labels = batch.iter().map(|job| job.asked).collect();
    if let Ok(found) = get(labels).await {
        for (job, found) in batch.into_iter().zip(found) {
            job.asker.answer(Ok(found));
        }
        return;
    }
    for job in batch {
        let found = get(vec![job.asked]).await;
        let found = found.and_then(|found| found.into_iter().next().ok_or(BoardError::Stopped));
        job.asker.answer(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_damaged_cell_fails_nobody_else() {
        let damaged = Label([3; 32]);
        let get = async |labels: Vec<Label>| {
            if labels.contains(&damaged) {
                return Err(BoardError::Corrupt { what: "body" });
            }
            Ok(labels.iter().map(|_| Lookup::Erased).collect())
        };
        let (batch, answers): (Vec<_>, Vec<_>) = (1..=5)
            .map(|name| {
                let label = Label([name; 32]);
                let (job, outcome) = gathering::job(label);
                (job, (label, outcome))
            })
            .unzip();
        look_up(get, batch).await;
        for (label, outcome) in answers {
            let found = outcome.await.unwrap();
            assert_eq!(found.is_err(), label == damaged);
        }
    }
}
