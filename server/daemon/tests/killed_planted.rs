//! The kill loop notices a server that acknowledges before anything reached the system.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use support::kill::{Program, Told, load, lost};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_acknowledges_early_is_caught() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let early = ["--planted-fault", "acknowledge-early"];
    let mut told = Told::default();
    load(&mut Program::start(&data, &early), 0, 1_000, &mut told).await;
    let program = Program::start(&data, &early);
    assert!(lost(&program, &mut told).await > 0);
}
