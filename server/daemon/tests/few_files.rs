//! A system that gives few open files: whoever is connected goes on, the store always gets its own,
//! and whoever comes too late is served once somebody has left.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use std::time::{Duration, Instant};

use heliograph_wire::Op;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use support::kill::Program;
use support::{Client, name, put, usual_tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Files that the server may open, and a number of clients that needs more.
const FILES: u32 = 300;
const TOO_MANY: usize = 120;
/// Between two failed attempts to take a connection, at least.
const PAUSE: Duration = Duration::from_millis(100);

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

/// Sets how many files a running program may open.
fn allow(program: &Program, files: Rlimit) {
    let pid = Pid::from_raw(program.pid().try_into().unwrap());
    prlimit(pid, Resource::Nofile, files).unwrap();
}

/// One of its counters.
async fn counter(program: &Program, which: &str) -> u128 {
    let address = program.metrics.as_ref().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\n\r\n";
    stream.write_all(ask).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let line = text.lines().find(|line| {
        !line.starts_with('#') && line.split(' ').next().is_some_and(|n| n.ends_with(which))
    });
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_given_no_more_files_serves_who_is_there_and_does_not_spin() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    std::fs::write(&config, "metrics = \"127.0.0.1:0\"\n").unwrap();
    let more = ["--config", config.to_str().unwrap()];
    let mut program = Program::start_heard(&dir.path().join("board"), &more);
    let mut early = Client::to(&program.link).await;
    let mut follower = Client::to(&program.link).await;
    follower.follow().await;
    let begun = Instant::now();
    // It was started by this process and took all that the system would give.
    let most = rustix::process::getrlimit(Resource::Nofile).maximum;
    let usual = Rlimit {
        current: most,
        maximum: most,
    };
    let none = Rlimit {
        current: Some(3),
        ..usual
    };
    allow(&program, none);
    let link = program.link.clone();
    let newcomer = tokio::spawn(async move { Client::to(&link).await });
    let mut program = tokio::task::spawn_blocking(move || {
        program.hear("accept-failed");
        program
    })
    .await
    .unwrap();
    for number in 0..100 {
        let stored = early.ask(Op::Put(put(number))).await;
        assert_eq!(name(&stored), "Stored");
    }
    assert!(!follower.tick().await.items.is_empty());
    assert!(!newcomer.is_finished());
    allow(&program, usual);
    let mut late = newcomer.await.unwrap();
    assert_eq!(name(&late.ask(Op::Put(put(7))).await), "Same");
    // A pause of a tenth of a second after each failure; a slower machine only makes it longer.
    let failures = counter(&program, "accepts_failed_total").await;
    let most = begun.elapsed().as_millis() / PAUSE.as_millis() + 1;
    assert!((1..=most).contains(&failures), "{failures} of {most}");
    program.kill();
}
