//! One connection after its upgrade: frames in, frames out, nothing remembered.
//!
//! Requests are begun in the order in which they arrive and answered in the order in which they
//! complete. Everything is bounded: what is in flight, what waits to be written, how long a peer
//! may take to read it. A follower that falls behind is cut off.

mod answering;
mod reading;
mod span;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use heliograph_board::Board;
use heliograph_wire::LaneId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, mpsc, watch};

use crate::clock::Clock;
use crate::config::Limits;
use crate::lane::Lane;
use crate::metrics::{Count, Counters};
use crate::stop::Stop;

/// Pieces that may wait to be written.
const UNWRITTEN: usize = 32;
/// How long finishing may take once no request will follow.
const FAREWELL: Duration = Duration::from_secs(10);

/// What all sessions of a server share.
pub(crate) struct Shared<B> {
    pub(crate) lanes: Vec<Lane<B>>,
    pub(crate) clock: Clock,
    pub(crate) counters: Arc<Counters>,
    pub(crate) limits: Limits,
    /// Whether it was logged that the board can store nothing any more.
    pub(crate) failed: Arc<watch::Sender<bool>>,
}

impl<B> Shared<B> {
    fn lane(&self, id: LaneId) -> Option<&Lane<B>> {
        self.lanes.get(id.0 as usize).filter(|lane| lane.id == id)
    }
}

/// What waits to be written.
enum Outgoing {
    /// One or more whole frames.
    Frames(Bytes),
    /// A frame, and the feed behind it from now on.
    Follow(Bytes, broadcast::Receiver<Bytes>),
}

/// Serves one connection until it ends. `first` are bytes that came with the upgrade.
pub(crate) async fn run<B: Board, S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    first: BytesMut,
    shared: Arc<Shared<B>>,
    stop: Stop,
) {
    let counters = Arc::clone(&shared.counters);
    counters.one(Count::Connections);
    let (from, to) = tokio::io::split(stream);
    let (out, queue) = mpsc::channel(UNWRITTEN);
    let patience = Duration::from_secs(shared.limits.stall_seconds);
    let mut writer = Box::pin(writing::run(to, queue, Arc::clone(&counters), patience));
    let reader = Box::pin(reading::run(from, first, (shared, out), stop));
    tokio::select! {
        // The peer is gone, or too slow.
        () = &mut writer => {}
        end = reader => match end {
            reading::End::Finished => {
                // A peer that does not read its last answers in time has lost them.
                drop(tokio::time::timeout(FAREWELL, writer).await);
            }
            reading::End::Garbage => counters.one(Count::FramesRefused),
        }
    }
}
