//! Keys of the keyspaces. Numbers are big endian, so that keys sort as numbers do.
//!
//! | keyspace | key | value |
//! |---|---|---|
//! | `cells` | lane ‖ label | record |
//! | `bodies` | lane ‖ seq | keep, erase-hash; the body of a small cell, slot and checksum of that of a large one |
//! | `slots` | slot | – |
//! | `waiting` | lane ‖ seq | label, record |
//! | `ticks` | lane ‖ number | signed tick, items |
//! | `spans` | lane ‖ first hour | hours, tick numbers |
//! | `due` | day ‖ kind ‖ lane ‖ number | – |
//! | `lanes` | lane | next seq, counters, head |
//! | `lanes` | `format` | number of this layout |

use heliograph_wire::{Label, LaneId, Tag};

/// What a `due` entry removes on its day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Those cells of the tick of this number that expire on the entry's day.
    Cells(u64),
    /// The tick itself; sorts after its cells.
    Tick(u64),
}

const CELLS: u8 = 1;
const TICK: u8 = 2;

/// Key of a lane's state.
pub(super) fn lane(lane: LaneId) -> [u8; 4] {
    lane.0.to_be_bytes()
}

/// Key of a record.
pub(super) fn cell(lane: LaneId, label: &Label) -> [u8; 36] {
    let mut key = [0; 36];
    key[..4].copy_from_slice(&lane.0.to_be_bytes());
    key[4..].copy_from_slice(&label.0);
    key
}

/// Key of a body, a waiting cell or a tick: lane and a number.
pub(super) fn numbered(lane: LaneId, number: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&lane.0.to_be_bytes());
    key[4..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Key of a slot in use.
pub(super) fn slot(slot: u64) -> [u8; 8] {
    slot.to_be_bytes()
}

/// The slot of a key.
pub(super) fn read_slot(key: &[u8]) -> Option<u64> {
    key.try_into().ok().map(u64::from_be_bytes)
}

/// Key of a span.
pub(super) fn span(lane: LaneId, first_hour: u32) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&lane.0.to_be_bytes());
    key[4..].copy_from_slice(&first_hour.to_be_bytes());
    key
}

/// The first hour in a span's key.
pub(super) fn span_hour(key: &[u8]) -> Option<u32> {
    let hour = key.get(4..)?.try_into().ok()?;
    Some(u32::from_be_bytes(hour))
}

/// What the keys of all labels with this tag begin with.
pub(super) fn tagged(lane: LaneId, tag: Tag) -> [u8; 12] {
    numbered(lane, u64::from_be_bytes(tag.0))
}

/// Key of a `due` entry.
pub(super) fn due(day: u32, lane: LaneId, what: Due) -> [u8; 17] {
    let (kind, number) = match what {
        Due::Cells(number) => (CELLS, number),
        Due::Tick(number) => (TICK, number),
    };
    let mut key = [0; 17];
    key[..4].copy_from_slice(&day.to_be_bytes());
    key[4] = kind;
    key[5..].copy_from_slice(&numbered(lane, number));
    key
}

/// The lane and the thing of a `due` entry.
pub(super) fn read_due(key: &[u8]) -> Option<(LaneId, Due)> {
    let kind = *key.get(4)?;
    let lane = LaneId(u32::from_be_bytes(key.get(5..9)?.try_into().ok()?));
    let number = u64::from_be_bytes(key.get(9..)?.try_into().ok()?);
    let what = match kind {
        CELLS => Due::Cells(number),
        TICK => Due::Tick(number),
        _ => return None,
    };
    Some((lane, what))
}
