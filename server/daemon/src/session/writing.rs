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
    patience: Duration,
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
        let work = write(&mut to, joined);
        if !matches!(tokio::time::timeout(patience, work).await, Ok(Ok(()))) {
            return;
        }
    }
    // The peer may have closed first.
    drop(tokio::time::timeout(patience, to.shutdown()).await);
}

/// The next piece of the feed; never, if there is none.
async fn next(feed: &mut Option<Followed>) -> Result<Bytes, RecvError> {
    match feed {
        Some(feed) => feed.pieces.recv().await,
        None => pending().await,
    }
}

/// One write and a flush. Without the flush the TLS layer would buffer without bound.
async fn write(to: &mut (impl AsyncWrite + Unpin), mut joined: Vec<Bytes>) -> std::io::Result<()> {
    let whole = match (joined.len(), joined.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            joined.extend(last);
            joined.concat().into()
        }
    };
    to.write_all(&whole).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    const PIECE: usize = 1_000;

    #[tokio::test]
    async fn a_follower_that_falls_behind_is_cut_off_and_counted() {
        let counters = Arc::new(Counters::default());
        let (mut near, far) = tokio::io::duplex(PIECE);
        let (out, queue) = mpsc::channel(4);
        let (feed, pieces) = (broadcast::Sender::new(4), Bytes::from(vec![1; PIECE]));
        let follow = Outgoing::Follow(pieces.clone(), feed.subscribe());
        out.send(follow).await.unwrap();
        let patience = Duration::from_secs(60);
        let writer = tokio::spawn(run(far, queue, Arc::clone(&counters), patience));
        let mut received = vec![0; PIECE];
        near.read_exact(&mut received).await.unwrap();
        assert!(counters.text().contains("followers 1\n"));
        // Two fill the pipe and the writer's hands; the others are more than the queue holds.
        feed.send(pieces.clone()).unwrap();
        feed.send(pieces.clone()).unwrap();
        while !feed.is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..9 {
            feed.send(pieces.clone()).unwrap();
        }
        let mut rest = Vec::new();
        near.read_to_end(&mut rest).await.unwrap();
        writer.await.unwrap();
        assert!(rest.len() < 9 * PIECE);
        assert!(counters.text().contains("followers_lagged_total 1\n"));
        assert!(counters.text().contains("followers 0\n"));
    }

    #[tokio::test]
    async fn what_waits_is_written_in_order_before_the_end() {
        let counters = Arc::new(Counters::default());
        let (mut near, far) = tokio::io::duplex(100_000);
        let (out, queue) = mpsc::channel(32);
        for number in 0..20 {
            let frames = Outgoing::Frames(vec![number; PIECE].into());
            out.send(frames).await.unwrap();
        }
        drop(out);
        run(far, queue, counters, Duration::from_secs(60)).await;
        let mut all = Vec::new();
        near.read_to_end(&mut all).await.unwrap();
        assert!(all.len() == 20 * PIECE && all.is_sorted());
    }
}
