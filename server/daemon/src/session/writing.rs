//! Writes answers and feed, joining what waits into one write.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use heliograph_wire::LARGE_FRAME;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use super::Outgoing;
use crate::metrics::{Count, Counters, During};

/// Bytes joined into one write; one piece more may follow.
const JOINED: usize = LARGE_FRAME;
/// A peer that takes longer to receive one write is cut off.
const PATIENCE: Duration = Duration::from_secs(30);

/// The feed that a connection follows, if it does.
struct Followed {
    pieces: broadcast::Receiver<Bytes>,
    _counted: During,
}

/// Writes until nothing more can come, or until the peer is gone, too slow, or too far behind.
pub(super) async fn run(
    mut to: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Outgoing>,
    counters: Arc<Counters>,
) {
    let mut feed: Option<Followed> = None;
    let take = |out: Outgoing, feed: &mut Option<Followed>| match out {
        Outgoing::Frames(frames) => frames,
        Outgoing::Follow(frame, pieces) => {
            let _counted = counters.during(Count::Followers);
            *feed = Some(Followed { pieces, _counted });
            frame
        }
    };
    loop {
        let first = tokio::select! {
            out = queue.recv() => match out {
                None => break,
                Some(out) => take(out, &mut feed),
            },
            piece = next(&mut feed) => match piece {
                Ok(piece) => piece,
                Err(RecvError::Lagged(_)) => {
                    counters.one(Count::FollowersLagged);
                    return;
                }
                Err(RecvError::Closed) => {
                    feed = None;
                    continue;
                }
            },
        };
        let mut joined = vec![first];
        while joined.iter().map(Bytes::len).sum::<usize>() < JOINED {
            if let Ok(out) = queue.try_recv() {
                joined.push(take(out, &mut feed));
            } else if let Some(Ok(piece)) = feed.as_mut().map(|feed| feed.pieces.try_recv()) {
                joined.push(piece);
            } else {
                break;
            }
        }
        if write(&mut to, joined).await.is_none() {
            return;
        }
    }
    // The peer may have closed first.
    drop(tokio::time::timeout(PATIENCE, to.shutdown()).await);
}

/// The next piece of the feed; never, if there is none.
async fn next(feed: &mut Option<Followed>) -> Result<Bytes, RecvError> {
    match feed {
        Some(feed) => feed.pieces.recv().await,
        None => pending().await,
    }
}

/// One write and a flush. Without the flush the TLS layer would buffer without bound.
async fn write(to: &mut (impl AsyncWrite + Unpin), mut joined: Vec<Bytes>) -> Option<()> {
    let whole = match (joined.len(), joined.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            joined.extend(last);
            joined.concat().into()
        }
    };
    let work = async {
        to.write_all(&whole).await?;
        to.flush().await
    };
    tokio::time::timeout(PATIENCE, work).await.ok()?.ok()
}
