//! Durable puts a second: 2 KiB that cannot be compressed, over TLS, each acknowledged after its sync.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use heliograph_client::dial;
use heliograph_lab::Board;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{
    Body, EraseHash, FrameReader, Keep, LARGE_FRAME, Label, LaneId, Op, Outcome, Put, Request,
    ServerUnit, client_frame,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::figure::{Better, Figure, spread};
use crate::machine::{bytes_below, cpu_seconds};

const CONNECTIONS: u64 = 200;
/// Puts that a connection has under way at once.
const DEPTH: usize = 4;
const WARM_UP: Duration = Duration::from_secs(3);
const BODY: usize = 2_048;

/// Puts for so long with so many followers; the rate while all were putting.
pub(crate) fn rate(seconds: u64, followers: u64) -> Figure {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(seconds, followers))
}

async fn measure(seconds: u64, followers: u64) -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let server = Board::start(&data, &[]);
    let link = BoardLink::decode(&server.link).unwrap();
    let (counting, stop) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    for _ in 0..followers {
        tokio::spawn(follow(link.clone()));
    }
    let mut putters = Vec::new();
    for seed in 0..CONNECTIONS {
        let (link, counting, stop) = (link.clone(), Arc::clone(&counting), Arc::clone(&stop));
        putters.push(tokio::spawn(put(link, seed, (counting, stop))));
    }
    tokio::time::sleep(WARM_UP).await;
    counting.store(true, Ordering::Relaxed);
    let cpu = (cpu_seconds(server.pid()), cpu_seconds(std::process::id()));
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    counting.store(false, Ordering::Relaxed);
    let took = begun.elapsed().as_secs_f64();
    let used = (
        cpu_seconds(server.pid()) - cpu.0,
        cpu_seconds(std::process::id()) - cpu.1,
    );
    stop.store(true, Ordering::Relaxed);
    let mut waits: Vec<f64> = Vec::new();
    for putter in putters {
        waits.extend(putter.await.unwrap());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2⁵³")]
    let count = waits.len() as f64;
    Figure {
        name: if followers == 0 {
            "durable puts"
        } else {
            "durable puts, one follower"
        },
        unit: "/s",
        value: count / took,
        bar: if followers == 0 { 25_000.0 } else { 20_000.0 },
        better: Better::More,
        detail: json!({
            "connections": CONNECTIONS, "under_way_each": DEPTH, "seconds": seconds,
            "milliseconds": spread(&mut waits), "server_cpu_seconds": used.0,
            "load_cpu_seconds": used.1, "disk_bytes": bytes_below(&data),
            "server_microseconds_each": used.0 / count * 1e6,
            "load_microseconds_each": used.1 / count * 1e6,
        }),
    }
}

fn random_put(rng: &mut ChaCha8Rng) -> Put {
    let mut label = [0; 32];
    rng.fill_bytes(&mut label);
    let mut body = BytesMut::zeroed(BODY);
    rng.fill_bytes(&mut body);
    Put {
        lane: LaneId(0),
        label: Label(label),
        keep: Keep::Day,
        erase_hash: EraseHash(label),
        token: Bytes::new(),
        body: Body::new(body.freeze()).unwrap(),
    }
}

/// Keeps [`DEPTH`] puts under way; milliseconds that each took while `counting`.
async fn put(
    link: BoardLink,
    seed: u64,
    (counting, stop): (Arc<AtomicBool>, Arc<AtomicBool>),
) -> Vec<f64> {
    let mut stream = dial(&link).await.unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut frames = FrameReader::new();
    let mut waits = Vec::new();
    let mut begun = std::collections::VecDeque::new();
    let mut id = 0;
    loop {
        while begun.len() < DEPTH {
            id += 1;
            let op = Some(Op::Put(random_put(&mut rng)));
            let frame = client_frame(&Request { id, op }).unwrap();
            begun.push_back(Instant::now());
            stream.write_all(&frame).await.unwrap();
        }
        stream.flush().await.unwrap();
        let buffer = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        assert_ne!(stream.read_buf(buffer).await.unwrap(), 0);
        while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
            let ServerUnit::Answer(answer) = unit else {
                continue;
            };
            assert!(matches!(answer.outcome, Outcome::Stored));
            let since = begun.pop_front().unwrap();
            if counting.load(Ordering::Relaxed) {
                waits.push(since.elapsed().as_secs_f64() * 1e3);
            }
        }
        if stop.load(Ordering::Relaxed) {
            return waits;
        }
    }
}

/// Puts `count` cells of nobody as fast as they are taken.
pub(crate) async fn fill(server: &Board, count: usize, seed: u64) {
    let link = BoardLink::decode(&server.link).unwrap();
    let mut stream = dial(&link).await.unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX - seed);
    let mut frames = FrameReader::new();
    let (mut asked, mut answered) = (0, 0);
    while answered < count {
        while asked < count && asked - answered < 64 {
            asked += 1;
            let (id, op) = (u32::try_from(asked).unwrap(), random_put(&mut rng));
            let frame = client_frame(&Request {
                id,
                op: Some(Op::Put(op)),
            })
            .unwrap();
            stream.write_all(&frame).await.unwrap();
        }
        stream.flush().await.unwrap();
        let buffer = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        assert_ne!(stream.read_buf(buffer).await.unwrap(), 0);
        while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
            answered += usize::from(matches!(unit, ServerUnit::Answer(_)));
        }
    }
}

/// Reads the lane as fast as it comes.
async fn follow(link: BoardLink) {
    let mut stream = dial(&link).await.unwrap();
    let op = Some(Op::Follow(LaneId(0)));
    let frame = client_frame(&Request { id: 1, op }).unwrap();
    stream.write_all(&frame).await.unwrap();
    stream.flush().await.unwrap();
    let mut frames = FrameReader::new();
    loop {
        let buffer = frames.buffer();
        buffer.reserve(LARGE_FRAME);
        if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
            return;
        }
        while frames.next::<ServerUnit>().unwrap().is_some() {}
    }
}
