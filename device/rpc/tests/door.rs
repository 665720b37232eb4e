//! A profile whose board cannot be reached, called in this process and over its socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use heliograph_rpc::{Caller, Door, LINE_MAX, Passphrase, Remote, RpcError, create_profile, serve};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::oneshot;

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";

fn passphrase(text: &str) -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new(text.to_owned()))
}

async fn profile() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = create_profile(dir.path(), "Anna", BOARD, || passphrase("secret")).await;
    made.unwrap();
    dir
}

async fn open(home: &Path) -> Result<Door, RpcError> {
    Door::open(home, Duration::ZERO, || passphrase("secret")).await
}

struct Running {
    home: TempDir,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
    socket: std::path::PathBuf,
}

async fn running() -> Running {
    let home = profile().await;
    let door = open(home.path()).await.unwrap();
    let served = serve(home.path()).unwrap();
    let socket = served.path().to_owned();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(async move {
        served
            .run(door.clone(), async { drop(stopped.await) })
            .await;
        door.close().await;
    });
    Running {
        home,
        stop,
        done,
        socket,
    }
}

async fn say(stream: &mut BufReader<UnixStream>, line: &str) -> Value {
    stream
        .write_all(format!("{line}\n").as_bytes())
        .await
        .unwrap();
    hear(stream).await
}

async fn hear(stream: &mut BufReader<UnixStream>) -> Value {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    serde_json::from_str(&line).unwrap()
}

#[tokio::test]
async fn a_profile_is_made_once_and_opens_with_its_passphrase_only() {
    let home = profile().await;
    let mode = home.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let asked = || -> Result<Passphrase, RpcError> { panic!("asked in vain") };
    let again = create_profile(home.path(), "Ben", BOARD, asked).await;
    assert_eq!(again.unwrap_err().kind, "profile-exists");
    let wrong = Door::open(home.path(), Duration::ZERO, || passphrase("other")).await;
    assert_eq!(wrong.err().unwrap().kind, "wrong-passphrase");
    let door = open(home.path()).await.unwrap();
    let status = door.call("profile.status", json!({})).await.unwrap();
    assert_eq!(status["name"], "Anna");
    assert_eq!(status["board"], BOARD);
    door.close().await;
}

#[tokio::test]
async fn a_name_or_link_that_cannot_be_used_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let try_it = |name: &'static str, board: &'static str| {
        let home = home.path().to_owned();
        async move { create_profile(&home, name, board, || passphrase("s")).await }
    };
    assert_eq!(
        try_it("Anna", "heliograph://card/x")
            .await
            .unwrap_err()
            .kind,
        "bad-board-link"
    );
    assert_eq!(
        try_it("\u{200b}", BOARD).await.unwrap_err().kind,
        "bad-name"
    );
    try_it("Anna", BOARD).await.unwrap();
}

#[tokio::test]
async fn a_home_without_a_profile_is_left_without_a_trace() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(
        open(home.path()).await.err().unwrap().kind,
        "profile-missing"
    );
    assert_eq!(home.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_second_process_calls_the_first_one_and_hears_of_changes() {
    let first = running().await;
    let busy = open(first.home.path()).await.err().unwrap();
    assert_eq!(busy.kind, "profile-busy");
    let unlock = || -> Result<Passphrase, RpcError> { panic!("the holder is unlocked already") };
    let caller = Caller::open(first.home.path(), unlock).await.unwrap();
    assert!(!caller.is_here());
    let status = caller.call("profile.status", json!({})).await.unwrap();
    assert_eq!(status["name"], "Anna");
    let refused = caller
        .call("setting.get", json!({"name": "volume"}))
        .await
        .unwrap_err();
    assert_eq!(refused.kind, "unknown-setting");
    let set = json!({"name": "receipts", "value": "prompt"});
    assert_eq!(caller.call("setting.set", set.clone()).await.unwrap(), set);

    let mut events = caller.events().await.unwrap();
    first.stop.send(()).unwrap();
    first.done.await.unwrap();
    while events.next().await.is_some() {}
    let gone = caller.call("profile.status", json!({})).await.unwrap_err();
    assert_eq!(gone.kind, "holder-gone");
    assert!(
        !first.socket.exists(),
        "the socket's name goes with its process"
    );
}

#[tokio::test]
async fn the_socket_is_its_owners_alone_and_a_dead_ones_name_is_taken_over() {
    let home = profile().await;
    let door = open(home.path()).await.unwrap();
    let served = serve(home.path()).unwrap();
    let path = served.path().to_owned();
    std::mem::forget(served);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        serve(home.path()).is_ok(),
        "as after a kill: the name is there, nobody answers"
    );
    door.close().await;
}

#[tokio::test]
async fn a_connection_starts_with_hello_of_this_version() {
    let first = running().await;
    let mut stream = BufReader::new(UnixStream::connect(&first.socket).await.unwrap());
    let early = say(
        &mut stream,
        r#"{"jsonrpc":"2.0","id":1,"method":"profile.status"}"#,
    )
    .await;
    assert_eq!(early["error"]["data"]["kind"], "hello-first");
    let other = r#"{"jsonrpc":"2.0","id":2,"method":"rpc.hello","params":{"version":9}}"#;
    let other = say(&mut stream, other).await;
    assert_eq!(other["error"]["data"]["kind"], "unsupported-version");
    let hello = r#"{"jsonrpc":"2.0","id":3,"method":"rpc.hello","params":{"version":1}}"#;
    assert_eq!(say(&mut stream, hello).await["result"]["version"], 1);
    let now = say(
        &mut stream,
        r#"{"jsonrpc":"2.0","id":4,"method":"profile.status"}"#,
    )
    .await;
    assert_eq!(now["result"]["name"], "Anna");
}

#[tokio::test]
async fn garbage_is_answered_and_a_line_without_end_closes_its_connection_only() {
    let first = running().await;
    let other = Remote::connect(&first.socket).await.unwrap();
    let mut stream = BufReader::new(UnixStream::connect(&first.socket).await.unwrap());
    assert_eq!(
        say(&mut stream, "\u{1}garbage").await["error"]["code"],
        -32_700
    );
    assert_eq!(say(&mut stream, "[1,2]").await["error"]["code"], -32_600);
    // The other side may close before it has taken everything.
    let flood = vec![b'{'; LINE_MAX + 1];
    drop(stream.write_all(&flood).await);
    assert_eq!(
        hear(&mut stream).await["error"]["data"]["kind"],
        "line-too-long"
    );
    let mut rest = String::new();
    let end = stream.read_line(&mut rest).await;
    assert!(end.is_err() || rest.is_empty());
    assert!(other.call("profile.status", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_timer_that_waits_for_the_board_does_not_hold_up_the_others() {
    let first = running().await;
    let mut stream = BufReader::new(UnixStream::connect(&first.socket).await.unwrap());
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.hello","params":{"version":1}}"#;
    say(&mut stream, hello).await;
    let group = r#"{"jsonrpc":"2.0","id":2,"method":"group.create","params":{"title":"Crew"}}"#;
    let group = say(&mut stream, group).await["result"]["conversation"].clone();
    let asked = json!({"conversation": group, "seconds": 3_600});
    let timer = json!({"jsonrpc": "2.0", "id": 3, "method": "timer.set", "params": asked});
    let status = json!({"jsonrpc": "2.0", "id": 4, "method": "profile.status"});
    let quick = say(&mut stream, &format!("{timer}\n{status}")).await;
    assert_eq!(quick["id"], 4);
    assert_eq!(quick["result"]["name"], "Anna");
}

#[tokio::test]
async fn a_call_that_waits_does_not_hold_up_the_others() {
    let first = running().await;
    let remote = Remote::connect(&first.socket).await.unwrap();
    let long = remote.call("sync.run", json!({"within_ms": 60_000}));
    let quick = async {
        remote.call("profile.status", json!({})).await.unwrap();
        first.stop.send(()).unwrap();
    };
    let (long, ()) = tokio::join!(long, quick);
    assert_eq!(long.unwrap_err().kind, "holder-gone");
    first.done.await.unwrap();
}
