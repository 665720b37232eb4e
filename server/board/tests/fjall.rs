//! The fjall back end keeps the contract, also across reopening.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use std::sync::Arc;

use heliograph_board::conformance::{Fixture, LANE, OTHER_LANE};
use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::{Board, BoardError};
use tempfile::TempDir;

struct OnDisk(TempDir);

impl Fixture for OnDisk {
    type Board = FjallBoard;

    fn open(&mut self) -> Arc<FjallBoard> {
        let settings = Settings::new(vec![LANE, OTHER_LANE]);
        Arc::new(FjallBoard::open(self.0.path(), &settings).unwrap())
    }
}

fn fixture() -> OnDisk {
    OnDisk(TempDir::new().unwrap())
}

heliograph_board::conformance_suite!(fixture());

#[test]
fn a_directory_is_used_by_one_board_at_a_time() {
    let dir = TempDir::new().unwrap();
    let settings = Settings::new(vec![LANE]);
    let first = FjallBoard::open(dir.path(), &settings).unwrap();
    let second = FjallBoard::open(dir.path(), &settings);
    assert!(matches!(second, Err(BoardError::Storage { .. })));
    drop(first);
    FjallBoard::open(dir.path(), &settings).unwrap();
}

#[test]
fn a_directory_of_another_format_is_refused() {
    let dir = TempDir::new().unwrap();
    let settings = Settings::new(vec![LANE]);
    drop(FjallBoard::open(dir.path(), &settings).unwrap());
    {
        let engine = fjall::Database::builder(dir.path()).open().unwrap();
        let lanes = engine.keyspace("lanes", Default::default).unwrap();
        lanes.insert("format", [3]).unwrap();
    }
    let newer = FjallBoard::open(dir.path(), &settings);
    assert!(matches!(newer, Err(BoardError::OtherFormat { found: 3 })));
}

#[test]
fn a_lane_that_is_no_longer_served_still_expires() {
    let dir = TempDir::new().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let both = Settings::new(vec![LANE, OTHER_LANE]);
    let board = FjallBoard::open(dir.path(), &both).unwrap();
    runtime.block_on(heliograph_board::conformance::put_and_announce_one(
        &board, LANE,
    ));
    drop(board);
    let board = FjallBoard::open(dir.path(), &Settings::new(vec![OTHER_LANE])).unwrap();
    let refused = runtime.block_on(board.head(LANE));
    assert!(matches!(refused, Err(BoardError::NoLane { .. })));
    let gone = runtime.block_on(board.expire(24 * 15)).unwrap();
    assert_eq!(gone.cells, 1);
    assert_eq!(board.usage().unwrap().live_cells, 0);
}
