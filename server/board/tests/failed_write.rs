//! After a write that failed nothing is acknowledged any more, and nothing acknowledged is lost.
//!
//! The child is this test binary with a limit on the size of files (`ulimit -f`): the journal hits
//! it in the middle of a batch, as on a full disk.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use std::path::Path;
use std::process::Command;

use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::{Board, BoardError, NewCell, PutOutcome};
use heliograph_wire::{Body, Cell, EraseKey, Keep, Label, LaneId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);
const CHILD: &str = "HELIOGRAPH_BOARD_FULL_CHILD";
const BATCH: u64 = 512;
/// Room for the 64 MiB that the journal reserves and a little more, in the shell's 512-byte blocks.
const BLOCKS: u32 = 2 * 1_024 * 65;

fn open(dir: &Path) -> FjallBoard {
    FjallBoard::open(dir, &Settings::new(vec![LANE])).unwrap()
}

fn batch(first: u64) -> Vec<NewCell> {
    let one = |name| {
        let mut rng = ChaCha8Rng::seed_from_u64(name);
        let (mut label, mut body) = ([0; 32], vec![0; 2_048]);
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
    };
    (first..first + BATCH).map(one).collect()
}

/// Does nothing unless it was started as the child.
#[test]
fn child_that_puts_until_the_disk_is_full() {
    let Ok(dir) = std::env::var(CHILD) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = open(Path::new(&dir));
    for first in (0..200 * BATCH).step_by(512) {
        match runtime.block_on(board.put(LANE, batch(first))) {
            Ok(_) => println!("stored {first}"),
            Err(error) => {
                assert!(matches!(error, BoardError::Storage { .. }));
                break;
            }
        }
    }
    let put = runtime.block_on(board.put(LANE, batch(0)));
    let get = runtime.block_on(board.get(LANE, vec![Label([0; 32])]));
    let head = runtime.block_on(board.head(LANE));
    assert!(matches!(put, Err(BoardError::Failed)));
    assert!(matches!(get, Err(BoardError::Failed)));
    assert!(matches!(head, Err(BoardError::Failed)));
    println!("refused from then on");
}

#[test]
fn after_a_failed_write_nothing_is_acknowledged_and_nothing_is_lost() {
    let dir = TempDir::new().unwrap();
    let script = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    let child = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args([
            "child_that_puts_until_the_disk_is_full",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    assert!(said.contains("refused from then on"), "{said}");
    let stored = said
        .lines()
        .filter_map(|line| line.rsplit_once("stored ")?.1.parse().ok());
    let stored: Vec<u64> = stored.collect();
    assert!(stored.len() > 10);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = open(dir.path());
    for first in stored {
        let outcomes = runtime.block_on(board.put(LANE, batch(first))).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == PutOutcome::Same));
    }
}
