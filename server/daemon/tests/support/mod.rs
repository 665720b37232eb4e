//! A small client over real TLS, cells to put, and a verifier of tick chains.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "shared by several test files; a broken promise is reported by panicking"
)]

pub mod failing_sync;
pub mod gate;
pub mod kill;
pub mod pinned;
pub mod tap;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::{Signature, VerifyingKey};
use heliograph_wire::link::BoardLink;
use heliograph_wire::*;
use heliographd::{Config, Running, Server, StoreKind};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use pinned::{tls, usual_tls};
use tap::Tap;

pub const LANE: LaneId = LaneId(0);

/// A configuration for a directory of its own and a port of the system's choice.
pub fn config(dir: &Path, store: StoreKind) -> Config {
    Config {
        data: dir.join("board"),
        listen: "127.0.0.1:0".parse().unwrap(),
        store,
        ..Config::default()
    }
}

/// A server over memory; the directory must outlive it.
pub async fn memory(dir: &Path) -> Running {
    Server::new(config(dir, StoreKind::Memory))
        .start()
        .await
        .unwrap()
}

/// A server over fjall.
pub async fn fjall(dir: &Path) -> Running {
    Server::new(config(dir, StoreKind::Fjall))
        .start()
        .await
        .unwrap()
}

/// Connects and shakes hands.
pub async fn handshake(
    link: &BoardLink,
    config: ClientConfig,
) -> std::io::Result<TlsStream<Tap<TcpStream>>> {
    let tcp = TcpStream::connect(&link.address).await.unwrap();
    handshake_over(tcp, config).await
}

async fn handshake_over(
    tcp: TcpStream,
    config: ClientConfig,
) -> std::io::Result<TlsStream<Tap<TcpStream>>> {
    tcp.set_nodelay(true).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, Tap::new(tcp))
        .await?;
    // A large frame is longer than the default limit, which would cut a record at an odd place.
    stream.get_mut().1.set_buffer_limit(None);
    Ok(stream)
}

/// The request that starts frames, of one small frame's length.
pub fn upgrade_request() -> Vec<u8> {
    let start = "GET /board HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: heliograph/1\r\nX-Pad: ";
    let pad = "0".repeat(SMALL_FRAME - start.len() - 4);
    format!("{start}{pad}\r\n\r\n").into_bytes()
}

/// A connection in frames.
pub struct Client {
    pub stream: TlsStream<Tap<TcpStream>>,
    frames: FrameReader,
    next: u32,
    feed: VecDeque<Feed>,
    answers: VecDeque<Answer>,
}

impl Client {
    pub async fn connect(running: &Running) -> Self {
        Self::to(running.board_link()).await
    }

    pub async fn to(link: &BoardLink) -> Self {
        let tcp = TcpStream::connect(&link.address).await.unwrap();
        Self::over(tcp, link).await
    }

    pub async fn over(tcp: TcpStream, link: &BoardLink) -> Self {
        let mut stream = handshake_over(tcp, usual_tls(link)).await.unwrap();
        stream.write_all(&upgrade_request()).await.unwrap();
        stream.flush().await.unwrap();
        let mut head = vec![0; SMALL_FRAME];
        stream.read_exact(&mut head).await.unwrap();
        assert!(head.starts_with(b"HTTP/1.1 101 ") && head.ends_with(b"\r\n\r\n"));
        Self {
            stream,
            frames: FrameReader::new(),
            next: 1,
            feed: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// Sends a request; its number.
    pub async fn send(&mut self, op: Op) -> u32 {
        let id = self.next;
        self.next += 1;
        let frame = client_frame(&Request { id, op: Some(op) }).unwrap();
        self.raw(&frame).await;
        id
    }

    /// The same to a server that may hang up.
    pub async fn try_send(&mut self, op: Op) -> u32 {
        let id = self.next;
        self.next += 1;
        let frame = client_frame(&Request { id, op: Some(op) }).unwrap();
        // Whether it arrived is seen by what comes back.
        drop(self.stream.write_all(&frame).await);
        drop(self.stream.flush().await);
        id
    }

    pub async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next unit; `None` when the server closed the connection.
    pub async fn unit(&mut self) -> Option<ServerUnit> {
        loop {
            if let Some(unit) = self.frames.next().unwrap() {
                return Some(unit);
            }
            match self.stream.read_buf(self.frames.buffer()).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn more(&mut self) -> Option<()> {
        match self.unit().await? {
            ServerUnit::Answer(answer) => self.answers.push_back(answer),
            ServerUnit::Feed(feed) => self.feed.push_back(feed),
        }
        Some(())
    }

    /// The answer to a request; feed that comes before it is kept for [`Client::feed`].
    pub async fn answer(&mut self, id: u32) -> Outcome {
        loop {
            if let Some(at) = self.answers.iter().position(|answer| answer.id == id) {
                return self.answers.remove(at).unwrap().outcome;
            }
            self.more().await.expect("the connection ended");
        }
    }

    pub async fn ask(&mut self, op: Op) -> Outcome {
        let id = self.send(op).await;
        self.answer(id).await
    }

    pub async fn feed(&mut self) -> Feed {
        loop {
            if let Some(feed) = self.feed.pop_front() {
                return feed;
            }
            self.more().await.expect("the connection ended");
        }
    }

    /// Feed and answers that were received and not asked for yet.
    pub fn unread(&self) -> (usize, usize) {
        (self.feed.len(), self.answers.len())
    }

    /// The next whole tick of the feed; heartbeats are skipped.
    pub async fn tick(&mut self) -> Tick {
        self.try_tick().await.expect("the connection ended")
    }

    /// Whole ticks until the connection ends.
    pub async fn remaining_ticks(&mut self) -> Vec<Tick> {
        let mut ticks = Vec::new();
        while let Some(tick) = self.try_tick().await {
            ticks.push(tick);
        }
        ticks
    }

    async fn try_tick(&mut self) -> Option<Tick> {
        let mut tick: Option<Tick> = None;
        loop {
            let part = match self.feed.pop_front() {
                None => {
                    self.more().await?;
                    continue;
                }
                Some(Feed::Heartbeat(_)) => continue,
                Some(Feed::Part(stream, part)) => {
                    assert_eq!(stream, 0);
                    part
                }
            };
            let tick = tick.get_or_insert_with(|| Tick::new(&part));
            if tick.add(part) {
                return Some(tick.clone());
            }
        }
    }

    pub async fn follow(&mut self) -> Option<SignedTick> {
        match self.ask(Op::Follow(LANE)).await {
            Outcome::Following(head, _) => head,
            other => panic!("{}", name(&other)),
        }
    }

    /// All ticks of a span, and its end.
    pub async fn span(&mut self, hour: u32) -> (Vec<Tick>, (u32, u32, u32)) {
        let id = self.send(Op::Span(LANE, hour)).await;
        let end = match self.answer(id).await {
            Outcome::SpanEnd(first, hours, now) => (first, hours, now),
            other => panic!("{}", name(&other)),
        };
        let mut ticks: Vec<Tick> = Vec::new();
        let mine = |feed: &Feed| matches!(feed, Feed::Part(stream, _) if *stream == id);
        let (span, rest): (VecDeque<_>, _) = self.feed.drain(..).partition(mine);
        self.feed = rest;
        for feed in span {
            let Feed::Part(_, part) = feed else { continue };
            match ticks.last_mut() {
                Some(tick) if tick.signed == part.tick => drop(tick.add(part)),
                _ => {
                    let mut tick = Tick::new(&part);
                    tick.add(part);
                    ticks.push(tick);
                }
            }
        }
        assert!(ticks.iter().all(Tick::whole));
        (ticks, end)
    }
}

/// One tick put together from its parts.
#[derive(Clone)]
pub struct Tick {
    pub signed: SignedTick,
    pub hour: u32,
    pub items: Vec<Item>,
}

impl Tick {
    fn new(part: &Part) -> Self {
        Self {
            signed: part.tick,
            hour: part.hour,
            items: Vec::new(),
        }
    }

    /// Adds a part; says whether the tick is whole.
    fn add(&mut self, part: Part) -> bool {
        assert!(part.tick == self.signed && part.first as usize == self.items.len());
        self.items.extend(part.items);
        self.whole()
    }

    fn whole(&self) -> bool {
        self.items.len() == self.signed.head.items as usize
    }

    pub fn tags(&self) -> Vec<Tag> {
        self.items.iter().map(|item| item.tag).collect()
    }
}

/// Checks that `ticks` follow `head` one by one, are signed by the board and bind their items.
pub fn verify(link: &BoardLink, mut head: Option<SignedTick>, ticks: &[Tick]) {
    let key = VerifyingKey::from_bytes(&link.key).unwrap();
    for tick in ticks {
        let signed = tick.signed;
        let signature = Signature::from_bytes(&signed.signature);
        key.verify_strict(&signed.head.signing_bytes(), &signature)
            .unwrap();
        assert_eq!(signed.head.lane, LANE);
        assert_eq!(signed.head.number, head.map_or(1, |h| h.head.number + 1));
        let previous = head.map_or(TickHash([0; 32]), |h| h.hash());
        assert_eq!(signed.head.previous, previous);
        let leaves: Vec<_> = tick.items.iter().map(|item| item.leaf).collect();
        assert_eq!(merkle::root(&leaves), signed.head.root);
        assert!(tick.items.is_sorted_by_key(|item| item.tag));
        head = Some(signed);
    }
}

/// A cell that is different for every number.
pub fn put(number: u64) -> Put {
    sized_put(number, Class::Small)
}

pub fn sized_put(number: u64, class: Class) -> Put {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let label = Label(EraseKey::new(seed).hash().0);
    Put {
        lane: LANE,
        label,
        keep: Keep::Fortnight,
        erase_hash: erase_key(&label).hash(),
        token: Bytes::new(),
        body: Body::new(vec![number.to_be_bytes()[7]; class.size()].into()).unwrap(),
    }
}

/// The key that erases a test's cell.
pub fn erase_key(label: &Label) -> EraseKey {
    EraseKey::new(EraseKey::new(label.0).hash().0)
}

pub fn get(put: &Put) -> Op {
    Op::Get(Get {
        lane: put.lane,
        label: put.label,
    })
}

pub fn erase(put: &Put, claim: u8) -> Op {
    Op::Erase(Erase {
        lane: put.lane,
        label: put.label,
        key: erase_key(&put.label),
        claim: ClaimId([claim; 16]),
        token: Bytes::new(),
    })
}

/// Says which outcome it is; outcomes have no `Debug`, because they may carry bodies.
pub fn name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Stored => "Stored".into(),
        Outcome::Same => "Same".into(),
        Outcome::Taken => "Taken".into(),
        Outcome::Erased => "Erased".into(),
        Outcome::Absent => "Absent".into(),
        Outcome::Nothing => "Nothing".into(),
        Outcome::Refused(reason) => format!("Refused({reason:?})"),
        Outcome::Found(_) => "Found".into(),
        Outcome::Following(..) => "Following".into(),
        Outcome::SpanEnd(..) => "SpanEnd".into(),
        Outcome::Described(_) => "Described".into(),
    }
}
