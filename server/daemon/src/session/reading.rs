//! Reads frames and begins requests, no more at a time than fit the bounds.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::BytesMut;
use heliograph_board::Board;
use heliograph_wire::{Class, FrameReader, LARGE_FRAME, Op, Request, SMALL_FRAME};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::answering::{Desk, answer};
use super::{FAREWELL, Outgoing, Shared};
use crate::stop::Stop;

/// Small frames' worth of requests and answers that may be in flight on one connection (5.5 MiB).
const IN_FLIGHT: usize = 2_048;
/// Small frames in a large one.
const LARGE: u32 = 24;
const _: () = assert!(LARGE as usize * SMALL_FRAME == LARGE_FRAME);

/// Why nothing more is read.
pub(super) enum End {
    /// No more requests will come, and all that came are answered.
    Finished,
    /// The peer does not speak our language.
    Garbage,
}

/// Reads until the peer or the server stops.
pub(super) async fn run<B: Board>(
    mut from: impl AsyncRead + Unpin,
    first: BytesMut,
    (shared, out): (Arc<Shared<B>>, mpsc::Sender<Outgoing>),
    mut stop: Stop,
) -> End {
    let idle = Duration::from_secs(shared.limits.idle_seconds);
    let desk = Arc::new(Desk::new(shared, out));
    let permits = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut tasks = JoinSet::new();
    let mut frames = FrameReader::new();
    frames.push(&first);
    drop(first);
    loop {
        loop {
            match frames.next::<Request>() {
                Ok(None) => break,
                Ok(Some(request)) => begin(request, &desk, &permits, &mut tasks).await,
                Err(_) => return End::Garbage,
            }
        }
        let wants = frames.wants();
        let buffer = frames.buffer();
        if buffer.is_empty() {
            // An idle connection keeps no large buffer.
            *buffer = BytesMut::new();
        }
        buffer.reserve(wants.max(SMALL_FRAME));
        let until = Instant::now() + idle;
        tokio::select! {
            read = fill(&mut from, buffer, wants) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            },
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            () = tokio::time::sleep_until(until), if tasks.is_empty() && !desk.follows() => break,
            () = stop.wanted() => break,
        }
    }
    let rest = async { while tasks.join_next().await.is_some() {} };
    // Requests that cannot be answered in time end with the connection; nothing is half-done.
    drop(tokio::time::timeout(FAREWELL, rest).await);
    End::Finished
}

/// Waits for bytes and takes what is there at once, up to those of one frame; 0 at the end. What was
/// read stays in the buffer, also when nobody waits any more.
async fn fill(
    from: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    wants: usize,
) -> std::io::Result<usize> {
    let mut got = from.read_buf(buffer).await?;
    while got > 0 && got < wants {
        let more = poll_fn(|context| Poll::Ready(pin!(from.read_buf(buffer)).poll(context))).await;
        match more {
            // An end is told by the next call.
            Poll::Pending | Poll::Ready(Ok(0)) => break,
            Poll::Ready(count) => got += count?,
        }
    }
    Ok(got)
}

/// Starts a request. Its first step is made here, so that pipelined puts enter the committer's
/// queue in the order in which they came; the rest is left to a task.
async fn begin<B: Board>(
    request: Request,
    desk: &Arc<Desk<B>>,
    permits: &Arc<Semaphore>,
    tasks: &mut JoinSet<()>,
) {
    while tasks.try_join_next().is_some() {}
    let Ok(permit) = Arc::clone(permits)
        .acquire_many_owned(weight(&request))
        .await
    else {
        return;
    };
    let desk = Arc::clone(desk);
    let mut work = Box::pin(async move {
        answer(request, &desk).await;
        drop(permit);
    });
    let done = poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await;
    if !done {
        tasks.spawn(work);
    }
}

/// Small frames that a request or its answer may take.
fn weight(request: &Request) -> u32 {
    match &request.op {
        Some(Op::Put(put)) if put.body.class() == Class::Small => 1,
        Some(Op::Put(_) | Op::Get(_) | Op::Span(..)) => LARGE,
        _ => 1,
    }
}
