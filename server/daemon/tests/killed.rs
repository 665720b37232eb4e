//! The program is killed in the middle of its work; nothing acknowledged is lost, nothing forks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use support::kill::{Program, Told, load, lost};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_and_announced_survives_every_kill() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let mut told = Told::default();
    for round in 0..5 {
        let mut program = Program::start(&data, &[]);
        let enough = 150 * (1 + usize::try_from(round).unwrap());
        load(&mut program, round * 1_000_000, enough, &mut told).await;
        let mut program = Program::start(&data, &[]);
        assert_eq!(lost(&program, &mut told).await, 0);
        program.kill();
    }
}
