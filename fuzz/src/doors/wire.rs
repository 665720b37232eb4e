//! Frames and their payloads: what a server reads of clients and a client of servers.

use bytes::Bytes;
use heliograph_delivery::TickChain;
use heliograph_wire::{
    Answer, Class, FRAME_HEADER, Feed, Found, FrameError, FrameReader, LANES_MAX, LARGE_FRAME,
    Label, LaneId, MERKLE_LEVELS_MAX, Op, Outcome, PART_ITEMS_MAX, Part, Request, ServerUnit, Side,
    SignedTick, TICK_ITEMS_MAX, TOKEN_MAX, client_frame, leaf, merkle, server_frame,
};

/// Longest payload that any frame can carry.
const PAYLOAD_MAX: usize = LARGE_FRAME - FRAME_HEADER;

/// Messages read, each as it is written again, and how reading ended.
type Read = (Vec<Vec<u8>>, Option<FrameError>);

fn read<'a, T: Side>(
    pieces: impl Iterator<Item = &'a [u8]>,
    write: fn(&T) -> Result<Vec<u8>, FrameError>,
) -> Read {
    let (mut reader, mut found) = (FrameReader::new(), Vec::new());
    for piece in pieces {
        reader.push(piece);
        loop {
            match reader.next::<T>() {
                Ok(Some(message)) => found.push(write(&message).expect("what was read fits")),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
        assert!(reader.wants() <= LARGE_FRAME);
    }
    (found, None)
}

fn however_cut<T: Side>(
    step: usize,
    stream: &[u8],
    write: fn(&T) -> Result<Vec<u8>, FrameError>,
) -> bool {
    let whole = read(std::iter::once(stream), write);
    assert!(read(stream.chunks(step), write) == whole);
    !whole.0.is_empty()
}

/// A stream of frames, for both sides; the first byte says how it is cut. However it is cut, the
/// same messages come out.
pub fn frames(data: &[u8]) -> bool {
    let Some((&cut, stream)) = data.split_first() else {
        return false;
    };
    let step = 1 + usize::from(cut) * 37;
    let asked = however_cut(step, stream, client_frame);
    however_cut(step, stream, server_frame) || asked
}

/// What was read once is written in one way only, and that is read as the same.
fn settles<T: Side>(read_once: &T, write: fn(&T) -> Result<Vec<u8>, FrameError>) {
    let frame = write(read_once).expect("what was read fits a frame");
    let mut reader = FrameReader::new();
    reader.push(&frame);
    let again = reader.next::<T>().expect("our own frame is read");
    let again = again.expect("our own frame is whole");
    assert!(write(&again) == Ok(frame));
}

/// The payload of a client's frame.
pub fn requests(data: &[u8]) -> bool {
    if data.len() > PAYLOAD_MAX {
        return false;
    }
    let Ok(request) = Request::parse(Bytes::copy_from_slice(data)) else {
        return false;
    };
    match &request.op {
        Some(Op::Put(put)) => {
            assert!(put.token.len() <= TOKEN_MAX);
            assert!(put.body.bytes().len() == put.body.class().size());
        }
        Some(Op::Erase(erase)) => assert!(erase.token.len() <= TOKEN_MAX),
        _ => {}
    }
    settles(&request, client_frame);
    #[cfg(feature = "planted")]
    crate::planted::request(&request);
    true
}

/// The payload of a server's frame.
pub fn units(data: &[u8]) -> bool {
    if data.len() > PAYLOAD_MAX {
        return false;
    }
    let Ok(unit) = ServerUnit::parse(Bytes::copy_from_slice(data)) else {
        return false;
    };
    match &unit {
        ServerUnit::Answer(answer) => answer_within(answer),
        ServerUnit::Feed(Feed::Part(_, part)) => part_within(part),
        ServerUnit::Feed(Feed::Heartbeat(beat)) => tick_within(&beat.tick),
    }
    settles(&unit, server_frame);
    #[cfg(feature = "planted")]
    crate::planted::unit(&unit);
    true
}

fn answer_within(answer: &Answer) {
    match &answer.outcome {
        Outcome::Found(found) => found_within(found),
        Outcome::Following(Some(tick), _) => tick_within(tick),
        Outcome::SpanEnd(_, hours, _) => assert!(*hours == 1 || *hours == 6),
        Outcome::Described(told) => {
            assert!(told.lanes.len() <= LANES_MAX && told.versions.len() <= LANES_MAX);
        }
        _ => {}
    }
}

fn found_within(found: &Found) {
    let (tick, place) = (&found.place.tick, &found.place);
    tick_within(tick);
    assert!(place.path.len() <= MERKLE_LEVELS_MAX);
    let (index, count) = (place.index as usize, tick.head.items as usize);
    let fits = |label| {
        let leaf = leaf(&label, found.keep, &found.erase_hash, &found.body.hash());
        merkle::verify(&leaf, index, count, &place.path, &tick.head.root)
    };
    // The fuzzer sees what is compared and can hand over a tree that holds one label, never two.
    assert!(!(fits(Label([0; 32])) && fits(Label([1; 32]))));
}

fn part_within(part: &Part) {
    tick_within(&part.tick);
    assert!(part.items.len() <= PART_ITEMS_MAX);
    for cell in part.items.iter().filter_map(|item| item.cell.as_ref()) {
        assert!(cell.body.class() == Class::Small);
    }
}

fn tick_within(tick: &SignedTick) {
    assert!(tick.head.number > 0 && tick.head.items as usize <= TICK_ITEMS_MAX);
}

/// A signed tick, as feeds, answers and messages carry it: one encoding, and nobody signs by chance.
pub fn ticks(data: &[u8]) -> bool {
    let Ok(tick) = SignedTick::decode(data) else {
        return false;
    };
    tick_within(&tick);
    assert!(tick.encode() == data);
    // RFC 8032, 7.1, test 1: any key that is one.
    const KEY: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
        0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07,
        0x51, 0x1a,
    ];
    let mut chain = TickChain::new(&KEY, LaneId(7), None).expect("a published key");
    assert!(chain.check_next(&tick, &[]).is_err());
    true
}
