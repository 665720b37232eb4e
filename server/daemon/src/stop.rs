//! The wish that everything should end, heard by every task.

use tokio::sync::watch;

/// Hears the wish. Clones hear it too, also when it was made before.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Something to make the wish with, and something to hear it.
    pub(crate) fn pair() -> (watch::Sender<bool>, Self) {
        let (wish, heard) = watch::channel(false);
        (wish, Self(heard))
    }

    /// Returns once the wish is made, or once nobody can make it any more.
    pub(crate) async fn wanted(&mut self) {
        drop(self.0.wait_for(|stop| *stop).await);
    }
}
