//! A board that can lie: every device may be shown a history of its own, all signed by one key.
//!
//! It speaks the wire's own values with the real engine, on a clock that the story moves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use heliograph_client::engine::{Engine, Input};
use heliograph_wire::link::{BoardLink, Pin};
use heliograph_wire::{
    Answer, Body, Cell, EraseHash, Feed, Found, Heartbeat, Item, ItemCell, Keep, Label, LaneId,
    LeafHash, Op, Outcome, Place, Request, ServerUnit, SignedTick, TickHash, TickHead, merkle,
    parts_of_tick,
};

mod lies;
mod overheard;

pub use self::lies::Lies;
pub use self::overheard::Overheard;

const LANE: LaneId = LaneId(0);
/// Start of every story, Unix milliseconds.
const START: i64 = 1_795_000_000_000;

/// What one device is shown.
#[derive(Default)]
struct Face {
    ticks: Vec<(SignedTick, Vec<Cell>, u32)>,
    pending: Vec<Cell>,
    following: bool,
    inbox: VecDeque<ServerUnit>,
}

/// Devices and the board between them.
pub struct TwoFaced {
    key: SigningKey,
    cells: HashMap<Label, Cell>,
    faces: Vec<Face>,
    /// The devices.
    pub engines: Vec<Engine>,
    /// The clock of everything, Unix milliseconds.
    pub now: i64,
    seeds: u32,
    off: Vec<i64>,
    /// Labels that were put with two different bodies by honest devices: must stay none.
    pub conflicts: u32,
    /// What is withheld from whom.
    pub lies: Lies,
    /// Every cell that was ever put, in order.
    pub overheard: Vec<Overheard>,
}

impl TwoFaced {
    /// A board and devices of people with these names, in memory.
    #[must_use]
    pub fn new(names: &[&str]) -> Self {
        Self::of(names, START, |name, board, seed| {
            Engine::in_memory(name, board, seed, START).unwrap()
        })
    }

    /// A board and devices that `make` makes of a name, the board's link and a seed.
    pub fn of(
        names: &[&str],
        start: i64,
        mut make: impl FnMut(&str, &str, &[u8; 32]) -> Engine,
    ) -> Self {
        let key = SigningKey::from_bytes(&[42; 32]);
        let board = BoardLink {
            address: "board.example:443".into(),
            key: key.verifying_key().to_bytes(),
            lane: LANE,
            pin: Pin::PublicRoots,
        };
        let mut world = Self {
            key,
            cells: HashMap::new(),
            faces: Vec::new(),
            engines: Vec::new(),
            now: start,
            seeds: 0,
            off: vec![0; names.len()],
            conflicts: 0,
            lies: Lies::default(),
            overheard: Vec::new(),
        };
        for name in names {
            world.seeds += 1;
            let mut seed = [0xB0; 32];
            seed[..4].copy_from_slice(&world.seeds.to_be_bytes());
            let mut engine = make(name, &board.encode(), &seed);
            engine.setting("receipts", Some("prompt")).unwrap();
            engine.input(start, Input::Online);
            world.engines.push(engine);
            world.faces.push(Face::default());
        }
        world.run();
        world
    }

    fn hour(&self) -> u32 {
        u32::try_from(self.now / 3_600_000).unwrap()
    }

    /// Everything that can happen at this moment happens.
    pub fn run(&mut self) {
        loop {
            let mut quiet = true;
            for at in 0..self.engines.len() {
                for request in self.engines[at].output().requests {
                    self.serve(at, request);
                    quiet = false;
                }
            }
            for at in 0..self.faces.len() {
                self.tick(at);
                quiet &= self.faces[at].inbox.is_empty();
                self.deliver(at);
            }
            if quiet {
                self.rest_all();
                return;
            }
        }
    }

    /// Serves at most `requests` of a device's requests, with all that follows for everybody else,
    /// then cuts it off; gives how many it served.
    pub fn run_then_cut(&mut self, at: usize, requests: usize) -> usize {
        let mut served = 0;
        loop {
            let asked = self.engines[at].output().requests;
            if asked.is_empty() || served >= requests {
                break;
            }
            for request in asked.into_iter().take(requests - served) {
                self.serve(at, request);
                served += 1;
            }
            for face in 0..self.faces.len() {
                self.tick(face);
            }
            self.deliver(at);
        }
        self.hang_up(at);
        let now = self.clock(at);
        self.engines[at].input(now, Input::Offline("cut off".into()));
        served
    }

    /// A device loses its connection and does not get another.
    pub fn cut(&mut self, at: usize) {
        self.run_then_cut(at, 0);
    }

    /// Everybody who follows hears that nothing is newer, at an hour the board may invent.
    pub fn beat(&mut self, hour: Option<u32>) {
        let hour = hour.unwrap_or_else(|| self.hour());
        for face in self.faces.iter_mut().filter(|face| face.following) {
            let Some((tick, _, _)) = face.ticks.last() else {
                continue;
            };
            let signature = self.key.sign(&tick.head.heartbeat_bytes(hour)).to_bytes();
            let beat = Heartbeat {
                tick: *tick,
                hour,
                signature,
            };
            face.inbox
                .push_back(ServerUnit::Feed(Feed::Heartbeat(beat)));
        }
        self.run();
    }

    /// Everything happens in an order that `dice` picks, one word at a time; now and then a device
    /// loses its connection, or its memory as in a crash. Ends after `words` words.
    pub fn run_roughly(&mut self, words: u32, dice: &mut impl FnMut(u32) -> u32) {
        for _ in 0..words {
            let at = dice(u32::try_from(self.engines.len()).unwrap()) as usize;
            match dice(40) {
                0 => self.restart(at),
                1 => self.reconnect(at),
                // Everybody is shown the same tick: this board is honest.
                2..8 => (0..self.faces.len()).for_each(|face| self.tick(face)),
                8..20 => {
                    for request in self.engines[at].output().requests {
                        self.serve(at, request);
                    }
                }
                _ => {
                    if let Some(unit) = self.faces[at].inbox.pop_front() {
                        let now = self.clock(at);
                        self.engines[at].input(now, Input::Unit(Box::new(unit)));
                    }
                }
            }
        }
    }

    fn hang_up(&mut self, at: usize) {
        self.faces[at].inbox.clear();
        self.faces[at].following = false;
    }

    /// A device loses its connection, with whatever was on its way, and gets a new one.
    pub fn reconnect(&mut self, at: usize) {
        self.hang_up(at);
        drop(self.engines[at].output());
        let now = self.clock(at);
        self.engines[at].input(now, Input::Offline("lost".into()));
        self.engines[at].input(now, Input::Online);
    }

    /// A device crashes: what it had not committed, and what was on its way, is lost.
    pub fn restart(&mut self, at: usize) {
        self.hang_up(at);
        self.seeds += 1;
        let mut seed = [0xC0; 32];
        seed[..4].copy_from_slice(&self.seeds.to_be_bytes());
        let engine = self.engines.remove(at);
        let now = self.clock(at);
        let mut engine = engine.restart(&seed, now).unwrap();
        engine.input(now, Input::Online);
        self.engines.insert(at, engine);
    }

    /// Time passes; every device wakes and acts.
    pub fn pass(&mut self, ms: i64) {
        self.now += ms;
        for at in 0..self.engines.len() {
            let now = self.clock(at);
            self.engines[at].input(now, Input::Wake);
        }
        self.run();
    }

    /// Shows one device a cell that the others never see: from here on histories differ.
    pub fn plant(&mut self, at: usize) {
        let label = Label([0xEE; 32]);
        let body = Body::new(Bytes::from(vec![0xEE; 2_048])).unwrap();
        self.faces[at].pending.push(Cell {
            label,
            keep: Keep::Day,
            erase_hash: EraseHash([0; 32]),
            body,
        });
        self.run();
    }

    /// Shows everyone something, so that numbers go on for all.
    pub fn stir(&mut self, mark: u8) {
        for at in 0..self.faces.len() {
            let body = Body::new(Bytes::from(vec![mark; 2_048])).unwrap();
            self.faces[at].pending.push(Cell {
                label: Label([mark; 32]),
                keep: Keep::Day,
                erase_hash: EraseHash([0; 32]),
                body,
            });
        }
        self.run();
    }

    fn answer(&mut self, at: usize, id: u32, outcome: Outcome) {
        self.say(at, ServerUnit::Answer(Answer { id, outcome }));
    }

    fn serve(&mut self, at: usize, request: Request) {
        if self.lies.thieves.contains(&at) && matches!(request.op, Some(Op::Put(_) | Op::Erase(_)))
        {
            return;
        }
        let outcome = match request.op {
            Some(Op::Put(put)) => self.put(Cell {
                label: put.label,
                keep: put.keep,
                erase_hash: put.erase_hash,
                body: put.body,
            }),
            Some(Op::Get(_)) if self.lies.silent => return,
            Some(Op::Get(_)) if self.lies.deny_to == Some(at) => Outcome::Absent,
            Some(Op::Get(get)) => self.get(at, &get.label),
            Some(Op::Erase(erase)) => match self.cells.get(&erase.label) {
                Some(cell) if cell.erase_hash == erase.key.hash() => Outcome::Erased,
                _ => Outcome::Absent,
            },
            Some(Op::Follow(_)) => {
                self.faces[at].following = true;
                let head = self.faces[at].ticks.last().map(|t| t.0);
                Outcome::Following(head, self.hour())
            }
            Some(Op::Span(_, hour)) => {
                self.replay(at, request.id, hour);
                Outcome::SpanEnd(hour, 1, self.hour())
            }
            _ => Outcome::Nothing,
        };
        self.answer(at, request.id, outcome);
    }

    fn put(&mut self, cell: Cell) -> Outcome {
        match self.cells.get(&cell.label) {
            Some(held) if *held == cell => Outcome::Same,
            Some(_) => {
                self.conflicts += 1;
                Outcome::Taken
            }
            None => {
                self.cells.insert(cell.label, cell.clone());
                self.overhear(&cell);
                for face in &mut self.faces {
                    face.pending.push(cell.clone());
                }
                Outcome::Stored
            }
        }
    }

    fn get(&self, at: usize, label: &Label) -> Outcome {
        for (tick, cells, _) in &self.faces[at].ticks {
            let Some(index) = cells.iter().position(|cell| cell.label == *label) else {
                continue;
            };
            let leaves: Vec<LeafHash> = cells.iter().map(Cell::leaf).collect();
            let cell = &cells[index];
            return Outcome::Found(Box::new(Found {
                keep: cell.keep,
                erase_hash: cell.erase_hash,
                body: cell.body.clone(),
                place: Place {
                    tick: *tick,
                    index: u32::try_from(index).unwrap(),
                    path: merkle::path(&leaves, index).unwrap(),
                },
            }));
        }
        Outcome::Absent
    }

    /// Makes the next tick of a face, if something waits.
    fn tick(&mut self, at: usize) {
        let (hour, bare) = (self.hour(), self.lies.bare_to == Some(at));
        let face = &mut self.faces[at];
        if face.pending.is_empty() {
            return;
        }
        let mut cells = std::mem::take(&mut face.pending);
        cells.sort_by_key(|cell| cell.label);
        let leaves: Vec<LeafHash> = cells.iter().map(Cell::leaf).collect();
        let previous = face.ticks.last().map_or(TickHash([0; 32]), |t| t.0.hash());
        let head = TickHead {
            lane: LANE,
            number: face.ticks.len() as u64 + 1,
            previous,
            root: merkle::root(&leaves),
            issuer: [0; 32],
            items: u32::try_from(cells.len()).unwrap(),
        };
        let signature = self.key.sign(&head.signing_bytes()).to_bytes();
        let tick = SignedTick { head, signature };
        face.ticks.push((tick, cells.clone(), hour));
        if face.following {
            let parts = parts_of_tick(0, tick, hour, &items(&cells, bare));
            face.inbox.extend(parts.into_iter().map(ServerUnit::Feed));
        }
    }

    fn replay(&mut self, at: usize, stream: u32, hour: u32) {
        let bare = self.lies.bare_to == Some(at);
        let face = &mut self.faces[at];
        for (tick, cells, _) in face.ticks.iter().filter(|t| t.2 == hour) {
            let parts = parts_of_tick(stream, *tick, hour, &items(cells, bare));
            face.inbox.extend(parts.into_iter().map(ServerUnit::Feed));
        }
    }
}

fn items(cells: &[Cell], bare: bool) -> Vec<Item> {
    cells
        .iter()
        .map(|cell| Item {
            tag: cell.label.tag(),
            leaf: cell.leaf(),
            cell: (!bare && cell.body.class() == heliograph_wire::Class::Small).then(|| ItemCell {
                keep: cell.keep,
                erase_hash: cell.erase_hash,
                body: cell.body.clone(),
            }),
        })
        .collect()
}
