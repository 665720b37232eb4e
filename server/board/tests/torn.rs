//! A power cut tears the batch that was being flushed. The board opens again without it, and never
//! passes over damage to what it had acknowledged.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use std::os::unix::fs::FileExt;
use std::path::Path;

use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::{Board, BoardError, NewCell, PutOutcome};
use heliograph_wire::{Body, Cell, Class, EraseKey, Keep, Label, LaneId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);

fn open(dir: &Path) -> Result<FjallBoard, BoardError> {
    FjallBoard::open(dir, &Settings::new(vec![LANE]))
}

fn cell(name: u64, class: Class) -> NewCell {
    let mut rng = ChaCha8Rng::seed_from_u64(name);
    let (mut label, mut body) = ([0; 32], vec![0; class.size()]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    NewCell::new(
        Cell {
            label: Label(label),
            keep: Keep::Permanent,
            erase_hash: EraseKey::new(label).hash(),
            body: Body::new(body.into()).unwrap(),
        },
        u32::MAX,
    )
}

/// The batches a board is given, one small and one large cell each.
fn batch(number: u64) -> Vec<NewCell> {
    vec![
        cell(2 * number, Class::Small),
        cell(2 * number + 1, Class::Large),
    ]
}

/// The directory of a board that was given four batches and lost its power: journal only.
fn after_four_batches() -> TempDir {
    let (live, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = open(live.path()).unwrap();
    for number in 0..4 {
        runtime.block_on(board.put(LANE, batch(number))).unwrap();
    }
    let mut folders = vec![live.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let to = copy.path().join(path.strip_prefix(live.path()).unwrap());
            if path.is_dir() {
                std::fs::create_dir(to).unwrap();
                folders.push(path);
            } else {
                std::fs::copy(path, to).unwrap();
            }
        }
    }
    copy
}

/// Replaces 512 bytes of a batch by zeros, so many bytes after the start of its small body.
fn tear(dir: &TempDir, number: u64, after: u64) {
    let path = dir.path().join("0.jnl");
    let journal = std::fs::read(&path).unwrap();
    let body = cell(2 * number, Class::Small).cell().body.clone();
    let needle = &body.bytes()[..64];
    let found = journal.windows(64).position(|window| window == needle);
    let middle = found.unwrap() as u64 + after;
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&[0; 512], middle).unwrap();
}

fn outcomes(board: &FjallBoard, number: u64) -> Vec<PutOutcome> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(board.put(LANE, batch(number))).unwrap()
}

/// Inside one value, over its end, and over the end of the batch.
const PLACES: [u64; 3] = [1_000, 1_900, 2_500];

#[test]
fn a_torn_last_batch_is_dropped_whole_and_all_others_are_there() {
    for after in PLACES {
        let dir = after_four_batches();
        tear(&dir, 3, after);
        let board = open(dir.path()).unwrap();
        for number in 0..3 {
            assert_eq!(outcomes(&board, number), [PutOutcome::Same; 2]);
        }
        assert_eq!(outcomes(&board, 3), [PutOutcome::Stored; 2]);
        drop(board);
        let board = open(dir.path()).unwrap();
        assert_eq!(outcomes(&board, 3), [PutOutcome::Same; 2]);
    }
}

#[test]
fn damage_to_what_was_acknowledged_is_reported_and_nothing_is_thrown_away() {
    for after in PLACES {
        let dir = after_four_batches();
        tear(&dir, 1, after);
        let before = std::fs::read(dir.path().join("0.jnl")).unwrap();
        for _ in 0..2 {
            let refused = open(dir.path());
            assert!(matches!(
                refused,
                Err(BoardError::Corrupt { what: "journal" })
            ));
        }
        assert!(std::fs::read(dir.path().join("0.jnl")).unwrap() == before);
    }
}

#[test]
fn a_second_process_does_not_touch_the_journal_of_a_running_board() {
    let dir = TempDir::new().unwrap();
    let board = open(dir.path()).unwrap();
    outcomes(&board, 0);
    tear(&dir, 0, 1_000);
    let before = std::fs::read(dir.path().join("0.jnl")).unwrap();
    assert!(matches!(open(dir.path()), Err(BoardError::Storage { .. })));
    assert!(std::fs::read(dir.path().join("0.jnl")).unwrap() == before);
}
