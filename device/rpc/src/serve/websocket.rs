//! The door on a WebSocket of this machine, for programs that cannot open a Unix socket: a page in a
//! browser, above all. Any program of any user can reach a port of the loopback, and any page can make
//! its browser try, so whoever connects must know a token that only this user can read.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};
use zeroize::Zeroizing;

use super::{BREATH, connection};
use crate::private::write_replacing;
use crate::{Door, LINE_MAX, RpcError};

/// Name of the file in the home that says where, and with which token.
pub(crate) const FILE: &str = "websocket";
/// What a caller offers as a subprotocol, beside `token.` and the token.
const PROTOCOL: &str = "heliograph.v1";
const TOKEN_PREFIX: &str = "token.";
/// Connections at once; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 16;
/// How long a handshake may take, and an answer that nobody reads.
const HANDSHAKE: Duration = Duration::from_secs(5);
const UNREAD: Duration = Duration::from_secs(30);
/// How long the last answers may take to leave.
const FAREWELL: Duration = Duration::from_secs(2);
/// Between the connection, which speaks in lines, and the WebSocket, which speaks in messages.
const BRIDGE: usize = 64 * 1_024;

type Socket = WebSocketStream<TcpStream>;

/// A WebSocket that listens; its file is removed when this is dropped.
pub struct WebSocket {
    listener: TcpListener,
    port: u16,
    token: Zeroizing<String>,
    file: PathBuf,
}

impl WebSocket {
    /// Listens on a port of 127.0.0.1 (0: any) with a new token, and writes both into the home.
    ///
    /// # Errors
    /// `port-unusable`, or a file that cannot be written.
    pub async fn listen(home: &Path, port: u16) -> Result<Self, RpcError> {
        let unusable = |error: std::io::Error| {
            RpcError::unchanged(
                "port-unusable",
                format!("Port {port} of this machine cannot be listened on: {error}."),
                "Name another port, or 0 for any that is free.",
            )
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let listener = listener.await.map_err(unusable)?;
        let port = listener.local_addr().map_err(unusable)?.port();
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut()).map_err(RpcError::bug)?;
        let token = BASE32_NOPAD.encode(secret.as_ref()).to_ascii_lowercase();
        let made = Self {
            listener,
            port,
            token: Zeroizing::new(token),
            file: home.join(FILE),
        };
        let words = json!({"url": made.url(), "token": made.token.as_str()}).to_string();
        let words = Zeroizing::new(words);
        write_replacing(&made.file, words.as_bytes())
            .map_err(|error| RpcError::file(&made.file, &error))?;
        Ok(made)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// The file that holds the address and the token.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Serves until `stop`; then answers what is being answered and closes every connection.
    pub async fn run(self, door: Door, stop: impl Future<Output = ()> + Send) {
        let (ending, told) = watch::channel(());
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                // The semaphore is never closed, so a place always comes.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                let Ok((stream, _)) = self.listener.accept().await else {
                    tokio::time::sleep(BREATH).await;
                    continue;
                };
                let (door, told) = (door.clone(), told.clone());
                let (token, port) = (self.token.clone(), self.port);
                connections.spawn(async move {
                    let _place = place;
                    if let Some(socket) = greet(stream, &token, port).await {
                        Box::pin(talk(door, socket, told)).await;
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        };
        tokio::select! {
            () = stop => {}
            () = accept => {}
        }
        drop(ending);
        let rest = async { while connections.join_next().await.is_some() {} };
        drop(timeout(2 * FAREWELL, rest).await);
        connections.shutdown().await;
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        // A token without a listener opens nothing; the next one writes its own.
        drop(std::fs::remove_file(&self.file));
    }
}

/// Lets a caller in who knows the token; `None` for everybody else.
async fn greet(stream: TcpStream, token: &str, port: u16) -> Option<Socket> {
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1_024)
        .write_buffer_size(2 * 1_024)
        .max_message_size(Some(LINE_MAX))
        .max_frame_size(Some(LINE_MAX));
    #[expect(
        clippy::result_large_err,
        reason = "the shape of a refusal is the library's"
    )]
    let judge = |request: &Request, mut response: Response| match admit(request, token, port) {
        Ok(protocol) => {
            if let Some(protocol) = protocol {
                let name = header::SEC_WEBSOCKET_PROTOCOL;
                response.headers_mut().insert(name, protocol);
            }
            Ok(response)
        }
        Err(status) => {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status;
            Err(refusal)
        }
    };
    let handshake = accept_hdr_async_with_config(stream, judge, Some(config));
    timeout(HANDSHAKE, handshake).await.ok()?.ok()
}

/// Whether a request may come in, and the subprotocol to confirm.
fn admit(request: &Request, token: &str, port: u16) -> Result<Option<HeaderValue>, StatusCode> {
    let headers = request.headers();
    let word = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // A page elsewhere whose name was made to mean this machine is told apart by the name it asks for.
    let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{port}"));
    if !word(header::HOST).is_some_and(|host| hosts.iter().any(|known| known == host)) {
        return Err(StatusCode::FORBIDDEN);
    }
    let offered = word(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let protocol = offered.clone().any(|name| name == PROTOCOL);
    let bearer = word(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    let named = offered.find_map(|name| name.strip_prefix(TOKEN_PREFIX));
    let knows = bearer
        .or(named)
        .is_some_and(|said| bool::from(said.as_bytes().ct_eq(token.as_bytes())));
    if !knows {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(protocol.then(|| HeaderValue::from_static(PROTOCOL)))
}

/// One connection: each message in either direction is a line.
async fn talk(door: Door, socket: Socket, told: watch::Receiver<()>) {
    let (sink, source) = socket.split();
    let (near, far) = tokio::io::duplex(BRIDGE);
    let (lines, inlet) = tokio::io::split(near);
    let served = async {
        tokio::join!(
            connection::run(door, tokio::io::split(far), told),
            outward(lines, sink)
        );
    };
    tokio::pin!(served);
    tokio::select! {
        () = inward(source, inlet) => served.await,
        () = &mut served => {}
    }
}

/// Texts become lines. A line break inside a text is white space of its JSON.
async fn inward(mut source: SplitStream<Socket>, mut inlet: impl AsyncWrite + Unpin) {
    while let Some(Ok(message)) = source.next().await {
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Binary(_) | Message::Close(_) | Message::Frame(_) => break,
        };
        let mut line = text.as_str().replace(['\n', '\r'], " ");
        line.push('\n');
        if inlet.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
    // The other half of the bridge is held elsewhere: dropping this one would not end it.
    drop(inlet.shutdown().await);
}

async fn outward(lines: impl AsyncRead + Unpin, mut sink: SplitSink<Socket, Message>) {
    let mut lines = BufReader::new(lines).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let sent = timeout(UNREAD, sink.send(Message::text(line))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
    drop(timeout(FAREWELL, sink.close()).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)]) -> Request {
        let mut request = Request::new(());
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().insert(name, value);
        }
        request
    }

    #[test]
    fn only_who_asks_this_machine_by_its_name_and_knows_the_token_comes_in() {
        let judge = |headers: &[_]| admit(&asked(headers), "abc", 7);
        let host = ("host", "127.0.0.1:7");
        let bearer = ("authorization", "Bearer abc");
        assert_eq!(judge(&[host, bearer]), Ok(None));
        assert_eq!(judge(&[("host", "localhost:7"), bearer]), Ok(None));
        let offered = ("sec-websocket-protocol", "heliograph.v1, token.abc");
        let confirmed = HeaderValue::from_static(PROTOCOL);
        assert_eq!(judge(&[host, offered]), Ok(Some(confirmed)));
        let (forbidden, unknown) = (StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED);
        for name in ["evil.example:7", "127.0.0.1:8", "127.0.0.1", ""] {
            assert_eq!(judge(&[("host", name), bearer]), Err(forbidden), "{name}");
        }
        assert_eq!(judge(&[bearer]), Err(forbidden));
        assert_eq!(judge(&[host]), Err(unknown));
        for said in ["Bearer abx", "Bearer ab", "Bearer abcd", "abc", ""] {
            let named = ("authorization", said);
            assert_eq!(judge(&[host, named]), Err(unknown), "{said}");
        }
        let named = ("sec-websocket-protocol", "heliograph.v1, token.");
        assert_eq!(judge(&[host, named]), Err(unknown));
    }
}
