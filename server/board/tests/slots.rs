//! Large bodies lie in files of slots: written once, found whole or not at all, and their room is used again.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use heliograph_board::conformance::announce_waiting;
use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::{Board, BoardError, EraseOrder, EraseOutcome, Lookup, NewCell, PutOutcome};
use heliograph_wire::{Body, Cell, ClaimId, Class, EraseKey, Keep, Label, LaneId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);
const SLOT: u64 = 65_536;

fn open(dir: &TempDir) -> FjallBoard {
    FjallBoard::open(dir.path(), &Settings::new(vec![LANE])).unwrap()
}

/// A large cell; another body under the same label for another `version`.
fn cell(name: u64, version: u64) -> NewCell {
    let (mut label, mut body) = ([0; 32], vec![0; Class::Large.size()]);
    ChaCha8Rng::seed_from_u64(name).fill_bytes(&mut label);
    ChaCha8Rng::seed_from_u64(version << 32 | name).fill_bytes(&mut body);
    NewCell::new(
        Cell {
            label: Label(label),
            keep: Keep::Day,
            erase_hash: EraseKey::new(label).hash(),
            body: Body::new(body.into()).unwrap(),
        },
        2,
    )
}

fn cells(names: std::ops::Range<u64>) -> Vec<NewCell> {
    names.map(|name| cell(name, 1)).collect()
}

async fn put(board: &FjallBoard, cells: Vec<NewCell>) {
    let count = cells.len();
    let outcomes = board.put(LANE, cells).await.unwrap();
    assert_eq!(outcomes, vec![PutOutcome::Stored; count]);
    announce_waiting(board, LANE, 1).await;
}

async fn erase(board: &FjallBoard, names: std::ops::Range<u64>) {
    let order = |name| {
        let label = cell(name, 1).cell().label;
        EraseOrder {
            label,
            key: EraseKey::new(label.0),
            claim: ClaimId([1; 16]),
        }
    };
    let outcomes = board.erase(LANE, names.map(order).collect()).await.unwrap();
    assert!(outcomes.iter().all(|one| *one == EraseOutcome::Erased));
}

async fn get(board: &FjallBoard, name: u64) -> Result<Lookup, BoardError> {
    let label = cell(name, 1).cell().label;
    Ok(board.get(LANE, vec![label]).await?.remove(0))
}

async fn assert_whole(board: &FjallBoard, names: std::ops::Range<u64>) {
    for name in names {
        let found = get(board, name).await.unwrap();
        assert!(matches!(found, Lookup::Found(found) if found.body == cell(name, 1).cell().body));
    }
}

/// Files of slots, in their order.
fn files(dir: &TempDir) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(dir.path().join("slots")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn holds(path: &Path, needle: &[u8]) -> bool {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn a_large_body_is_written_once_and_outlives_the_board() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    put(&board, cells(0..5)).await;
    drop(board);
    let first = cell(0, 1);
    let needle = &first.cell().body.bytes()[100..160];
    assert!(holds(&files(&dir)[0], needle));
    assert!(!holds(&dir.path().join("0.jnl"), needle));
    assert_whole(&open(&dir), 0..5).await;
}

#[tokio::test]
async fn what_no_batch_names_is_nothing() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    put(&board, cells(0..3)).await;
    drop(board);
    // As after a kill between the body and its batch: two slots further on, and a file of its own.
    let first = files(&dir).remove(0);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&first)
        .unwrap();
    file.write_all_at(&vec![7; 2 * Class::Large.size()], 3 * SLOT)
        .unwrap();
    std::fs::copy(&first, dir.path().join("slots/00000009")).unwrap();
    let board = open(&dir);
    assert_eq!(files(&dir), [first]);
    put(&board, cells(3..6)).await;
    assert_whole(&board, 0..6).await;
    assert!(board.usage().unwrap().body_bytes < 8 * SLOT);
}

#[tokio::test]
async fn a_slot_is_used_again_once_its_body_is_erased() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    put(&board, cells(0..64)).await;
    let before = board.usage().unwrap().body_bytes;
    for round in 1..5 {
        erase(&board, (round - 1) * 64..round * 64).await;
        put(&board, cells(round * 64..round * 64 + 64)).await;
        assert!(matches!(
            get(&board, (round - 1) * 64).await,
            Ok(Lookup::Erased)
        ));
    }
    assert_whole(&board, 256..320).await;
    // The index grows a little; another round of bodies would be four mebibytes.
    assert!(board.usage().unwrap().body_bytes < before + (1 << 20));
    drop(board);
    assert_whole(&open(&dir), 256..320).await;
}

#[tokio::test]
async fn the_room_of_what_expired_goes_back_to_the_file_system() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    for first in (0..1_200).step_by(100) {
        put(&board, cells(first..first + 100)).await;
    }
    assert_eq!(files(&dir).len(), 2);
    let expired = board.expire(24 * 3).await.unwrap();
    assert_eq!(expired.bytes, 1_200 * SLOT);
    assert!(board.usage().unwrap().body_bytes < 4 << 20);
    put(&board, cells(2_000..2_010)).await;
    assert_whole(&board, 2_000..2_010).await;
}

#[tokio::test]
async fn holes_are_made_where_some_live_on() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    put(&board, cells(0..400)).await;
    erase(&board, 0..399).await;
    board.expire(1).await.unwrap();
    assert!(board.usage().unwrap().body_bytes < 4 << 20);
    assert_whole(&board, 399..400).await;
    put(&board, cells(400..410)).await;
    assert_whole(&board, 399..410).await;
}

#[tokio::test]
async fn a_damaged_body_is_reported_and_never_shown() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    put(&board, cells(0..2)).await;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(&files(&dir)[0])
        .unwrap();
    file.write_all_at(&[0; 512], 30_000).unwrap();
    let damaged = get(&board, 0).await;
    assert!(matches!(damaged, Err(BoardError::Corrupt { what: "body" })));
    assert_whole(&board, 1..2).await;
}

#[tokio::test]
async fn of_many_puts_at_once_one_wins_each_label_and_the_others_keep_no_room() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    let tasks = (1..=8).map(|version| {
        let board = board.clone();
        let cells: Vec<NewCell> = (0..20).map(|name| cell(name, version)).collect();
        tokio::spawn(async move { board.put(LANE, cells).await.unwrap() })
    });
    let mut stored = 0;
    for task in tasks.collect::<Vec<_>>() {
        let outcomes = task.await.unwrap();
        stored += outcomes
            .iter()
            .filter(|one| **one == PutOutcome::Stored)
            .count();
    }
    assert_eq!(stored, 20);
    announce_waiting(&board, LANE, 1).await;
    for name in 0..20 {
        assert!(matches!(get(&board, name).await.unwrap(), Lookup::Found(_)));
    }
    // What the losers wrote is used again.
    put(&board, cells(100..240)).await;
    assert!(board.usage().unwrap().body_bytes <= 161 * SLOT);
    assert_whole(&board, 100..240).await;
}

#[tokio::test]
async fn after_a_slot_that_cannot_be_written_nothing_is_acknowledged() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    let folder = dir.path().join("slots");
    std::fs::remove_dir(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let failed = board.put(LANE, cells(0..1)).await;
    assert!(matches!(failed, Err(BoardError::Storage { .. })));
    let after = board.put(LANE, cells(1..2)).await;
    assert!(matches!(after, Err(BoardError::Failed)));
}
