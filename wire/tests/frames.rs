//! What goes into a frame comes out of it, every frame has one of two lengths, and nothing
//! from outside makes the reader fail in any but the named ways.

#![allow(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use bytes::Bytes;
use heliograph_wire::*;
use proptest::prelude::*;

fn body(class: Class) -> Body {
    Body::new(Bytes::from(vec![5; class.size()])).unwrap()
}

fn put(class: Class, token: usize) -> Request {
    Request {
        id: u32::MAX,
        op: Some(Op::Put(Put {
            lane: LaneId(u32::MAX),
            label: Label([255; 32]),
            keep: Keep::Permanent,
            erase_hash: EraseHash([255; 32]),
            token: Bytes::from(vec![1; token]),
            body: body(class),
        })),
    }
}

fn tick() -> SignedTick {
    SignedTick {
        head: TickHead {
            lane: LaneId(u32::MAX),
            number: u64::MAX,
            previous: TickHash([1; 32]),
            root: [2; 32],
            issuer: [3; 32],
            items: 4_096,
        },
        signature: [9; 64],
    }
}

fn found(class: Class) -> ServerUnit {
    ServerUnit::Answer(Answer {
        id: u32::MAX,
        outcome: Outcome::Found(Box::new(Found {
            keep: Keep::Permanent,
            erase_hash: EraseHash([255; 32]),
            body: body(class),
            place: Place {
                tick: tick(),
                index: 4_095,
                path: vec![[7; 32]; MERKLE_LEVELS_MAX],
            },
        })),
    })
}

fn items(count: usize) -> Vec<Item> {
    (0..count)
        .map(|_| Item {
            tag: Tag([255; 8]),
            leaf: LeafHash([255; 32]),
            cell: Some(ItemCell {
                keep: Keep::Permanent,
                erase_hash: EraseHash([255; 32]),
                body: body(Class::Small),
            }),
        })
        .collect()
}

#[test]
fn the_largest_of_each_kind_fits_its_frame() {
    assert_eq!(
        client_frame(&put(Class::Small, TOKEN_MAX)).unwrap().len(),
        SMALL_FRAME
    );
    assert_eq!(
        client_frame(&put(Class::Large, TOKEN_MAX)).unwrap().len(),
        LARGE_FRAME
    );
    assert_eq!(
        server_frame(&found(Class::Small)).unwrap().len(),
        SMALL_FRAME
    );
    assert_eq!(
        server_frame(&found(Class::Large)).unwrap().len(),
        LARGE_FRAME
    );
    for feed in parts_of_tick(u32::MAX, tick(), u32::MAX, &items(40)) {
        let Feed::Part(_, part) = &feed else { panic!() };
        let expected = if part.items.len() == 1 {
            SMALL_FRAME
        } else {
            LARGE_FRAME
        };
        assert_eq!(
            server_frame(&ServerUnit::Feed(feed)).unwrap().len(),
            expected
        );
    }
}

#[test]
fn every_request_has_the_same_length_but_large_puts() {
    let ops = [
        Op::Get(Get {
            lane: LaneId(0),
            label: Label([0; 32]),
        }),
        Op::Erase(Erase {
            lane: LaneId(0),
            label: Label([0; 32]),
            key: EraseKey::new([0; 32]),
            claim: ClaimId([0; 16]),
            token: Bytes::new(),
        }),
        Op::Follow(LaneId(0)),
        Op::Span(LaneId(0), 1),
        Op::Info,
        Op::Noop,
    ];
    for op in ops {
        let frame = client_frame(&Request {
            id: 0,
            op: Some(op),
        })
        .unwrap();
        assert_eq!(frame.len(), SMALL_FRAME);
    }
    assert_eq!(
        client_frame(&put(Class::Small, 0)).unwrap().len(),
        SMALL_FRAME
    );
}

#[test]
fn a_stream_cut_anywhere_gives_the_same_messages() {
    let mut stream = client_frame(&put(Class::Small, 3)).unwrap();
    stream.extend(client_frame(&put(Class::Large, 0)).unwrap());
    stream.extend(
        client_frame(&Request {
            id: 7,
            op: Some(Op::Noop),
        })
        .unwrap(),
    );
    for step in [1, 3, 4, 5, 999, SMALL_FRAME, 50_000] {
        let (mut reader, mut ids) = (FrameReader::new(), vec![]);
        for piece in stream.chunks(step) {
            reader.push(piece);
            while let Some(request) = reader.next::<Request>().unwrap() {
                ids.push(request.id);
            }
        }
        assert_eq!(ids, [u32::MAX, u32::MAX, 7]);
    }
}

#[test]
fn spoiled_frames_are_refused_each_for_its_reason() {
    let good = client_frame(&put(Class::Small, 0)).unwrap();
    let read = |bytes: &[u8]| {
        let mut reader = FrameReader::new();
        reader.push(bytes);
        reader.next::<Request>().map(|r| r.is_some())
    };
    assert_eq!(read(&good), Ok(true));
    assert_eq!(read(&good[..SMALL_FRAME - 1]), Ok(false));
    let mut kind = good.clone();
    kind[0] = 0x10;
    assert_eq!(read(&kind), Err(FrameError::Kind));
    let mut long = good.clone();
    long[1] = 0xff;
    assert_eq!(read(&long[..8]), Err(FrameError::Oversize));
    let mut padding = good.clone();
    *padding.last_mut().unwrap() = 1;
    assert_eq!(read(&padding), Err(FrameError::Padding));
    let mut garbage = good;
    garbage[4..40].fill(0xff);
    assert_eq!(
        read(&garbage),
        Err(FrameError::Payload(Malformed::Encoding))
    );
}

#[test]
fn an_operation_of_another_version_is_known_to_be_unknown() {
    let mut frame = client_frame(&Request { id: 9, op: None }).unwrap();
    // field 15, length-delimited, empty: an operation this version has no name for
    let length = frame[3];
    frame[3] = length + 2;
    frame[4 + length as usize] = (15 << 3) | 2;
    let mut reader = FrameReader::new();
    reader.push(&frame);
    let request = reader.next::<Request>().unwrap().unwrap();
    assert_eq!(request.id, 9);
    assert!(request.op.is_none());
}

#[test]
fn a_body_has_one_of_two_sizes_and_no_other() {
    for size in [0, 1, 2_047, 2_049, 65_535, 65_537] {
        assert!(Body::new(Bytes::from(vec![0; size])).is_err());
    }
}

proptest! {
    #[test]
    fn garbage_never_panics_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..6_000), kind in 0u8..4) {
        let mut bytes = bytes;
        if let (Some(first), true) = (bytes.first_mut(), kind < 3) {
            *first = [0x11, 0x12, 0x11][kind as usize];
        }
        for server in [false, true] {
            let mut reader = FrameReader::new();
            reader.push(&bytes);
            loop {
                let more = if server {
                    reader.next::<ServerUnit>().map(|x| x.is_some())
                } else {
                    reader.next::<Request>().map(|x| x.is_some())
                };
                if !matches!(more, Ok(true)) { break }
            }
        }
    }

    #[test]
    fn a_payload_of_random_bytes_is_parsed_or_refused(payload in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Request::parse(Bytes::from(payload.clone())).map(|r| r.id);
        let _ = ServerUnit::parse(Bytes::from(payload)).is_ok();
    }
}
