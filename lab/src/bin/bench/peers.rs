//! Figures in the terms of bench/peers: what a message, a commit and a first contact cost here.
//!
//! They have no bars: they are read beside another program's and judged by nobody.

use std::time::Instant;

use bytes::Bytes;
use heliograph_conversation::content::{Content, Kind, More};
use heliograph_conversation::{
    Change, Conversation, Crypto, Subject, Timer, make_key_package, read_welcome,
};
use heliograph_delivery::{EpochKeys, Joiner, enter, open, pack, seal, split};
use heliograph_lab::TwoFaced;
use heliograph_wire::{
    Body, Cell, Class, EraseHash, Item, ItemCell, Keep, Label, LaneId, Op, Put, Request,
    ServerUnit, SignedTick, TickHash, TickHead, client_frame, parts_of_tick, server_frame,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::figure::spread;
use crate::machine::own_cpu_ms;
use crate::seal::{Party, now_ms};

const MESSAGES: usize = 2_000;
/// Messages of one side before the other side's turn; the processor's clock is read at turns.
const TURN: usize = 50;
const CONTACTS: usize = 200;

/// A line beside which bench/peers has one.
pub(crate) fn line(figure: &str, unit: &str, value: f64, detail: &Value) -> Value {
    let value: f64 = format!("{value:.3e}").parse().unwrap();
    json!({"of": "heliograph", "figure": figure, "value": value, "unit": unit, "detail": detail})
}

/// Time of one kind of step: by the wall for each, and by the processor for all together.
#[derive(Default)]
struct Cost {
    waits: Vec<f64>,
    cpu_ms: f64,
}

impl Cost {
    /// Runs one step; the processor's clock is read around it.
    fn of<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let cpu = own_cpu_ms();
        let done = self.waited(step);
        self.cpu_ms += own_cpu_ms() - cpu;
        done
    }

    fn waited<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = step();
        self.waits.push(begun.elapsed().as_secs_f64() * 1e3);
        done
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the size of a sample is a small number"
    )]
    fn line(mut self, figure: &str) -> Value {
        let mean = self.cpu_ms / self.waits.len() as f64;
        let wall = spread(&mut self.waits);
        let value = wall["p50"].as_f64().unwrap();
        let detail = json!({"wall_ms": wall, "processor_ms_mean": mean});
        line(figure, "ms", value, &detail)
    }
}

/// The cells of one message, with their places in the sender's chain.
type Sealed = Vec<(u32, Body)>;

/// One side of a conversation in memory.
pub(crate) struct Side {
    pub(crate) party: Party,
    pub(crate) group: Conversation,
    keys: EpochKeys,
}

/// Anna and Ben in one conversation.
pub(crate) fn pair(crypto: &Crypto, rng: &mut ChaCha20Rng) -> [Side; 2] {
    let (anna, ben) = (Party::new("Anna", rng), Party::new("Ben", rng));
    let mut ours = Conversation::create(
        crypto,
        &anna.storage,
        anna.who(),
        (&[1; 32], &Subject::Direct(Timer::OFF)),
    )
    .unwrap();
    let package = make_key_package(crypto, &ben.storage, ben.who(), false).unwrap();
    let added = ours
        .add_first(crypto, &anna.storage, anna.who(), (&package, now_ms()))
        .unwrap();
    let joining = read_welcome(crypto, &ben.storage, &added.welcome, now_ms()).unwrap();
    let theirs = joining.enter(crypto, &ben.storage).unwrap();
    [(anna, ours, 0), (ben, theirs, 1)].map(|(party, mut group, leaf)| {
        let secret = group.export_epoch(crypto, &party.storage).unwrap();
        let keys = enter(secret.bytes(), leaf, &[0, 1]);
        Side { party, group, keys }
    })
}

/// A text of 256 bytes as a device says it: with its id, its time and the newest tick.
fn said() -> Vec<u8> {
    let content = Content {
        id: [7; 16],
        at: now_ms(),
        tick: Some(vec![7; SignedTick::SIZE]),
        kind: Kind::Text {
            text: "m".repeat(256),
            in_reply_to: None,
            more: More::default(),
        },
    };
    content.encode().unwrap()
}

fn seal_turn(
    from: &mut Side,
    crypto: &Crypto,
    rng: &mut ChaCha20Rng,
    cost: &mut Cost,
) -> Vec<Sealed> {
    let cpu = own_cpu_ms();
    let cells = (0..TURN)
        .map(|_| {
            cost.waited(|| {
                let who = from.party.who();
                let mls = from
                    .group
                    .seal(crypto, &from.party.storage, who, &said())
                    .unwrap();
                let seal_piece = |piece: Vec<u8>| {
                    let place = from.keys.own.next_place();
                    (
                        place.n,
                        seal(&place.key, &place.label, &piece, Class::Small, rng).unwrap(),
                    )
                };
                split(&mls).unwrap().into_iter().map(seal_piece).collect()
            })
        })
        .collect();
    cost.cpu_ms += own_cpu_ms() - cpu;
    cells
}

fn open_turn(to: &mut Side, (crypto, from): (&Crypto, u32), sealed: &[Sealed], cost: &mut Cost) {
    let cpu = own_cpu_ms();
    let reader = to.keys.readers.iter_mut().find(|(leaf, _)| *leaf == from);
    let reader = &mut reader.unwrap().1;
    for cells in sealed {
        let opened = cost.waited(|| {
            let mut joiner = Joiner::default();
            cells.iter().find_map(|(n, body)| {
                let place = reader.take(*n).unwrap();
                let piece = open(&place.key, &place.label, body).unwrap();
                let whole = joiner.push(&piece)?;
                Some(to.group.open(crypto, &to.party.storage, &whole).unwrap())
            })
        });
        assert_eq!(opened.unwrap().content.len(), said().len());
    }
    cost.cpu_ms += own_cpu_ms() - cpu;
}

fn messages() -> Vec<Value> {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let crypto = Crypto::new().unwrap();
    let mut sides = pair(&crypto, &mut rng);
    let mls = {
        let side = &mut sides[0];
        let who = side.party.who();
        side.group.seal(&crypto, &side.party.storage, who, &said())
    };
    let mls = mls.unwrap().len();
    let (mut sealing, mut opening) = (Cost::default(), Cost::default());
    for turn in 0..MESSAGES / TURN {
        let (from, leaf) = (turn % 2, u32::from(turn % 2 == 1));
        let sealed = seal_turn(&mut sides[from], &crypto, &mut rng, &mut sealing);
        open_turn(&mut sides[1 - from], (&crypto, leaf), &sealed, &mut opening);
    }
    let cells = split(&vec![0; mls]).unwrap().len();
    let [put, feed] = frames();
    let detail = json!({
        "text": 256, "content": said().len(), "mls": mls, "cells": cells,
        "feed_frames_to_each_reader": feed * cells, "always_this_size": true,
    });
    vec![
        line("message", "bytes", bytes(put * cells), &detail),
        sealing.line("message, seal"),
        opening.line("message, open"),
    ]
}

/// Bytes of a put on the wire, and of the tick with one cell that every follower gets; both below TLS.
fn frames() -> [usize; 2] {
    let body = Body::new(Bytes::from(vec![0xEE; 2_048])).unwrap();
    let (label, lane) = (Label([0xEE; 32]), LaneId(0));
    let (keep, erase_hash) = (Keep::Fortnight, EraseHash([0xEE; 32]));
    let cell = Cell {
        label,
        keep,
        erase_hash,
        body: body.clone(),
    };
    let item = Item {
        tag: label.tag(),
        leaf: cell.leaf(),
        cell: Some(ItemCell {
            keep,
            erase_hash,
            body: body.clone(),
        }),
    };
    let token = Bytes::new();
    let put = Put {
        lane,
        label,
        keep,
        erase_hash,
        token,
        body,
    };
    let put = Request {
        id: 1_000,
        op: Some(Op::Put(put)),
    };
    let head = TickHead {
        lane,
        number: 1_000_000,
        previous: TickHash([0xEE; 32]),
        root: [0xEE; 32],
        issuer: [0; 32],
        items: 1,
    };
    let signature = [0xEE; 64];
    let feed = parts_of_tick(0, SignedTick { head, signature }, 500_000, &[item])
        .into_iter()
        .map(|part| server_frame(&ServerUnit::Feed(part)).unwrap().len())
        .sum();
    [client_frame(&put).unwrap().len(), feed]
}

fn commits() -> Vec<Value> {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let crypto = Crypto::new().unwrap();
    let [mut anna, mut ben] = pair(&crypto, &mut rng);
    let (mut making, mut applying) = (Cost::default(), Cost::default());
    let (mut length, mut cells) = (0, 0);
    for _ in 0..CONTACTS {
        let changed = making.of(|| {
            let change = (&Change::default(), now_ms());
            ben.group
                .change(&crypto, &ben.party.storage, ben.party.who(), change)
                .unwrap()
        });
        length = changed.commit.len();
        cells = pack(&changed.commit, &mut rng).unwrap().bodies.len() + 1;
        making.cpu_ms += {
            let cpu = own_cpu_ms();
            ben.group.apply_own(&crypto, &ben.party.storage).unwrap();
            own_cpu_ms() - cpu
        };
        applying.of(|| {
            anna.group
                .apply(&crypto, &anna.party.storage, &changed.commit)
                .unwrap()
        });
    }
    let detail = json!({"mls": length, "cells": cells});
    vec![
        line("healing step", "bytes", bytes(frames()[0] * cells), &detail),
        making.line("healing step, who heals"),
        applying.line("healing step, the other"),
    ]
}

/// What the board is given until two people can talk.
fn cells_of_contact() -> Value {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let mut before = world.cells_held();
    let mut more = |world: &TwoFaced| {
        let now = world.cells_held();
        now - std::mem::replace(&mut before, now)
    };
    let now = world.now;
    let (_, card) = world.engines[0].make_card(now, false).unwrap();
    world.run();
    let published = more(&world);
    let ben_side = world.engines[1].add_contact(now, &card).unwrap();
    world.run();
    let knock = more(&world);
    world.engines[1]
        .send(now, ben_side, &["m".repeat(256)])
        .unwrap();
    world.run();
    let text = more(&world);
    let anna_side = world.engines[0].requests().unwrap()[0].id;
    world.engines[0].accept(now, anna_side).unwrap();
    world.run();
    let accepted = more(&world);
    json!({
        "cells_of_the_card_for_eight_contacts_or_a_week": published, "cells_of_the_knock": knock,
        "cells_of_the_first_text": text, "cells_of_accepting_with_receipt": accepted,
    })
}

fn contacts() -> Vec<Value> {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let crypto = Crypto::new().unwrap();
    let [mut publishing, mut beginning, mut joining] = [(); 3].map(|()| Cost::default());
    let (mut package_bytes, mut welcome_bytes) = (0, 0);
    for _ in 0..CONTACTS {
        let (anna, ben) = (Party::new("Anna", &mut rng), Party::new("Ben", &mut rng));
        let package =
            publishing.of(|| make_key_package(&crypto, &ben.storage, ben.who(), false).unwrap());
        let added = beginning.of(|| {
            let mut ours = Conversation::create(
                &crypto,
                &anna.storage,
                anna.who(),
                (&[1; 32], &Subject::Direct(Timer::OFF)),
            )
            .unwrap();
            let added = ours.add_first(&crypto, &anna.storage, anna.who(), (&package, now_ms()));
            ours.seal(&crypto, &anna.storage, anna.who(), &said())
                .unwrap();
            added.unwrap()
        });
        joining.of(|| {
            let joining = read_welcome(&crypto, &ben.storage, &added.welcome, now_ms()).unwrap();
            joining.enter(&crypto, &ben.storage).unwrap()
        });
        (package_bytes, welcome_bytes) = (package.len(), added.welcome.len());
    }
    let cells = cells_of_contact();
    let first = ["cells_of_the_knock", "cells_of_the_first_text"]
        .map(|name| usize::try_from(cells[name].as_u64().unwrap()).unwrap());
    let first = frames()[0] * first.into_iter().sum::<usize>();
    let detail = json!({"welcome": welcome_bytes, "board": cells});
    vec![
        line(
            "keys published for one contact",
            "bytes",
            bytes(package_bytes),
            &json!({}),
        ),
        line("first message", "bytes", bytes(first), &detail),
        publishing.line("contact, keys published"),
        beginning.line("contact, begin and seal"),
        joining.line("contact, open"),
    ]
}

/// A size as a figure.
fn bytes(size: usize) -> f64 {
    f64::from(u32::try_from(size).unwrap())
}

/// Everything but healing.
pub(crate) fn costs() -> Vec<Value> {
    [messages(), commits(), contacts()].concat()
}
