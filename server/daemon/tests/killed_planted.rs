//! The kill loop and syncs that fail notice a server that acknowledges before anything reached the system.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use heliograph_wire::Outcome;
use support::failing_sync::{library, put_until_syncs_fail};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_acknowledges_before_its_sync_is_caught_when_syncs_fail() {
    let dir = tempfile::tempdir().unwrap();
    let (data, trigger) = (dir.path().join("board"), dir.path().join("fail"));
    let (library, mut told) = (library(dir.path()), Told::default());
    let early = ["--planted-fault", "acknowledge-early"];
    let program = Program::start_with_failing_syncs(&data, (&library, &trigger), &early);
    let (outcomes, _) = put_until_syncs_fail(&program, &trigger, &mut told).await;
    let stored = |outcome: &Outcome| matches!(outcome, Outcome::Stored);
    assert!(outcomes.iter().any(stored));
}
