//! Syncs that fail: from the first one on nothing is acknowledged or announced, the server ends and
//! says so, and what it acknowledged before is there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use std::process::Command;

use heliograph_wire::{Outcome, Reason};
use support::failing_sync::{library, put_until_syncs_fail};
use support::kill::{Program, Told, lost};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_nothing_is_acknowledged_and_the_server_ends_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let (data, trigger) = (dir.path().join("board"), dir.path().join("fail"));
    let library = library(dir.path());
    let mut told = Told::default();
    let mut program = Program::start_with_failing_syncs(&data, (&library, &trigger), &[]);
    let (outcomes, mut follower) = put_until_syncs_fail(&program, &trigger, &mut told).await;
    let failed = |outcome: &Outcome| matches!(outcome, Outcome::Refused(Reason::Failed));
    assert!(!outcomes.is_empty() && outcomes.iter().all(failed));
    let ticks = follower.remaining_ticks().await;
    assert!(ticks.is_empty(), "a tick was shown that is not on the disk");
    let (code, words) = program.end();
    assert_eq!(code, Some(1));
    assert!(words.contains("the disk is full or broken"), "{words}");
    assert_eq!(lost(&Program::start(&data, &[]), &mut told).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_sync_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let trigger = dir.path().join("fail");
    std::fs::write(&trigger, "").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_heliographd"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(dir.path().join("board"))
        .env("LD_PRELOAD", library(dir.path()))
        .env("FAULT_SYNC_FAILS_WHEN", &trigger)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stdout.is_empty(), "it said that it is ready");
    let words = String::from_utf8(ran.stderr).unwrap();
    assert!(words.contains("heliographd: "), "{words}");
}
