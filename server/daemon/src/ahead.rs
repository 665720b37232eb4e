//! A socket that is read in large pieces while much comes, and keeps no memory while little does.
//!
//! The TLS layer above asks for a few kilobytes at a time; a system call for each would cost a large
//! cell seventeen of them.

use std::io::{IoSlice, Result};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// Bytes read at once.
const PIECE: usize = 64 * 1_024;

/// See the module. What is written passes through.
pub(crate) struct ReadAhead<S> {
    stream: S,
    ahead: BytesMut,
    /// Whether the last reader got all that it had room for: more is likely there.
    much: bool,
}

impl<S> ReadAhead<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            ahead: BytesMut::new(),
            much: false,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        if this.ahead.is_empty() {
            if !this.much {
                ready!(Pin::new(&mut this.stream).poll_read(context, out))?;
                this.much = out.remaining() == 0;
                return Poll::Ready(Ok(()));
            }
            this.much = false;
            let mut ahead = BytesMut::with_capacity(PIECE);
            ready!(pin!(this.stream.read_buf(&mut ahead)).poll(context))?;
            this.ahead = ahead;
        }
        let given = this.ahead.len().min(out.remaining());
        out.put_slice(this.ahead.get(..given).unwrap_or_default());
        this.ahead.advance(given);
        if this.ahead.is_empty() {
            this.ahead = BytesMut::new();
            this.much = given > 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    /// Counts how often it is read.
    struct Counted<S>(S, usize);

    impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
        fn poll_read(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            out: &mut ReadBuf<'_>,
        ) -> Poll<Result<()>> {
            let this = self.get_mut();
            this.1 += 1;
            Pin::new(&mut this.0).poll_read(context, out)
        }
    }

    #[tokio::test]
    async fn much_is_read_in_large_pieces_and_comes_whole() {
        let sent: Vec<u8> = (0..=u8::MAX).cycle().take(200_000).collect();
        let (mut near, far) = tokio::io::duplex(PIECE);
        let copy = sent.clone();
        let writer = tokio::spawn(async move {
            near.write_all(&copy).await.unwrap();
        });
        let mut ahead = ReadAhead::new(Counted(far, 0));
        let (mut came, mut asked) = (Vec::new(), 0);
        let mut small = [0; 1_000];
        loop {
            let count = ahead.read(&mut small).await.unwrap();
            if count == 0 {
                break;
            }
            asked += 1;
            came.extend_from_slice(&small[..count]);
        }
        writer.await.unwrap();
        assert_eq!(came, sent);
        assert!(asked >= 200, "the reader took {asked} pieces");
        assert!(
            ahead.stream.1 < 40,
            "the stream was read {} times",
            ahead.stream.1
        );
    }

    #[tokio::test]
    async fn little_is_handed_through_and_nothing_is_kept() {
        let (mut near, far) = tokio::io::duplex(PIECE);
        let mut ahead = ReadAhead::new(far);
        let mut room = [0; 1_000];
        for length in [10, 999, 1, 500] {
            near.write_all(&vec![7; length]).await.unwrap();
            assert_eq!(ahead.read(&mut room).await.unwrap(), length);
            assert_eq!(ahead.ahead.capacity(), 0);
        }
        near.write_all(&[7; 1_500]).await.unwrap();
        assert_eq!(ahead.read(&mut room).await.unwrap(), 1_000);
        assert_eq!(ahead.read(&mut room).await.unwrap(), 500);
        assert_eq!(ahead.ahead.capacity(), 0, "idle again, and empty");
        drop(near);
        assert_eq!(ahead.read(&mut room).await.unwrap(), 0);
    }
}
