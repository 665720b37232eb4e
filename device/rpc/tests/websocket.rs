//! The door on a WebSocket: the same calls, for those who know the token.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use heliograph_rpc::{Door, Passphrase, RpcError, WebSocket, create_profile};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";

fn passphrase() -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new("secret".into()))
}

struct Serving {
    home: tempfile::TempDir,
    door: Door,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
    url: String,
}

impl Serving {
    async fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        create_profile(home.path(), "Anna", BOARD, passphrase)
            .await
            .unwrap();
        let door = Door::open(home.path(), Duration::ZERO, passphrase)
            .await
            .unwrap();
        let socket = WebSocket::listen(home.path(), 0).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (url, here) = (socket.url(), door.clone());
        let done = tokio::spawn(async move {
            Box::pin(socket.run(here, async { drop(stopped.await) })).await;
        });
        Self {
            home,
            door,
            stop,
            done,
            url,
        }
    }

    fn file(&self) -> std::path::PathBuf {
        self.home.path().join("websocket")
    }

    fn token(&self) -> String {
        let words: Value = serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap();
        assert_eq!(words["url"], self.url.as_str());
        words["token"].as_str().unwrap().to_owned()
    }

    async fn connect(&self, token: &str) -> Result<WebSocketStream<TcpStream>, Error> {
        let mut request = self.url.as_str().into_client_request().unwrap();
        let offered = format!("heliograph.v1, token.{token}").parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", offered);
        let address = self.url.strip_prefix("ws://").unwrap();
        let stream = TcpStream::connect(address.trim_end_matches('/')).await?;
        let (socket, answer) = client_async(request, stream).await?;
        let confirmed = answer.headers().get("sec-websocket-protocol").unwrap();
        assert_eq!(confirmed, "heliograph.v1");
        Ok(socket)
    }

    async fn end(self) -> tempfile::TempDir {
        drop(self.stop);
        self.done.await.unwrap();
        self.door.close().await;
        self.home
    }
}

async fn ask(socket: &mut WebSocketStream<TcpStream>, call: &str) -> Value {
    socket.send(Message::text(call)).await.unwrap();
    heard(socket).await
}

async fn heard(socket: &mut WebSocketStream<TcpStream>) -> Value {
    let said = socket.next().await.unwrap().unwrap();
    serde_json::from_str(said.to_text().unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn who_knows_the_token_calls_the_same_methods_and_hears_of_changes() {
    let serving = Serving::start().await;
    assert_eq!(mode(&serving.file()), 0o600);
    let mut socket = serving.connect(&serving.token()).await.unwrap();
    let early = ask(
        &mut socket,
        r#"{"jsonrpc":"2.0","id":1,"method":"profile.status"}"#,
    )
    .await;
    assert_eq!(early["error"]["data"]["kind"], "hello-first");
    // A pretty caller: line breaks are white space.
    let hello = ask(
        &mut socket,
        "{\n\"jsonrpc\":\"2.0\",\n\"id\":2,\"method\":\"rpc.hello\",\"params\":{\"version\":1}}",
    )
    .await;
    assert_eq!(hello["result"]["version"], 1);
    let subscribed = ask(
        &mut socket,
        r#"{"jsonrpc":"2.0","id":3,"method":"event.subscribe"}"#,
    )
    .await;
    assert_eq!(subscribed["result"]["subscribed"], true);
    let group = r#"{"jsonrpc":"2.0","id":4,"method":"group.create","params":{"title":"Crew"}}"#;
    socket.send(Message::text(group)).await.unwrap();
    let (mut answered, mut told) = (Value::Null, false);
    while answered.is_null() || !told {
        let said = heard(&mut socket).await;
        told |= said["params"]["changed"] == "conversation";
        if said["id"] == 4 {
            answered = said["result"].clone();
        }
    }
    assert!(answered["conversation"].is_string());
    let bad = ask(&mut socket, "not JSON").await;
    assert_eq!(bad["error"]["data"]["kind"], "not-json");
    let file = serving.file();
    let _home = serving.end().await;
    assert!(!file.exists());
    assert!(matches!(
        socket.next().await,
        None | Some(Ok(Message::Close(_)) | Err(_))
    ));
}

#[tokio::test]
async fn nobody_else_is_answered_and_too_much_at_once_ends_the_connection() {
    let serving = Serving::start().await;
    for token in ["", "abc", &serving.token().to_uppercase()] {
        let refused = serving.connect(token).await.unwrap_err();
        let Error::Http(answer) = refused else {
            unreachable!("{refused}");
        };
        assert_eq!(answer.status(), 401);
    }
    let mut socket = serving.connect(&serving.token()).await.unwrap();
    let long = json!({"a": "x".repeat(300_000)}).to_string();
    socket.send(Message::text(long)).await.unwrap();
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    let again = WebSocket::listen(serving.home.path(), port(&serving.url)).await;
    assert_eq!(again.err().unwrap().kind, "port-unusable");
    serving.end().await;
}

fn port(url: &str) -> u16 {
    let port = url.trim_end_matches('/').rsplit(':').next();
    port.unwrap().parse().unwrap()
}
