//! The server's side: puts under way while the power is cut, ticks seen meanwhile, and the questions
//! afterwards whether all of it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use heliograph_client::dial;
use heliograph_delivery::TickChain;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{
    Body, Class, EraseHash, Feed, FrameReader, Get, Keep, LARGE_FRAME, Label, LaneId, LeafHash, Op,
    Outcome, Put, Request, ServerUnit, SignedTick, client_frame, leaf, merkle,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const LANE: LaneId = LaneId(0);
/// Connections that put, and puts that each has under way at a time.
const PUTTERS: u64 = 2;
const OPEN: u32 = 8;
/// Pause between puts: devices that open read everything of the hour again, and are to come to
/// speak as well.
const BREATH: Duration = Duration::from_millis(20);
/// Numbers that one connection may use up in one round.
const SHARE: u64 = 1 << 24;

/// What the server said before a cut.
#[derive(Default, Clone)]
pub(crate) struct Told {
    /// Numbers of the cells answered *Stored*.
    pub(crate) stored: Vec<u64>,
    /// Ticks that a follower was shown.
    pub(crate) ticks: BTreeMap<u64, SignedTick>,
}

/// The same cell for the same number, always.
fn put(number: u64) -> Put {
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    // One in eight is large: its body goes another way to the disk.
    let class = if number % 8 == 5 {
        Class::Large
    } else {
        Class::Small
    };
    let (mut label, mut body) = ([0; 32], vec![0; class.size()]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    Put {
        lane: LANE,
        label: Label(label),
        keep: Keep::Fortnight,
        erase_hash: EraseHash(label),
        token: Bytes::new(),
        body: Body::new(body.into()).unwrap(),
    }
}

/// A connection.
struct Line {
    stream: Box<dyn Stream>,
    frames: FrameReader,
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stream for S {}

impl Line {
    async fn to(link: &BoardLink) -> Result<Self, String> {
        Ok(Self {
            stream: Box::new(dial(link).await?),
            frames: FrameReader::new(),
        })
    }

    async fn send(&mut self, id: u32, op: Op) -> Result<(), String> {
        let frame = client_frame(&Request { id, op: Some(op) }).unwrap();
        let sent = self.stream.write_all(&frame).await;
        sent.map_err(|error| error.to_string())
    }

    async fn unit(&mut self) -> Result<ServerUnit, String> {
        loop {
            let unit = self.frames.next().map_err(|error| error.to_string())?;
            if let Some(unit) = unit {
                return Ok(unit);
            }
            let flushed = self.stream.flush().await;
            flushed.map_err(|error| error.to_string())?;
            let buffer = self.frames.buffer();
            buffer.reserve(LARGE_FRAME);
            match self.stream.read_buf(buffer).await {
                Ok(0) => return Err("the server closed the connection".into()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Answers in the order of the requests.
    async fn ask(&mut self, ops: Vec<Op>) -> Result<Vec<Outcome>, String> {
        let mut outcomes = BTreeMap::new();
        let wanted = ops.len();
        for (id, op) in (0..).zip(ops) {
            self.send(id, op).await?;
        }
        while outcomes.len() < wanted {
            if let ServerUnit::Answer(answer) = self.unit().await? {
                outcomes.insert(answer.id, answer.outcome);
            }
        }
        Ok(outcomes.into_values().collect())
    }
}

/// Puts from the first number of `round` on, and a follower, until the runtime ends.
pub(crate) fn load(
    runtime: &tokio::runtime::Runtime,
    link: &BoardLink,
    round: u64,
) -> Arc<Mutex<Told>> {
    let told: Arc<Mutex<Told>> = Arc::default();
    for putter in 0..PUTTERS {
        let (link, told) = (link.clone(), Arc::clone(&told));
        let first = (round * PUTTERS + putter) * SHARE;
        // They end with an error when the power does.
        runtime.spawn(async move { keep_putting(&link, first, &told).await });
    }
    let (link, seen) = (link.clone(), Arc::clone(&told));
    runtime.spawn(async move { follow(&link, &seen).await });
    told
}

async fn keep_putting(link: &BoardLink, first: u64, told: &Mutex<Told>) -> Result<(), String> {
    let mut line = Line::to(link).await?;
    let (mut asked, mut answered) = (0, 0);
    loop {
        tokio::time::sleep(BREATH).await;
        for _ in 0..OPEN {
            let op = Op::Put(put(first + u64::from(asked)));
            line.send(asked, op).await?;
            asked += 1;
        }
        while answered < asked {
            let ServerUnit::Answer(answer) = line.unit().await? else {
                continue;
            };
            answered += 1;
            if matches!(answer.outcome, Outcome::Stored) {
                let number = first + u64::from(answer.id);
                told.lock().unwrap().stored.push(number);
            }
        }
    }
}

async fn follow(link: &BoardLink, told: &Mutex<Told>) -> Result<(), String> {
    let mut line = Line::to(link).await?;
    line.send(0, Op::Follow(LANE)).await?;
    loop {
        let tick = match line.unit().await? {
            ServerUnit::Feed(Feed::Part(_, part)) => part.tick,
            ServerUnit::Feed(Feed::Heartbeat(beat)) => beat.tick,
            ServerUnit::Answer(_) => continue,
        };
        told.lock().unwrap().ticks.insert(tick.head.number, tick);
    }
}

/// How many cells and ticks of what was told are not there; an error if the server cannot be asked.
pub(crate) async fn missing(
    link: &BoardLink,
    told: &Told,
    round: u64,
) -> Result<(usize, usize), String> {
    let mut line = Line::to(link).await?;
    let mut missing = BTreeSet::new();
    for numbers in told.stored.chunks(64) {
        let puts = numbers.iter().map(|number| Op::Put(put(*number)));
        let outcomes = line.ask(puts.collect()).await?;
        let again = numbers.iter().zip(&outcomes);
        let other = again.filter(|(_, outcome)| !matches!(outcome, Outcome::Same));
        missing.extend(other.map(|(number, _)| *number));
    }
    // A cell of our own pushes everything that waits into a tick before it or with it.
    let marker = u64::MAX - round;
    line.ask(vec![Op::Put(put(marker))]).await?;
    while !matches!(line.ask(vec![get(marker)]).await?[0], Outcome::Found(_)) {}
    let key = TickChain::new(&link.key, LANE, None).unwrap();
    for numbers in told.stored.chunks(64) {
        let gets = numbers.iter().map(|number| get(*number));
        let outcomes = line.ask(gets.collect()).await?;
        let placed = numbers.iter().zip(&outcomes);
        let out_of_place = placed.filter(|(n, found)| !proves_its_place(**n, found, &key, told));
        missing.extend(out_of_place.map(|(number, _)| *number));
    }
    let Outcome::Following(head, _) = line.ask(vec![Op::Follow(LANE)]).await?.remove(0) else {
        return Err("the lane cannot be followed".into());
    };
    let head = head.map_or(0, |head| head.head.number);
    Ok((missing.len(), told.ticks.range(head + 1..).count()))
}

fn get(number: u64) -> Op {
    Op::Get(Get {
        lane: LANE,
        label: put(number).label,
    })
}

/// Whether a cell was found as it was put, in a signed tick that holds it, and in the very tick that
/// was shown under that number.
fn proves_its_place(number: u64, found: &Outcome, key: &TickChain, told: &Told) -> bool {
    let (Outcome::Found(found), put) = (found, put(number)) else {
        return false;
    };
    let tick = found.place.tick;
    let leaf = leaf(&put.label, put.keep, &put.erase_hash, &put.body.hash());
    let (index, count) = (found.place.index as usize, tick.head.items as usize);
    let shown = told.ticks.get(&tick.head.number);
    found.body == put.body
        && key.check_signature(&tick).is_ok()
        && merkle::verify(&leaf, index, count, &found.place.path, &tick.head.root)
        && shown.is_none_or(|shown| *shown == tick)
}

/// Reads the whole record since `first_hour`: signed, dense from 1, and with every tick that was ever
/// shown. Gives its length.
pub(crate) async fn record(link: &BoardLink, told: &Told, first_hour: u32) -> Result<u64, String> {
    let mut line = Line::to(link).await?;
    let mut chain = TickChain::new(&link.key, LANE, None).unwrap();
    for hour in first_hour..=hour_now() {
        line.send(hour, Op::Span(LANE, hour)).await?;
        let mut leaves: Vec<LeafHash> = Vec::new();
        loop {
            let part = match line.unit().await? {
                ServerUnit::Feed(Feed::Part(_, part)) => part,
                ServerUnit::Feed(Feed::Heartbeat(_)) => continue,
                ServerUnit::Answer(_) => break,
            };
            leaves.extend(part.items.iter().map(|item| item.leaf));
            if leaves.len() < part.tick.head.items as usize {
                continue;
            }
            let next = chain.check_next(&part.tick, &std::mem::take(&mut leaves));
            next.map_err(|fault| format!("tick {}: {fault}", part.tick.head.number))?;
            if told
                .ticks
                .get(&part.tick.head.number)
                .is_some_and(|shown| *shown != part.tick)
            {
                return Err(format!("tick {} is another one now", part.tick.head.number));
            }
            chain.adopt(part.tick);
        }
    }
    if told.ticks.range(chain.number() + 1..).count() > 0 {
        return Err("ticks that were shown are gone".into());
    }
    Ok(chain.number())
}

/// Hours since 1970.
pub(crate) fn hour_now() -> u32 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u32::try_from(now.as_secs() / 3_600).unwrap()
}
