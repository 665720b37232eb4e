//! Seeds of frames, their payloads, ticks and what a board keeps of them.

use bytes::Bytes;
use heliograph_wire::{
    Answer, Body, Class, EraseHash, EraseKey, FRAME_HEADER, Feed, Found, Item, ItemCell, Keep,
    Label, LaneId, LeafHash, Op, Outcome, Part, Place, Put, Request, SMALL_BODY, ServerUnit,
    SignedTick, Tag, client_frame, server_frame,
};
use serde_json::Value;

use super::{Seed, hex};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../wire/vectors/v1.json")).unwrap()
}

/// The payloads that the vectors hold in full.
fn golden(section: &str, door: &'static str, out: &mut Vec<Seed>) {
    for (name, frame) in vectors()[section].as_object().unwrap() {
        let begins = hex(frame["begins"].as_str().unwrap());
        let payload = begins[FRAME_HEADER..].to_vec();
        if frame["payload_length"] == payload.len() {
            out.push((door, name.clone(), payload));
        }
    }
}

fn tick() -> Vec<u8> {
    hex(vectors()["hashes"]["tick"].as_str().unwrap())
}

fn body(class: Class) -> Body {
    Body::new(Bytes::from(vec![3; class.size()])).unwrap()
}

fn put(class: Class, token: usize) -> Request {
    let put = Put {
        lane: LaneId(7),
        label: Label([1; 32]),
        keep: Keep::Fortnight,
        erase_hash: EraseKey::new([2; 32]).hash(),
        token: Bytes::from(vec![6; token]),
        body: body(class),
    };
    Request {
        id: 300,
        op: Some(Op::Put(put)),
    }
}

fn found() -> ServerUnit {
    let place = Place {
        tick: SignedTick::decode(&tick()).unwrap(),
        index: 2,
        path: vec![[4; 32]; 3],
    };
    let found = Found {
        keep: Keep::Day,
        erase_hash: EraseHash([2; 32]),
        body: body(Class::Small),
        place,
    };
    ServerUnit::Answer(Answer {
        id: 300,
        outcome: Outcome::Found(Box::new(found)),
    })
}

/// Two items: a small cell, and one that is large or erased.
fn part() -> ServerUnit {
    let cell = ItemCell {
        keep: Keep::Day,
        erase_hash: EraseHash([2; 32]),
        body: body(Class::Small),
    };
    let item = |cell| Item {
        tag: Tag([5; 8]),
        leaf: LeafHash([6; 32]),
        cell,
    };
    let part = Part {
        tick: SignedTick::decode(&tick()).unwrap(),
        first: 1,
        items: vec![item(Some(cell)), item(None)],
        hour: 498_000,
    };
    ServerUnit::Feed(Feed::Part(0, part))
}

fn payload(frame: &[u8]) -> Vec<u8> {
    let length = usize::from(frame[2]) << 8 | usize::from(frame[3]);
    frame[FRAME_HEADER..FRAME_HEADER + length].to_vec()
}

/// What a board keeps: kinds as in the door.
fn stored(out: &mut Vec<Seed>) {
    let mut add = |kind: u8, name: &str, parts: &[&[u8]]| {
        out.push((
            "stored",
            name.into(),
            [&[kind], parts.concat().as_slice()].concat(),
        ));
    };
    let record = [
        [2, 1].as_slice(),
        &[1; 32],
        &[2; 32],
        &[0, 0, 78, 32],
        &[9; 8],
    ]
    .concat();
    let (label, spot) = ([5; 32], [3; 12]);
    add(0, "record-pending", &[&record, &[0]]);
    add(0, "record-announced", &[&record, &[1], &spot]);
    add(0, "record-erased", &[&record, &[2], &spot, &[4; 16]]);
    add(0, "refused-record-cut", &[&record]);
    add(1, "waiting", &[&label, &record, &[0]]);
    let items: Vec<u8> = (0..5_u8)
        .flat_map(|n| [[n; 40].as_slice(), &[0, 0, 0, 0, 0, 0, 0, n], &[1 + n % 2]].concat())
        .collect();
    add(2, "tick", &[&tick(), &items]);
    add(2, "refused-tick-without-items", &[&tick()]);
    add(3, "range", &[&[0, 0, 0, 6], &[1; 8], &[2; 8]]);
    add(4, "lane-new", &[&[1; 24]]);
    add(4, "lane", &[&[1; 24], &tick()]);
    add(5, "body", &[&[3], &[7; 32], &[8; SMALL_BODY]]);
    let slot = [[0, 0, 0, 0, 0, 0, 4, 1], [9; 8]].concat();
    add(6, "slot", &[&[3], &[7; 32], &slot]);
    add(6, "refused-slot-of-no-keep", &[&[99], &[7; 32], &slot]);
    add(6, "refused-slot-cut", &[&[3], &[7; 32], &slot[..15]]);
}

/// Seeds of these doors.
pub(super) fn all() -> Vec<Seed> {
    let mut out = Vec::new();
    golden("requests", "requests", &mut out);
    golden("server_units", "units", &mut out);
    let mut add = |door, name: &str, bytes| out.push((door, name.to_owned(), bytes));
    let frames = |step: u8, frames: &[Vec<u8>]| [&[step], frames.concat().as_slice()].concat();
    let (small, token) = (put(Class::Small, 0), put(Class::Small, 20));
    let (small, token) = (client_frame(&small).unwrap(), client_frame(&token).unwrap());
    let (found, part) = (
        server_frame(&found()).unwrap(),
        server_frame(&part()).unwrap(),
    );
    add("requests", "put-small", payload(&small));
    add("requests", "put-with-token", payload(&token));
    add("requests", "refused-cut", payload(&small)[..900].to_vec());
    add("units", "found", payload(&found));
    add("units", "part", payload(&part));
    add("units", "refused-cut", payload(&part)[..900].to_vec());
    let noop = Request {
        id: 7,
        op: Some(Op::Noop),
    };
    let noop = client_frame(&noop).unwrap();
    add("frames", "asked", frames(27, &[small.clone(), noop]));
    add("frames", "told", frames(80, &[found, part]));
    let large = client_frame(&put(Class::Large, 0)).unwrap();
    add("frames", "large", frames(255, &[large]));
    let mut padded = small;
    *padded.last_mut().unwrap() = 1;
    add("frames", "refused-padding", frames(5, &[padded]));
    add("ticks", "golden", tick());
    add("ticks", "refused-number-zero", vec![0; SignedTick::SIZE]);
    stored(&mut out);
    out
}
