//! The bytes on the wire are those of `vectors/v1.json`: they were written once from the fixed
//! inputs below, and any later change of them is a change of the protocol.
//!
//! To add a vector, add its input and run once with `HELIOGRAPH_WRITE_VECTORS=1`; the difference in
//! the file must show new lines only.

#![allow(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use bytes::Bytes;
use data_encoding::HEXLOWER;
use heliograph_wire::link::{BoardLink, Pin, key_pin};
use heliograph_wire::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Payloads up to this length are written out; of longer frames only the beginning.
const SHOWN: usize = 512;

fn bytes<const N: usize>(first: u8) -> [u8; N] {
    let mut out = [first; N];
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = first.wrapping_add(u8::try_from(at % 251).unwrap());
    }
    out
}

fn body(class: Class, first: u8) -> Body {
    let body = match class {
        Class::Small => bytes::<SMALL_BODY>(first).to_vec(),
        Class::Large => bytes::<LARGE_BODY>(first).to_vec(),
    };
    Body::new(body.into()).unwrap()
}

fn put(class: Class) -> Put {
    Put {
        lane: LaneId(7),
        label: Label(bytes(1)),
        keep: Keep::Fortnight,
        erase_hash: EraseKey::new(bytes(2)).hash(),
        token: Bytes::new(),
        body: body(class, 3),
    }
}

fn tick() -> SignedTick {
    SignedTick {
        head: TickHead {
            lane: LaneId(7),
            number: 42,
            previous: TickHash(bytes(4)),
            root: merkle::root(&leaves()),
            issuer: [0; 32],
            items: 5,
        },
        signature: bytes(5),
    }
}

fn leaves() -> Vec<LeafHash> {
    (0..5)
        .map(|number| {
            let label = Label(bytes(10 + number));
            let erase_hash = EraseHash(bytes(20 + number));
            leaf(
                &label,
                Keep::Day,
                &erase_hash,
                &BodyHash(bytes(30 + number)),
            )
        })
        .collect()
}

fn operations() -> Vec<(&'static str, Option<Op>)> {
    let put_with_token = Put {
        token: Bytes::copy_from_slice(&bytes::<TOKEN_MAX>(6)),
        keep: Keep::Permanent,
        ..put(Class::Small)
    };
    let (lane, label) = (LaneId(7), Label(bytes(1)));
    let erase = Erase {
        lane,
        label,
        key: EraseKey::new(bytes(2)),
        claim: ClaimId(bytes(8)),
        token: Bytes::new(),
    };
    vec![
        ("put-small", Some(Op::Put(put(Class::Small)))),
        ("put-large", Some(Op::Put(put(Class::Large)))),
        ("put-with-token", Some(Op::Put(put_with_token))),
        ("get", Some(Op::Get(Get { lane, label }))),
        ("erase", Some(Op::Erase(erase))),
        ("follow", Some(Op::Follow(lane))),
        ("span", Some(Op::Span(lane, 498_000))),
        ("info", Some(Op::Info)),
        ("noop", Some(Op::Noop)),
        ("unknown", None),
    ]
}

fn found(class: Class) -> Outcome {
    Outcome::Found(Box::new(Found {
        keep: Keep::Fortnight,
        erase_hash: EraseKey::new(bytes(2)).hash(),
        body: body(class, 3),
        place: Place {
            tick: tick(),
            index: 2,
            path: merkle::path(&leaves(), 2).unwrap(),
        },
    }))
}

fn outcomes() -> Vec<(&'static str, Outcome)> {
    let described = Described {
        versions: vec![WIRE_VERSION],
        lanes: vec![LaneId(0), LaneId(7)],
        tokens: false,
    };
    vec![
        ("stored", Outcome::Stored),
        ("same", Outcome::Same),
        ("taken", Outcome::Taken),
        ("erased", Outcome::Erased),
        ("absent", Outcome::Absent),
        ("nothing", Outcome::Nothing),
        ("unsupported", Outcome::Refused(Reason::Unsupported)),
        ("malformed", Outcome::Refused(Reason::Malformed)),
        ("no-lane", Outcome::Refused(Reason::NoLane)),
        ("busy", Outcome::Refused(Reason::Busy)),
        ("failed", Outcome::Refused(Reason::Failed)),
        ("token", Outcome::Refused(Reason::Token)),
        ("found-small", found(Class::Small)),
        ("found-large", found(Class::Large)),
        ("following", Outcome::Following(Some(tick()), 498_000)),
        ("following-nothing", Outcome::Following(None, 498_000)),
        ("span-end", Outcome::SpanEnd(497_994, 6, 498_030)),
        ("described", Outcome::Described(described)),
    ]
}

fn items(count: u8) -> Vec<Item> {
    (0..count)
        .map(|number| Item {
            tag: Label(bytes(number)).tag(),
            leaf: LeafHash(bytes(number)),
            // Every fifth is large or erased.
            cell: (number % 5 != 4).then(|| ItemCell {
                keep: Keep::Day,
                erase_hash: EraseHash(bytes(number)),
                body: body(Class::Small, number),
            }),
        })
        .collect()
}

fn feeds() -> Vec<(String, Feed)> {
    let beat = Feed::Heartbeat(Heartbeat {
        tick: tick(),
        hour: 498_000,
        signature: bytes(9),
    });
    let mut out = vec![("heartbeat".to_owned(), beat)];
    for (name, stream, count) in [
        ("part-few", 0, 5),
        ("part-many", 0, 33),
        ("span-part", 9, 1),
    ] {
        for (at, part) in parts_of_tick(stream, tick(), 498_000, &items(count))
            .into_iter()
            .enumerate()
        {
            out.push((format!("{name}-{at}"), part));
        }
    }
    out
}

/// What the file says of one frame.
fn frame(frame: &[u8]) -> Value {
    let payload = usize::from(frame[1]) << 16 | usize::from(frame[2]) << 8 | usize::from(frame[3]);
    let shown = if payload <= SHOWN { payload } else { 64 };
    json!({
        "length": frame.len(),
        "payload_length": payload,
        "begins": HEXLOWER.encode(&frame[..FRAME_HEADER + shown]),
        "sha256": HEXLOWER.encode(&Sha256::digest(frame)),
    })
}

fn requests() -> Map<String, Value> {
    let encode = |(name, op): (&str, Option<Op>)| {
        let bytes = client_frame(&Request { id: 300, op }).unwrap();
        (name.to_owned(), frame(&bytes))
    };
    operations().into_iter().map(encode).collect()
}

fn units() -> Map<String, Value> {
    let answers = outcomes().into_iter().map(|(name, outcome)| {
        let answer = ServerUnit::Answer(Answer { id: 300, outcome });
        (format!("answer-{name}"), answer)
    });
    let feeds = feeds()
        .into_iter()
        .map(|(name, feed)| (format!("feed-{name}"), ServerUnit::Feed(feed)));
    answers
        .chain(feeds)
        .map(|(name, unit)| (name, frame(&server_frame(&unit).unwrap())))
        .collect()
}

fn hashes() -> Value {
    let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
    let tick = tick();
    let path = |index| merkle::path(&leaves(), index).unwrap().concat();
    json!({
        "leaf-of-put-small": hex(&Cell {
            label: put(Class::Small).label,
            keep: Keep::Fortnight,
            erase_hash: put(Class::Small).erase_hash,
            body: put(Class::Small).body,
        }.leaf().0),
        "erase-hash": hex(&EraseKey::new(bytes(2)).hash().0),
        "leaves": leaves().iter().map(|leaf| hex(&leaf.0)).collect::<Vec<_>>(),
        "merkle-roots": (0..=5).map(|n| hex(&merkle::root(&leaves()[..n]))).collect::<Vec<_>>(),
        "merkle-path-2-of-5": hex(&path(2)),
        "merkle-path-4-of-5": hex(&path(4)),
        "tick": hex(&tick.encode()),
        "tick-hash": hex(&tick.hash().0),
        "tick-signing-bytes": hex(&tick.head.signing_bytes()),
        "heartbeat-signing-bytes": hex(&tick.head.heartbeat_bytes(498_000)),
    })
}

fn links() -> Value {
    let pinned = BoardLink {
        address: "127.0.0.1:4433".into(),
        key: bytes(40),
        lane: LaneId(7),
        pin: Pin::Key(key_pin(b"a DER SubjectPublicKeyInfo stands here")),
    };
    let public = BoardLink {
        address: "board.example:443".into(),
        pin: Pin::PublicRoots,
        ..pinned.clone()
    };
    json!({ "pinned": pinned.encode(), "public-roots": public.encode() })
}

#[test]
fn the_bytes_on_the_wire_are_the_golden_ones() {
    let made = json!({
        "about": "Wire version 1, from the inputs in tests/golden.rs.",
        "requests": requests(),
        "server_units": units(),
        "hashes": hashes(),
        "links": links(),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/v1.json");
    if std::env::var_os("HELIOGRAPH_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for section in ["requests", "server_units", "hashes", "links"] {
        let (made, kept) = (&made[section], &kept[section]);
        assert_eq!(
            made.as_object().unwrap().len(),
            kept.as_object().unwrap().len()
        );
        for (name, value) in made.as_object().unwrap() {
            assert_eq!(Some(value), kept.get(name), "{section}: {name} has changed");
        }
    }
}

#[test]
fn the_golden_frames_are_of_two_lengths_and_can_be_read() {
    for (name, op) in operations() {
        let known = op.is_some();
        let frame = client_frame(&Request { id: 300, op }).unwrap();
        assert!([SMALL_FRAME, LARGE_FRAME].contains(&frame.len()), "{name}");
        let mut reader = FrameReader::new();
        reader.push(&frame);
        let read: Request = reader.next().unwrap().unwrap();
        assert!(read.id == 300 && read.op.is_some() == known, "{name}");
        assert_eq!(client_frame(&read).unwrap(), frame, "{name}");
    }
    let answers = outcomes().into_iter().map(|(name, outcome)| {
        let unit = ServerUnit::Answer(Answer { id: 300, outcome });
        (name.to_owned(), unit)
    });
    let feeds = feeds()
        .into_iter()
        .map(|(n, feed)| (n, ServerUnit::Feed(feed)));
    for (name, unit) in answers.chain(feeds) {
        let frame = server_frame(&unit).unwrap();
        assert!([SMALL_FRAME, LARGE_FRAME].contains(&frame.len()), "{name}");
        let mut reader = FrameReader::new();
        reader.push(&frame);
        let read: ServerUnit = reader.next().unwrap().unwrap();
        assert_eq!(server_frame(&read).unwrap(), frame, "{name}");
    }
}
