//! A stream that remembers every byte that came through it, as a wiretap would.

use std::io::Result;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What was seen so far.
#[derive(Clone, Default)]
pub struct Seen {
    from_server: Arc<Mutex<Vec<u8>>>,
    from_client: Arc<Mutex<Vec<u8>>>,
}

pub struct Tap<S> {
    inner: S,
    pub seen: Seen,
}

impl<S> Tap<S> {
    pub fn new(inner: S) -> Self {
        let seen = Seen::default();
        Self { inner, seen }
    }
}

impl Seen {
    /// Payload lengths of the encrypted TLS records the server sent, in order.
    pub fn server_records(&self) -> Vec<usize> {
        records(&self.from_server.lock().unwrap())
    }

    /// The same for the client.
    pub fn client_records(&self) -> Vec<usize> {
        records(&self.from_client.lock().unwrap())
    }

    /// Everything that crossed the wire from the client.
    pub fn client_bytes(&self) -> Vec<u8> {
        self.from_client.lock().unwrap().clone()
    }
}

/// Lengths of records of type application data (23).
fn records(mut bytes: &[u8]) -> Vec<usize> {
    let mut out = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(after) = rest.get(length..) else {
            break;
        };
        if *kind == 23 {
            out.push(length);
        }
        bytes = after;
    }
    out
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let new = &buf.filled()[before..];
        self.seen.from_server.lock().unwrap().extend_from_slice(new);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        let new = &buf[..written];
        self.seen.from_client.lock().unwrap().extend_from_slice(new);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
