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
    Body, Cell, ClaimId, EraseHash, Feed, Heartbeat, Item, ItemCell, Keep, Label, LaneId, LeafHash,
    ServerUnit, SignedTick, TickHash, TickHead, merkle, parts_of_tick,
};

mod epochs;
mod lies;
mod malice;
mod overheard;
mod serving;

pub use self::epochs::Epochs;
pub use self::lies::Lies;
pub use self::malice::{Malice, Mischief};
pub use self::overheard::Overheard;

const LANE: LaneId = LaneId(0);
/// So many rounds of everybody's requests, and whoever still asks never stops.
const ROUNDS_MAX: usize = 10_000;
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
    /// Those of them that were erased, and who erased each.
    erased: HashMap<Label, ClaimId>,
    /// Leaves of ticks of which somebody fetched a cell.
    leaves: HashMap<TickHash, Vec<LeafHash>>,
    /// Which device put what, where a device did.
    putters: HashMap<Label, usize>,
    faces: Vec<Face>,
    /// The devices.
    pub engines: Vec<Engine>,
    /// The clock of everything, Unix milliseconds.
    pub now: i64,
    seeds: u32,
    off: Vec<i64>,
    /// Who hung up lately, and is connected again already: the next time they stay away.
    hung_up: Vec<bool>,
    /// Somebody always had one more thing to do: a defect.
    pub restless: bool,
    /// Labels that one device put with two different bodies: must stay none.
    pub conflicts: u32,
    /// What is withheld from whom.
    pub lies: Lies,
    /// Epochs of a conversation, as one device goes through them.
    pub epochs: Option<Epochs>,
    /// How often each device said that somebody is writing.
    pub writing: Vec<usize>,
    /// Every cell that was ever put, in order.
    pub overheard: Vec<Overheard>,
    /// What harm the board does, if any.
    pub mischief: Option<Mischief>,
    /// Whose connections it ends.
    broken: Vec<usize>,
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
            erased: HashMap::new(),
            leaves: HashMap::new(),
            putters: HashMap::new(),
            faces: Vec::new(),
            engines: Vec::new(),
            now: start,
            seeds: 0,
            off: vec![0; names.len()],
            hung_up: vec![false; names.len()],
            restless: false,
            conflicts: 0,
            lies: Lies::default(),
            epochs: None,
            writing: vec![0; names.len()],
            overheard: Vec::new(),
            mischief: None,
            broken: Vec::new(),
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
        self.hung_up.fill(false);
        for _ in 0..ROUNDS_MAX {
            let mut quiet = true;
            for at in 0..self.engines.len() {
                for request in self.asked(at) {
                    self.serve(at, request);
                    quiet = false;
                }
            }
            for at in 0..self.faces.len() {
                self.tick(at);
                quiet &= self.faces[at].inbox.is_empty();
                self.meddle_with_words(at);
                self.deliver(at);
            }
            self.end_broken();
            if quiet {
                self.rest_all();
                return;
            }
        }
        self.restless = true;
    }

    /// What everybody asks now is served, in an order that `dice` picks, and what follows is handed out, once.
    pub fn run_once(&mut self, dice: &mut impl FnMut(u32) -> u32) {
        self.hung_up.fill(false);
        let mut order: Vec<usize> = (0..self.engines.len()).collect();
        for last in (1..order.len()).rev() {
            let upto = u32::try_from(last).unwrap() + 1;
            order.swap(last, dice(upto) as usize);
        }
        for at in order {
            for request in self.asked(at) {
                self.serve(at, request);
            }
        }
        for at in 0..self.faces.len() {
            self.tick(at);
            self.deliver(at);
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
                    self.hung_up.fill(false);
                    for request in self.asked(at) {
                        self.serve(at, request);
                    }
                }
                _ => {
                    if let Some(unit) = self.faces[at].inbox.pop_front() {
                        self.hand(at, unit);
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

    /// Makes the next tick of a face, if something waits.
    fn tick(&mut self, at: usize) {
        let (hour, bare) = (self.hour(), self.lies.bare_to == Some(at));
        if self.faces[at].pending.is_empty() {
            return;
        }
        let mut cells = std::mem::take(&mut self.faces[at].pending);
        self.meddle_with_tick(at, &mut cells);
        let face = &mut self.faces[at];
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
            let parts = parts_of_tick(0, tick, hour, &items(&cells, bare, &self.erased));
            face.inbox.extend(parts.into_iter().map(ServerUnit::Feed));
        }
    }
}

/// What a tick shows of its cells: of large ones, of erased ones and, to whom the board lies so, of all only that they stand.
fn items(cells: &[Cell], bare: bool, erased: &HashMap<Label, ClaimId>) -> Vec<Item> {
    cells
        .iter()
        .map(|cell| {
            let small = cell.body.class() == heliograph_wire::Class::Small;
            let shown = !bare && small && !erased.contains_key(&cell.label);
            Item {
                tag: cell.label.tag(),
                leaf: cell.leaf(),
                cell: shown.then(|| ItemCell {
                    keep: cell.keep,
                    erase_hash: cell.erase_hash,
                    body: cell.body.clone(),
                }),
            }
        })
        .collect()
}
