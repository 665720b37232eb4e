//! What a store takes on the disk after ten times what lives in it has come and expired.
//!
//! Days pass only for the store itself here, so this measures it without the server around it.

use std::time::{Duration, Instant};

use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::{Board, NewCell};
use heliograph_wire::{
    Body, Cell, EraseKey, Keep, Label, LaneId, SignedTick, TickHash, TickHead, merkle,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;

use crate::figure::Figure;
use crate::machine::bytes_below;

const LANE: LaneId = LaneId(1);
/// Cells that live at a time, those of two days: 512 MiB of bodies.
const LIVE: u64 = 262_144;
const BODY: usize = 2_048;
const BATCH: usize = 1_024;
/// Half of what lives comes on each: ten times what lives has gone after these.
const DAYS: u32 = 22;
/// How long the store may tidy up after the last day.
const TIDYING: Duration = Duration::from_secs(60);

/// Bytes on the disk, journal and all, for each byte that lives.
pub(crate) fn space() -> Figure {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure())
}

async fn measure() -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let board = FjallBoard::open(dir.path(), &Settings::new(vec![LANE])).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let begun = Instant::now();
    for today in 0..DAYS {
        for _ in 0..LIVE / 2 / BATCH as u64 {
            put_and_announce(&board, &mut rng, today).await;
        }
        board.expire(today * 24).await.unwrap();
    }
    let took = begun.elapsed().as_secs_f64();
    let (live, at_once) = (LIVE * BODY as u64, bytes_below(dir.path()));
    let idle = Instant::now();
    while bytes_below(dir.path()) > 2 * live && idle.elapsed() < TIDYING {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let settled = bytes_below(dir.path());
    let usage = board.usage().unwrap();
    assert_eq!(usage.live_bytes, live);
    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2⁵³")]
    let ratio = settled as f64 / live as f64;
    Figure::at_most(
        "store after churn of ten times what lives",
        ("×", ratio, 2.0),
        json!({
            "live_bytes": live, "bytes_at_once": at_once, "bytes_settled": settled,
            "bodies": usage.body_bytes, "records": usage.record_bytes,
            "journal": usage.journal_bytes, "churn_seconds": took,
            "tidying_seconds": idle.elapsed().as_secs_f64(),
        }),
    )
}

fn cell(rng: &mut ChaCha8Rng, today: u32) -> NewCell {
    let (mut label, mut body) = ([0; 32], vec![0; BODY]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    NewCell::new(
        Cell {
            label: Label(label),
            keep: Keep::Day,
            erase_hash: EraseKey::new(label).hash(),
            body: Body::new(body.into()).unwrap(),
        },
        Keep::Day.expiry_day(today),
    )
}

async fn put_and_announce(board: &FjallBoard, rng: &mut ChaCha8Rng, today: u32) {
    let cells = (0..BATCH).map(|_| cell(rng, today)).collect();
    board.put(LANE, cells).await.unwrap();
    let waiting = board.pending(LANE, BATCH).await.unwrap();
    let mut items: Vec<_> = waiting.iter().map(|p| (p.label, p.leaf)).collect();
    items.sort_by_key(|(label, _)| *label);
    let leaves: Vec<_> = items.iter().map(|(_, leaf)| *leaf).collect();
    let last = board.head(LANE).await.unwrap();
    let head = TickHead {
        lane: LANE,
        number: last.map_or(1, |last| last.head.number + 1),
        previous: last.map_or(TickHash([0; 32]), |last| last.hash()),
        root: merkle::root(&leaves),
        issuer: [0; 32],
        items: u32::try_from(leaves.len()).unwrap(),
    };
    let labels = items.into_iter().map(|(label, _)| label).collect();
    // Nobody follows: what signs a tick does not matter to its store.
    let signature = [0; 64];
    let tick = SignedTick { head, signature };
    board
        .announce(LANE, tick, labels, today * 24)
        .await
        .unwrap();
}
