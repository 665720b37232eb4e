//! The one HTTP exchange that turns a TLS connection into raw frames.
//!
//! The request is padded to one frame's length, so that even the first record looks like the rest.

use heliograph_wire::{SMALL_FRAME, UPGRADE_PROTOCOL};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::LinkFault;

/// Longest answer that is read before giving up.
const ANSWER_MAX: usize = 8_192;

fn request(address: &str) -> Vec<u8> {
    let start = format!(
        "GET /board HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE_PROTOCOL}\r\nX-Pad: "
    );
    let end = "\r\n\r\n";
    let pad = SMALL_FRAME.saturating_sub(start.len() + end.len());
    format!("{start}{}{end}", "0".repeat(pad)).into_bytes()
}

/// Asks for raw frames. Reads exactly up to the end of the answer's head.
pub(super) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    address: &str,
) -> Result<(), LinkFault> {
    let broken = |error: std::io::Error| LinkFault::Connect(error.kind());
    stream.write_all(&request(address)).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut head = Vec::with_capacity(256);
    // Byte by byte: frames may follow at once, and none of them may be swallowed here.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= ANSWER_MAX {
            return Err(LinkFault::NotABoard);
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(&head).map_err(|_| LinkFault::NotABoard)?;
    let switched = parsed.is_complete()
        && response.code == Some(101)
        && response.headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case("upgrade")
                && header.value == UPGRADE_PROTOCOL.as_bytes()
        });
    if switched {
        Ok(())
    } else {
        Err(LinkFault::NotABoard)
    }
}
