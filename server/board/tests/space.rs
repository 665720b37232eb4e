//! Disk space returns: after churn of ten times what lives, the tables take at most twice of it.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use heliograph_board::conformance::announce_waiting;
use heliograph_board::fjall::{FjallBoard, Settings, Usage};
use heliograph_board::{Board, EraseOrder, Lookup, NewCell};
use heliograph_wire::{Body, Cell, ClaimId, EraseKey, Keep, Label, LaneId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);
/// Cells that live at a time: 12 MiB of bodies.
const LIVE: usize = 6_144;
const BATCH: usize = 512;
const MIB: u64 = 1 << 20;
/// What a cell and its tombstone may take beside the body.
const RECORD: u64 = 256;

/// Bodies of random bytes, so that nothing compresses.
fn cells(rng: &mut ChaCha8Rng, keep: Keep, today: u32) -> Vec<NewCell> {
    let one = |_| {
        let (mut label, mut body) = ([0; 32], vec![0; 2_048]);
        rng.fill_bytes(&mut label);
        rng.fill_bytes(&mut body);
        NewCell::new(
            Cell {
                label: Label(label),
                keep,
                erase_hash: EraseKey::new(label).hash(),
                body: Body::new(body.into()).unwrap(),
            },
            keep.expiry_day(today),
        )
    };
    (0..BATCH).map(one).collect()
}

async fn put_and_announce(board: &FjallBoard, cells: Vec<NewCell>, today: u32) {
    board.put(LANE, cells).await.unwrap();
    announce_waiting(board, LANE, today * 24).await;
}

/// Twice what lives; records that must be remembered count as living.
fn assert_returned(usage: Usage) {
    println!("{usage:?}");
    let live = usage.live_bytes + usage.live_cells * RECORD;
    let used = usage.body_bytes + usage.record_bytes;
    assert!(
        usage.body_bytes <= 2 * usage.live_bytes,
        "bodies stay on the disk"
    );
    assert!(used <= 2 * live, "records stay on the disk");
    assert!(
        usage.journal_bytes <= 256 * MIB,
        "the journal is not bounded"
    );
}

fn open(dir: &TempDir) -> FjallBoard {
    FjallBoard::open(dir.path(), &Settings::new(vec![LANE])).unwrap()
}

#[tokio::test]
async fn expired_cells_give_their_space_back() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for today in 0..22 {
        for _ in 0..LIVE / 2 / BATCH {
            let cells = cells(&mut rng, Keep::Day, today);
            put_and_announce(&board, cells, today).await;
        }
        board.expire(today * 24).await.unwrap();
    }
    let usage = board.usage().unwrap();
    assert_eq!(usage.live_bytes, (LIVE * 2_048) as u64);
    assert_returned(usage);
}

#[tokio::test]
async fn erased_cells_give_their_space_back() {
    let dir = TempDir::new().unwrap();
    let board = open(&dir);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut living: Vec<NewCell> = Vec::new();
    for round in 0..LIVE / BATCH * 11 {
        let new = cells(&mut rng, Keep::Fortnight, 0);
        living.extend(new.iter().cloned());
        put_and_announce(&board, new, 0).await;
        if living.len() > LIVE {
            let old = (0..BATCH).map(|_| {
                let index = rng.next_u64() % living.len() as u64;
                let label = living
                    .swap_remove(usize::try_from(index).unwrap())
                    .cell()
                    .label;
                EraseOrder {
                    label,
                    key: EraseKey::new(label.0),
                    claim: ClaimId([1; 16]),
                }
            });
            board.erase(LANE, old.collect()).await.unwrap();
        }
        if round % 12 == 0 {
            board.expire(1).await.unwrap();
        }
    }
    board.expire(1).await.unwrap();
    assert_returned(board.usage().unwrap());
    drop(board);
    let board = open(&dir);
    for chunk in living.chunks(1_024) {
        let labels = chunk.iter().map(|new| new.cell().label).collect();
        let found = board.get(LANE, labels).await.unwrap();
        let mut all = found.iter().zip(chunk);
        let whole = |(lookup, new): (&Lookup, &NewCell)| matches!(lookup, Lookup::Found(found) if found.body == new.cell().body);
        assert!(all.all(whole), "compaction lost a body");
    }
}
