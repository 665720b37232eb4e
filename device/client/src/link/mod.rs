//! The way to the board: TLS 1.3, one HTTP Upgrade, then padded frames; reconnects by itself.

mod tls;
mod upgrade;

use std::pin::pin;
use std::time::Duration;

use bytes::BytesMut;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{FrameReader, LARGE_FRAME, ServerUnit};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

pub use tls::warm_up;
use tls::{LinkFault, Stream};

/// First pause before trying again; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A connection that ends sooner was of no use: the pause goes on growing.
const LASTING: Duration = Duration::from_secs(1);
/// A board that says nothing this long (heartbeats come every 3 s) is taken for gone.
const SILENCE: Duration = Duration::from_secs(15);

/// What the link tells the engine's thread.
pub(crate) enum LinkEvent {
    /// Connected; frames go into this sender.
    Online(mpsc::UnboundedSender<Vec<u8>>),
    /// Not connected, and why.
    Offline(String),
    /// Something the board sent.
    Unit(Box<ServerUnit>),
}

/// A connection to a board, ready for frames: what a device uses, for programs that measure.
///
/// # Errors
/// In words, why the board could not be reached.
pub async fn dial(
    board: &BoardLink,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + use<>, String> {
    Box::pin(tls::connect(board))
        .await
        .map_err(|fault| fault.to_string())
}

/// Connects, serves, reconnects, until the receiver is gone.
pub(crate) async fn run_link<M: From<LinkEvent>>(board: BoardLink, out: mpsc::Sender<M>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let why = match Box::pin(tls::connect(&board)).await {
            Ok(stream) => {
                let since = Instant::now();
                let why = serve(stream, &out).await;
                if since.elapsed() >= LASTING {
                    pause = FIRST_PAUSE;
                }
                why
            }
            Err(fault) => fault.to_string(),
        };
        if out.send(LinkEvent::Offline(why).into()).await.is_err() {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn serve<M: From<LinkEvent>>(stream: Stream, out: &mpsc::Sender<M>) -> String {
    let (reader, writer) = tokio::io::split(stream);
    let (frames, queue) = mpsc::unbounded_channel();
    if out.send(LinkEvent::Online(frames).into()).await.is_err() {
        return "the profile was closed".into();
    }
    tokio::select! {
        why = read(reader, out) => why,
        why = write(writer, queue) => why,
    }
}

async fn read<M: From<LinkEvent>>(mut reader: ReadHalf<Stream>, out: &mpsc::Sender<M>) -> String {
    let mut frames = FrameReader::new();
    // A lane without a first tick has no heartbeat yet.
    let mut beating = false;
    // One timer for many reads: it looks back when it rings.
    let mut heard = Instant::now();
    let mut silence = pin!(sleep_until(heard + SILENCE));
    loop {
        loop {
            match frames.next::<ServerUnit>() {
                Ok(None) => break,
                Ok(Some(unit)) => {
                    beating |= matches!(unit, ServerUnit::Feed(_));
                    if out
                        .send(LinkEvent::Unit(Box::new(unit)).into())
                        .await
                        .is_err()
                    {
                        return "the profile was closed".into();
                    }
                }
                Err(fault) => return format!("the board sent something unreadable: {fault}"),
            }
        }
        let buffer: &mut BytesMut = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        tokio::select! {
            // What is there to be read was said in time.
            biased;
            count = reader.read_buf(buffer) => match count {
                Err(error) => return format!("the connection broke ({})", error.kind()),
                Ok(0) => return "the board closed the connection".into(),
                Ok(_) => heard = Instant::now(),
            },
            () = &mut silence => {
                if !beating {
                    heard = Instant::now();
                }
                if heard.elapsed() >= SILENCE {
                    return "the board fell silent".into();
                }
                silence.as_mut().reset(heard + SILENCE);
            }
        }
    }
}

async fn write(
    mut writer: WriteHalf<Stream>,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
) -> String {
    while let Some(frame) = queue.recv().await {
        // Flushed frame by frame: the TLS buffer has no limit of its own, so that a large frame is
        // not cut into records of another length.
        let sent = match writer.write_all(&frame).await {
            Ok(()) => writer.flush().await,
            broken => broken,
        };
        if let Err(error) = sent {
            return format!("the connection broke ({})", error.kind());
        }
    }
    "the device hung up".into()
}
