//! Messages travel over a board that loses answers, past a member who squats on labels.
//!
//! A small board (put if absent, ticks at random moments), a sender who restarts, a member who puts
//! junk and forged fragments at the sender's next labels, and a reader. Whatever happens, no label
//! gets two bodies, every message is read exactly once, and the sender sees all of them counted.

#![allow(
    clippy::unwrap_used,
    reason = "test scenery outside test functions may unwrap too"
)]

use std::collections::{HashMap, HashSet};

use heliograph_delivery::{
    EpochKeys, Joiner, Outgoing, ReaderChain, Seen, SenderChain, enter, open, seal, split,
};
use heliograph_wire::{Body, Class, Label};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const LEAF: u32 = 4;
const FORGED: u8 = 0xff;

#[derive(Default)]
struct Board {
    cells: HashMap<Label, Body>,
    queue: Vec<Label>,
}

impl Board {
    /// Whether the label holds exactly these bytes now.
    fn put(&mut self, label: Label, body: &Body) -> bool {
        if let Some(held) = self.cells.get(&label) {
            return held == body;
        }
        self.cells.insert(label, body.clone());
        self.queue.push(label);
        true
    }

    fn tick(&mut self) -> HashSet<Label> {
        self.queue.drain(..).collect()
    }
}

struct Reader {
    chain: ReaderChain,
    joiner: Joiner,
    read: Vec<Vec<u8>>,
}

impl Reader {
    /// One tick: rescans until no watched label is left, then opens in the order of the chain.
    fn tick(&mut self, board: &Board, items: &HashSet<Label>) {
        let mut places = Vec::new();
        loop {
            let hits: Vec<u32> = self
                .chain
                .watched()
                .filter_map(|(n, label)| items.contains(&label).then_some(n))
                .collect();
            if hits.is_empty() {
                break;
            }
            places.extend(hits.into_iter().filter_map(|n| self.chain.take(n)));
        }
        places.sort_by_key(|place| place.n);
        for place in places {
            let payload = open(&place.key, &place.label, &board.cells[&place.label]);
            let message = payload.and_then(|payload| self.joiner.push(&payload));
            self.read.extend(message.filter(|m| m[0] != FORGED));
        }
        self.chain = ReaderChain::from_bytes(&self.chain.to_bytes()).unwrap();
        self.joiner = Joiner::from_bytes(&self.joiner.to_bytes()).unwrap();
    }
}

struct World {
    rng: ChaCha20Rng,
    board: Board,
    sender: SenderChain,
    reader: Reader,
    bodies: HashMap<Label, Body>,
}

impl World {
    fn new(seed: u8) -> Self {
        let EpochKeys {
            own, mut readers, ..
        } = enter(&[seed; 48], LEAF, &[LEAF]);
        Self {
            rng: ChaCha20Rng::from_seed([seed; 32]),
            board: Board::default(),
            sender: own,
            reader: Reader {
                chain: readers.remove(0).1,
                joiner: Joiner::default(),
                read: Vec::new(),
            },
            bodies: HashMap::new(),
        }
    }

    /// A member takes the sender's next `count` labels: junk, or well sealed forged fragments.
    fn squat(&mut self, count: u8, forge: bool) {
        let mut stolen = SenderChain::from_bytes(&self.sender.to_bytes()).unwrap();
        let fragments = split(&[FORGED; 3_000]).unwrap();
        for at in 0..usize::from(count) {
            let place = stolen.next_place();
            let junk = [FORGED; 40];
            let payload = if forge { &fragments[at % 2][..] } else { &junk };
            let body = seal(
                &place.key,
                &place.label,
                payload,
                Class::Small,
                &mut self.rng,
            );
            self.board.put(place.label, &body.unwrap());
        }
    }

    /// Puts what is due. A lost answer changes nothing at the sender.
    fn put(&mut self, message: &mut Outgoing, answer_lost: bool) {
        let Some((label, body)) = message.next_to_put(&mut self.sender, &mut self.rng) else {
            return;
        };
        let first = self.bodies.entry(label).or_insert_with(|| body.clone());
        assert!(*first == body, "a label got two bodies");
        let stands = self.board.put(label, &body);
        match (answer_lost, stands) {
            (true, _) => {}
            (false, true) => assert!(message.stored(&label)),
            (false, false) => assert!(message.taken(&label)),
        }
    }

    fn tick(&mut self, message: &mut Outgoing) {
        let items = self.board.tick();
        for label in &items {
            let body = &self.board.cells[label];
            let ours = self.bodies.get(label) == Some(body);
            match message.seen(label, body.bytes()) {
                Seen::Counted => assert!(ours),
                Seen::Foreign => assert!(!ours),
                Seen::NotOurs => {}
            }
        }
        self.reader.tick(&self.board, &items);
    }
}

proptest! {
    #[test]
    fn every_message_is_read_once_whatever_the_board_and_a_member_do(
        seed in any::<u8>(),
        sizes in proptest::collection::vec(1usize..9_000, 1..6),
        events in proptest::collection::vec((0u8..6, 1u8..=8), 0..120),
    ) {
        let mut world = World::new(seed);
        let mut events = events.into_iter();
        let mut sent = Vec::new();
        for (size, mark) in sizes.into_iter().zip(0u8..) {
            let text = vec![mark; size];
            let mut message = Outgoing::new(&text).unwrap();
            while !message.is_complete() {
                let (event, count) = events.next().unwrap_or((if message.all_stored() { 1 } else { 0 }, 0));
                match event {
                    0 => world.put(&mut message, false),
                    1 => world.tick(&mut message),
                    2 => world.put(&mut message, true),
                    3 => world.squat(count, false),
                    4 => world.squat(count, true),
                    _ => {
                        message = Outgoing::from_bytes(&message.to_bytes()).unwrap();
                        world.sender = SenderChain::from_bytes(&world.sender.to_bytes()).unwrap();
                    }
                }
            }
            sent.push(text);
        }
        prop_assert_eq!(&world.reader.read, &sent);
    }
}

#[test]
fn a_reader_finds_its_way_past_eight_labels_of_junk() {
    let mut world = World::new(1);
    for mark in 0..5 {
        world.squat(8, false);
        let mut message = Outgoing::new(&[mark; 10]).unwrap();
        while !message.all_stored() {
            world.put(&mut message, false);
        }
        world.tick(&mut message);
        assert!(message.is_complete());
    }
    assert_eq!(world.reader.read.len(), 5);
}

#[test]
fn stored_states_that_are_garbage_are_refused_without_panic() {
    let keys = enter(&[1; 48], LEAF, &[LEAF]);
    let sender = keys.own.to_bytes();
    for cut in 0..sender.len() {
        assert!(SenderChain::from_bytes(&sender[..cut]).is_err());
    }
    let longer = [&sender[..], &[0]].concat();
    assert!(SenderChain::from_bytes(&longer).is_err());
    assert!(ReaderChain::from_bytes(&sender).is_err());
    assert!(Outgoing::from_bytes(&sender).is_err());
}
