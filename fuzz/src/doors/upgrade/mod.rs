//! The one HTTP exchange before the frames: the first bytes that strangers and servers send.

mod answered;
mod asked;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub use answered::upgrade_answered;
pub use asked::upgrade_asked;

/// Runs what only reads and writes memory and so never has to wait.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("memory is always ready"),
    }
}
