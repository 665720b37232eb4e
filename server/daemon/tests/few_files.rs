//! A system that gives few open files: whoever is connected goes on, the store always gets its own,
//! and whoever comes too late is served once somebody has left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::Op;
use support::kill::Program;
use support::{Client, name, put, usual_tls};

/// Files that the server may open, and a number of clients that needs more.
const FILES: u32 = 300;
const TOO_MANY: usize = 120;

#[tokio::test(flavor = "multi_thread")]
async fn connections_never_take_the_files_that_the_store_needs() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::start_with_files(&dir.path().join("board"), FILES);
    let mut early = Client::to(&program.link).await;
    let mut served = Vec::new();
    let mut refused = 0;
    for _ in 0..TOO_MANY {
        match support::handshake(&program.link, usual_tls(&program.link)).await {
            Ok(stream) => served.push(stream),
            Err(_) => refused += 1,
        }
    }
    assert_eq!(
        (served.len(), refused),
        (FILES as usize - 256 - 1, TOO_MANY - (FILES as usize - 257))
    );
    // The store opens and closes files beside all that.
    for number in 0..2_000 {
        let stored = early.ask(Op::Put(put(number))).await;
        assert_eq!(name(&stored), "Stored");
    }
    drop(served);
    let mut late = connected_at_last(&program).await;
    let same = late.ask(Op::Put(put(7))).await;
    assert_eq!(name(&same), "Same");
}

/// Connects as soon as those who left have been noticed.
async fn connected_at_last(program: &Program) -> Client {
    loop {
        if let Ok(stream) = support::handshake(&program.link, usual_tls(&program.link)).await {
            drop(stream);
            tokio::task::yield_now().await;
            return Client::to(&program.link).await;
        }
    }
}

#[test]
fn a_server_that_may_open_hardly_any_files_says_so_and_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let (code, words) = Program::refused_with_files(&dir.path().join("board"), 128);
    assert_eq!(code, Some(1));
    assert!(words.contains("128 files"), "{words}");
    assert!(words.contains("LimitNOFILE"), "{words}");
}
