//! What a store takes on the disk after ten times what lives in it has come and gone.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use heliograph_client::dial;
use heliograph_lab::Board;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{
    Body, ClaimId, Erase, EraseKey, FrameReader, Keep, LARGE_FRAME, Label, LaneId, Op, Put,
    Request, ServerUnit, client_frame,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::figure::{Better, Figure};
use crate::machine::bytes_below;

/// Cells that live at a time: 512 MiB of bodies.
const LIVE: usize = 262_144;
const BODY: usize = 2_048;
/// Requests under way at once.
const DEPTH: usize = 256;
/// How long the store may tidy up after the last erasure.
const TIDYING: Duration = Duration::from_secs(60);

/// Bytes on the disk for each byte that lives.
pub(crate) fn space() -> Figure {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure())
}

async fn measure() -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let server = Board::start(&data, &[]);
    let begun = Instant::now();
    churn(&server).await;
    let took = begun.elapsed().as_secs_f64();
    let at_once = bytes_below(&data);
    let idle = Instant::now();
    while bytes_below(&data) > 2 * (LIVE * BODY) as u64 && idle.elapsed() < TIDYING {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let settled = bytes_below(&data);
    #[expect(clippy::cast_precision_loss, reason = "sizes far below 2⁵³")]
    let ratio = settled as f64 / (LIVE * BODY) as f64;
    Figure {
        name: "store after churn of ten times what lives",
        unit: "×",
        value: ratio,
        bar: 2.0,
        better: Better::Less,
        detail: json!({
            "live_cells": LIVE, "live_bytes": LIVE * BODY, "churn_seconds": took,
            "bytes_at_once": at_once, "bytes_settled": settled,
            "tidying_seconds": idle.elapsed().as_secs_f64(),
        }),
    }
}

fn key(n: usize) -> EraseKey {
    let mut key = [7; 32];
    key[..8].copy_from_slice(&(n as u64).to_be_bytes());
    EraseKey::new(key)
}

fn label(n: usize) -> Label {
    let mut label = [0; 32];
    ChaCha8Rng::seed_from_u64(n as u64).fill_bytes(&mut label);
    Label(label)
}

fn put(n: usize, rng: &mut ChaCha8Rng) -> Op {
    let mut body = BytesMut::zeroed(BODY);
    rng.fill_bytes(&mut body);
    Op::Put(Put {
        lane: LaneId(0),
        label: label(n),
        keep: Keep::Fortnight,
        erase_hash: key(n).hash(),
        token: Bytes::new(),
        body: Body::new(body.freeze()).unwrap(),
    })
}

fn erase(n: usize) -> Op {
    Op::Erase(Erase {
        lane: LaneId(0),
        label: label(n),
        key: key(n),
        claim: ClaimId([1; 16]),
        token: Bytes::new(),
    })
}

/// Puts eleven times what lives, and erases each cell once so many newer ones stand.
async fn churn(server: &Board) {
    let link = BoardLink::decode(&server.link).unwrap();
    let mut stream = dial(&link).await.unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut frames = FrameReader::new();
    let mut waiting: VecDeque<Op> = VecDeque::new();
    let (mut asked, mut answered, mut n) = (0_u32, 0_u32, 0);
    while n < 11 * LIVE || asked > answered {
        while (asked - answered) < u32::try_from(DEPTH).unwrap() {
            let op = match waiting.pop_front() {
                Some(op) => op,
                None if n < 11 * LIVE => {
                    if n >= LIVE {
                        waiting.push_back(erase(n - LIVE));
                    }
                    n += 1;
                    put(n - 1, &mut rng)
                }
                None => break,
            };
            asked += 1;
            let op = Some(op);
            let frame = client_frame(&Request { id: asked, op }).unwrap();
            stream.write_all(&frame).await.unwrap();
        }
        stream.flush().await.unwrap();
        let buffer = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        assert_ne!(stream.read_buf(buffer).await.unwrap(), 0);
        while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
            answered += u32::from(matches!(unit, ServerUnit::Answer(_)));
        }
    }
}
