//! Single questions to the board, answered together: whoever takes them takes all that queued meanwhile.

use heliograph_board::BoardError;
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait before asking waits too.
const QUEUE: usize = 1_024;

/// A question, and who waits for its answer.
pub(crate) struct Job<Q, A> {
    pub(crate) asked: Q,
    pub(crate) asker: Asker<A>,
}

/// Somebody who waits for an answer.
pub(crate) struct Asker<A>(oneshot::Sender<Result<A, BoardError>>);

impl<A> Asker<A> {
    /// Answers. Whoever asked may have gone away.
    pub(crate) fn answer(self, answer: Result<A, BoardError>) {
        drop(self.0.send(answer));
    }
}

/// Where questions queue; clones share it.
pub(crate) struct Desk<Q, A>(mpsc::Sender<Job<Q, A>>);

impl<Q, A> Clone for Desk<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q, A> Desk<Q, A> {
    /// An empty queue, and its end, from which jobs are taken.
    pub(crate) fn open() -> (Self, mpsc::Receiver<Job<Q, A>>) {
        let (queue, jobs) = mpsc::channel(QUEUE);
        (Self(queue), jobs)
    }

    /// Queues a question and waits for its answer.
    ///
    /// # Errors
    /// Those of the board; [`BoardError::Stopped`] if nobody takes questions any more.
    pub(crate) async fn ask(&self, asked: Q) -> Result<A, BoardError> {
        let (answer, outcome) = oneshot::channel();
        let asker = Asker(answer);
        let job = Job { asked, asker };
        self.0.send(job).await.map_err(|_| BoardError::Stopped)?;
        outcome.await.map_err(|_| BoardError::Stopped)?
    }
}

/// A job, and its answer, for tests.
#[cfg(test)]
pub(crate) fn job<Q, A>(asked: Q) -> (Job<Q, A>, oneshot::Receiver<Result<A, BoardError>>) {
    let (answer, outcome) = oneshot::channel();
    let asker = Asker(answer);
    (Job { asked, asker }, outcome)
}
