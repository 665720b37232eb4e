//! A disk that is full: the server ends and says so, and nothing it acknowledged is lost.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use support::kill::{Program, Told, fill_up, lost};

/// Room for the 64 MiB that the journal reserves and a little more, in the shell's 512-byte blocks.
const BLOCKS: u32 = 2 * 1_024 * 65;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_disk_is_full_ends_with_a_reason_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let mut told = Told::default();
    let (code, words) = fill_up(Program::start_with_room(&data, BLOCKS), &mut told).await;
    assert_eq!(code, Some(1));
    assert!(words.contains("the disk is full or broken"), "{words}");
    assert!(told.stored.len() > 1_000, "{}", told.stored.len());
    assert_eq!(lost(&Program::start(&data, &[]), &mut told).await, 0);
}
