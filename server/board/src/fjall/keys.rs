//! Keys of the keyspaces. Numbers are big endian, so that keys sort as numbers do.
//!
//! | keyspace | key | value |
//! |---|---|---|
//! | `cells` | lane ‖ label | record |
//! | `bodies` | lane ‖ seq | keep, erase-hash, body |
//! | `waiting` | lane ‖ seq | label, record |
//! | `ticks` | lane ‖ number | signed tick, items |
//! | `spans` | lane ‖ first hour | hours, tick numbers |
//! | `due` | day ‖ kind ‖ lane ‖ (label or number) | – |
//! | `lanes` | lane | next seq, counters, head |

use heliograph_wire::{Label, LaneId};

/// What a `due` entry removes on its day.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A cell and its record.
    Cell(Label),
    /// A tick, by number.
    Tick(u64),
}

const CELL: u8 = 1;
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

/// Key of a `due` entry.
pub(super) fn due(day: u32, lane: LaneId, what: Due) -> Vec<u8> {
    let mut key = Vec::with_capacity(41);
    key.extend(day.to_be_bytes());
    key.push(match what {
        Due::Cell(_) => CELL,
        Due::Tick(_) => TICK,
    });
    key.extend(lane.0.to_be_bytes());
    match what {
        Due::Cell(label) => key.extend(label.0),
        Due::Tick(number) => key.extend(number.to_be_bytes()),
    }
    key
}

/// The lane and the thing of a `due` entry.
pub(super) fn read_due(key: &[u8]) -> Option<(LaneId, Due)> {
    let kind = *key.get(4)?;
    let lane = LaneId(u32::from_be_bytes(key.get(5..9)?.try_into().ok()?));
    let rest = key.get(9..)?;
    let what = match kind {
        CELL => Due::Cell(Label(rest.try_into().ok()?)),
        TICK => Due::Tick(u64::from_be_bytes(rest.try_into().ok()?)),
        _ => return None,
    };
    Some((lane, what))
}
