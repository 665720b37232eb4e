//! The one HTTP exchange that turns a TLS connection into raw frames.
//!
//! Whatever is not exactly our Upgrade gets the shortest answer any web server could give.

use bytes::BytesMut;
use heliograph_wire::{SMALL_FRAME, UPGRADE_PROTOCOL};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest request head that is read.
const HEAD_MAX: usize = 8_192;
/// Most headers.
const HEADERS_MAX: usize = 32;
/// Where the board is.
const PATH: &str = "/board";

/// What became of the request.
pub(crate) enum Upgrade {
    /// Frames follow; these bytes came behind the head.
    Frames(BytesMut),
    /// Answered and done.
    Refused,
}

enum Judged {
    More,
    Switch(usize),
    NotFound,
    Bad,
}

/// Reads one request and answers it.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn upgrade<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
) -> std::io::Result<Upgrade> {
    let mut head = BytesMut::with_capacity(SMALL_FRAME);
    let answer = loop {
        let room = HEAD_MAX - head.len();
        if room == 0 {
            break bare("400 Bad Request");
        }
        let mut piece = (&mut *stream).take(room as u64);
        if piece.read_buf(&mut head).await? == 0 {
            return Ok(Upgrade::Refused);
        }
        match judge(&head) {
            Judged::More => {}
            Judged::NotFound => break bare("404 Not Found"),
            Judged::Bad => break bare("400 Bad Request"),
            Judged::Switch(end) => {
                stream.write_all(&switching()).await?;
                stream.flush().await?;
                return Ok(Upgrade::Frames(head.split_off(end)));
            }
        }
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(Upgrade::Refused)
}

fn judge(head: &[u8]) -> Judged {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let end = match request.parse(head) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Judged::More,
        Err(_) => return Judged::Bad,
    };
    let ours = request.method == Some("GET")
        && request.path == Some(PATH)
        && request.version == Some(1)
        && has(request.headers, "connection", "upgrade")
        && has(request.headers, "upgrade", UPGRADE_PROTOCOL);
    if ours {
        Judged::Switch(end)
    } else {
        Judged::NotFound
    }
}

fn has(headers: &[httparse::Header<'_>], name: &str, value: &str) -> bool {
    headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .filter_map(|header| std::str::from_utf8(header.value).ok())
        .flat_map(|text| text.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case(value))
}

/// `101`, padded to the length of one small frame.
fn switching() -> Vec<u8> {
    let start = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE_PROTOCOL}\r\nX-Pad: "
    );
    let end = "\r\n\r\n";
    let pad = SMALL_FRAME.saturating_sub(start.len() + end.len());
    format!("{start}{}{end}", "0".repeat(pad)).into_bytes()
}

fn bare(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "GET /board HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: heliograph/1\r\n\r\nrest";

    async fn answer_to(request: &[u8]) -> (String, Option<Vec<u8>>) {
        let (mut near, mut far) = tokio::io::duplex(32_768);
        near.write_all(request).await.unwrap();
        near.shutdown().await.unwrap();
        let rest = match upgrade(&mut far).await.unwrap() {
            Upgrade::Frames(rest) => Some(rest.to_vec()),
            Upgrade::Refused => None,
        };
        drop(far);
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.unwrap();
        (answer, rest)
    }

    #[tokio::test]
    async fn an_upgrade_is_answered_in_one_frame_and_keeps_what_follows() {
        let (answer, rest) = answer_to(GOOD.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 101 "));
        assert!(answer.ends_with("\r\n\r\n"));
        assert_eq!(answer.len(), SMALL_FRAME);
        assert_eq!(rest.unwrap(), b"rest");
    }

    #[tokio::test]
    async fn anything_else_gets_the_shortest_answer_and_no_hint() {
        for (from, to, status) in [
            ("GET", "POST", "404"),
            ("/board", "/", "404"),
            ("heliograph/1", "websocket", "404"),
            ("Upgrade: h", "X: h", "404"),
            ("HTTP/1.1", "SMTP", "400"),
        ] {
            let (answer, rest) = answer_to(GOOD.replace(from, to).as_bytes()).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} ")),
                "{to}: {answer}"
            );
            assert!(answer.len() < 100 && !answer.contains("eliograph"));
            assert!(rest.is_none());
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_cut_off_at_its_limit() {
        let endless = [
            GOOD.trim_end_matches("\r\n\r\nrest"),
            "\r\nX: ",
            &"y".repeat(9_000),
        ]
        .concat();
        let (answer, rest) = answer_to(endless.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "));
        assert!(rest.is_none());
        assert!(answer_to(b"GET /bo").await.0.is_empty());
    }
}
