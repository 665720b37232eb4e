//! Puts under way while the power is cut, and the question which of them are there afterwards.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use heliograph_client::dial;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{
    Body, EraseHash, FrameReader, Keep, LARGE_FRAME, Label, LaneId, Op, Outcome, Put, Request,
    ServerUnit, client_frame,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

/// Puts under way at a time.
const OPEN: u64 = 32;

/// See the module's words.
pub(crate) struct Load {
    runtime: Runtime,
    told: Arc<Mutex<Vec<u64>>>,
    paused: Arc<AtomicBool>,
    next: Arc<AtomicU64>,
}

/// The same cell for the same number, always.
fn put(number: u64) -> Put {
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let (mut label, mut body) = ([0; 32], vec![0; 2_048]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    Put {
        lane: LaneId(0),
        label: Label(label),
        keep: Keep::Day,
        erase_hash: EraseHash(label),
        token: Bytes::new(),
        body: Body::new(body.into()).unwrap(),
    }
}

fn request(number: u64) -> Bytes {
    let id = u32::try_from(number % u64::from(u32::MAX)).unwrap();
    let op = Some(Op::Put(put(number)));
    client_frame(&Request { id, op }).unwrap().into()
}

impl Load {
    /// Puts cells from `first` on.
    pub(crate) fn start(link: &str, first: u64) -> Self {
        let load = Self {
            runtime: Runtime::new().unwrap(),
            told: Arc::default(),
            paused: Arc::default(),
            next: Arc::new(AtomicU64::new(first)),
        };
        let link = BoardLink::decode(link).unwrap();
        let (told, paused) = (Arc::clone(&load.told), Arc::clone(&load.paused));
        let next = Arc::clone(&load.next);
        load.runtime.spawn(async move {
            let stream = dial(&link).await.unwrap();
            let (mut reading, mut writing) = tokio::io::split(stream);
            let mut frames = FrameReader::new();
            let mut open = 0;
            loop {
                while open < OPEN && !paused.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if writing.write_all(&request(number)).await.is_err() {
                        return;
                    }
                    open += 1;
                }
                if writing.flush().await.is_err() {
                    return;
                }
                let buffer = frames.buffer();
                buffer.reserve(LARGE_FRAME);
                if reading.read_buf(buffer).await.unwrap_or(0) == 0 {
                    return;
                }
                while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
                    let ServerUnit::Answer(answer) = unit else {
                        continue;
                    };
                    assert!(matches!(answer.outcome, Outcome::Stored));
                    open -= 1;
                    told.lock().unwrap().push(u64::from(answer.id));
                }
            }
        });
        load
    }

    /// Asks for nothing more.
    pub(crate) fn pause(&self) {
        self.paused.store(true, Ordering::Relaxed);
    }

    /// Numbers that were answered *Stored*.
    pub(crate) fn told(&mut self) -> Vec<u64> {
        self.told.lock().unwrap().clone()
    }

    /// Ends; gives the next number that was not used.
    pub(crate) fn end(self) -> u64 {
        self.runtime.shutdown_background();
        self.next.load(Ordering::Relaxed)
    }
}

/// How many of these cells a server does not have: it stores them anew instead of finding the same.
pub(crate) fn missing(link: &str, numbers: &[u64]) -> usize {
    let link = BoardLink::decode(link).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async move {
        let mut stream = dial(&link).await.unwrap();
        let mut frames = FrameReader::new();
        let (mut missing, mut answered) = (0, 0);
        for some in numbers.chunks(64) {
            for number in some {
                stream.write_all(&request(*number)).await.unwrap();
            }
            stream.flush().await.unwrap();
            let wanted = answered + some.len();
            while answered < wanted {
                let buffer = frames.buffer();
                buffer.reserve(LARGE_FRAME);
                assert_ne!(stream.read_buf(buffer).await.unwrap(), 0);
                while let Some(unit) = frames.next::<ServerUnit>().unwrap() {
                    let ServerUnit::Answer(answer) = unit else {
                        continue;
                    };
                    answered += 1;
                    missing += usize::from(!matches!(answer.outcome, Outcome::Same));
                }
            }
        }
        missing
    })
}
