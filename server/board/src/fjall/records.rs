//! Values of the keyspaces: fixed layouts, read strictly. A value that does not read is damage,
//! never a reason to guess.

use bytes::Bytes;
use heliograph_wire::{
    Body, BodyHash, ClaimId, Class, EraseHash, ItemCell, Keep, Label, LeafHash, SignedTick, Tag,
};

use crate::BoardError;
use crate::judge::{Record, Spot, State};
use crate::span::Range;

/// Which slot a large body is in, and what its bytes must hash to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Placed {
    pub(super) slot: u64,
    pub(super) checksum: u64,
}

/// What a lane's own entry holds.
#[derive(Clone, Copy, Default)]
pub(super) struct LaneState {
    /// The next place in the arrival order.
    pub(super) next_seq: u64,
    /// Bytes of bodies stored.
    pub(super) live_bytes: u64,
    /// Records stored, tombstones included.
    pub(super) live_cells: u64,
    /// The newest tick; outlives the tick's own entry.
    pub(super) head: Option<SignedTick>,
}

/// One item of a stored tick.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) tag: Tag,
    pub(super) leaf: LeafHash,
    pub(super) seq: u64,
    pub(super) class: Class,
}

impl Told {
    /// What a tick keeps of a cell.
    pub(super) fn new(label: &Label, leaf: LeafHash, record: &Record) -> Self {
        Self {
            tag: label.tag(),
            leaf,
            seq: record.seq,
            class: record.class,
        }
    }
}

/// Keep and erase-hash.
const BESIDE: usize = 1 + 32;
const TOLD: usize = 8 + 32 + 8 + 1;
const SMALL: u8 = 1;
const LARGE: u8 = 2;
const PENDING: u8 = 0;
const ANNOUNCED: u8 = 1;
const ERASED: u8 = 2;

/// Reads a value front to back.
struct Cursor<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Cursor<'a> {
    fn new(rest: &'a [u8], what: &'static str) -> Self {
        Self { rest, what }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], BoardError> {
        let damaged = BoardError::Corrupt { what: self.what };
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(damaged)?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, BoardError> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, BoardError> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, BoardError> {
        self.take().map(u64::from_be_bytes)
    }

    fn damaged<T>(&self) -> Result<T, BoardError> {
        Err(BoardError::Corrupt { what: self.what })
    }

    fn keep(&mut self) -> Result<Keep, BoardError> {
        let code = self.byte()?;
        Keep::from_code(code.into()).or_else(|_| self.damaged())
    }

    fn class(&mut self) -> Result<Class, BoardError> {
        match self.byte()? {
            SMALL => Ok(Class::Small),
            LARGE => Ok(Class::Large),
            _ => self.damaged(),
        }
    }

    fn end(&self) -> Result<(), BoardError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            self.damaged()
        }
    }
}

fn class_code(class: Class) -> u8 {
    match class {
        Class::Small => SMALL,
        Class::Large => LARGE,
    }
}

/// Record of a cell.
pub(super) fn write_record(record: &Record) -> Vec<u8> {
    let mut out = Vec::with_capacity(112);
    out.push(record.keep.code());
    out.push(class_code(record.class));
    out.extend(record.erase_hash.0);
    out.extend(record.body_hash.0);
    out.extend(record.expiry_day.to_be_bytes());
    out.extend(record.seq.to_be_bytes());
    let (code, spot, claim) = match record.state {
        State::Pending => (PENDING, None, None),
        State::Announced(spot) => (ANNOUNCED, Some(spot), None),
        State::Erased(spot, claim) => (ERASED, Some(spot), Some(claim)),
    };
    out.push(code);
    if let Some(spot) = spot {
        out.extend(spot.tick.to_be_bytes());
        out.extend(spot.index.to_be_bytes());
    }
    if let Some(claim) = claim {
        out.extend(claim.0);
    }
    out
}

/// Reads a record.
pub(super) fn read_record(bytes: &[u8]) -> Result<Record, BoardError> {
    let mut at = Cursor::new(bytes, "cell record");
    let mut record = Record {
        keep: at.keep()?,
        class: at.class()?,
        erase_hash: EraseHash(at.take()?),
        body_hash: BodyHash(at.take()?),
        expiry_day: at.u32()?,
        seq: at.u64()?,
        state: State::Pending,
    };
    let code = at.byte()?;
    if code != PENDING {
        let spot = Spot {
            tick: at.u64()?,
            index: at.u32()?,
        };
        record.state = match code {
            ANNOUNCED => State::Announced(spot),
            ERASED => State::Erased(spot, ClaimId(at.take()?)),
            _ => return at.damaged(),
        };
    }
    at.end()?;
    Ok(record)
}

/// A waiting cell: its label and record.
pub(super) fn write_waiting(label: &Label, record: &Record) -> Vec<u8> {
    let mut out = label.0.to_vec();
    out.extend(write_record(record));
    out
}

/// Reads a waiting cell.
pub(super) fn read_waiting(bytes: &[u8]) -> Result<(Label, Record), BoardError> {
    let mut at = Cursor::new(bytes, "waiting cell");
    let label = Label(at.take()?);
    Ok((label, read_record(at.rest)?))
}

/// What the feed shows beside a body.
fn write_beside(record: &Record, rest: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(BESIDE + rest);
    out.push(record.keep.code());
    out.extend(record.erase_hash.0);
    out
}

/// A small body and what the feed shows beside it.
pub(super) fn write_body(record: &Record, body: &Body) -> Vec<u8> {
    let mut out = write_beside(record, body.bytes().len());
    out.extend(body.bytes());
    out
}

/// Reads a small body; shares the bytes.
pub(super) fn read_body(value: Bytes) -> Result<ItemCell, BoardError> {
    let mut at = Cursor::new(&value, "body");
    let keep = at.keep()?;
    let erase_hash = EraseHash(at.take()?);
    let body = value.slice(BESIDE..);
    cell(keep, erase_hash, body)
}

/// A cell with a body as it was stored.
pub(super) fn cell(keep: Keep, erase_hash: EraseHash, body: Bytes) -> Result<ItemCell, BoardError> {
    let body = Body::new(body).map_err(|_| BoardError::Corrupt { what: "body" })?;
    Ok(ItemCell {
        keep,
        erase_hash,
        body,
    })
}

/// Where a large body is, and what the feed shows beside it.
pub(super) fn write_placed(record: &Record, placed: Placed) -> Vec<u8> {
    let mut out = write_beside(record, 16);
    out.extend(placed.slot.to_be_bytes());
    out.extend(placed.checksum.to_be_bytes());
    out
}

/// Reads where a large body is.
pub(super) fn read_placed(value: &[u8]) -> Result<Placed, BoardError> {
    let mut at = Cursor::new(value, "body");
    at.keep()?;
    let _erase_hash: [u8; 32] = at.take()?;
    let placed = Placed {
        slot: at.u64()?,
        checksum: at.u64()?,
    };
    at.end()?;
    Ok(placed)
}

/// A tick and its items.
pub(super) fn write_tick(signed: &SignedTick, items: &[Told]) -> Vec<u8> {
    let mut out = Vec::with_capacity(SignedTick::SIZE + items.len() * TOLD);
    out.extend(signed.encode());
    for item in items {
        out.extend(item.tag.0);
        out.extend(item.leaf.0);
        out.extend(item.seq.to_be_bytes());
        out.push(class_code(item.class));
    }
    out
}

/// Reads a tick.
pub(super) fn read_tick(bytes: &[u8]) -> Result<(SignedTick, Vec<Told>), BoardError> {
    let mut at = Cursor::new(bytes, "tick");
    let signed = read_signed(&at.take::<{ SignedTick::SIZE }>()?)?;
    let mut items = Vec::with_capacity(signed.head.items as usize);
    for _ in 0..signed.head.items {
        items.push(Told {
            tag: Tag(at.take()?),
            leaf: LeafHash(at.take()?),
            seq: at.u64()?,
            class: at.class()?,
        });
    }
    at.end()?;
    Ok((signed, items))
}

fn read_signed(bytes: &[u8]) -> Result<SignedTick, BoardError> {
    SignedTick::decode(bytes).map_err(|_| BoardError::Corrupt { what: "tick" })
}

/// The content of a span.
pub(super) fn write_range(range: &Range) -> Vec<u8> {
    let mut out = range.hours.to_be_bytes().to_vec();
    out.extend(range.first.to_be_bytes());
    out.extend(range.end.to_be_bytes());
    out
}

/// Reads the content of a span.
pub(super) fn read_range(bytes: &[u8]) -> Result<Range, BoardError> {
    let mut at = Cursor::new(bytes, "span");
    let range = Range {
        hours: at.u32()?,
        first: at.u64()?,
        end: at.u64()?,
    };
    at.end()?;
    Ok(range)
}

/// A lane's own entry.
pub(super) fn write_lane(state: &LaneState) -> Vec<u8> {
    let mut out = Vec::with_capacity(24 + SignedTick::SIZE);
    out.extend(state.next_seq.to_be_bytes());
    out.extend(state.live_bytes.to_be_bytes());
    out.extend(state.live_cells.to_be_bytes());
    if let Some(head) = state.head {
        out.extend(head.encode());
    }
    out
}

/// Reads a lane's own entry.
pub(super) fn read_lane(bytes: &[u8]) -> Result<LaneState, BoardError> {
    let mut at = Cursor::new(bytes, "lane");
    let mut state = LaneState {
        next_seq: at.u64()?,
        live_bytes: at.u64()?,
        live_cells: at.u64()?,
        head: None,
    };
    if !at.rest.is_empty() {
        state.head = Some(read_signed(at.rest)?);
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(state: State) -> Record {
        Record {
            keep: Keep::Fortnight,
            class: Class::Large,
            erase_hash: EraseHash([1; 32]),
            body_hash: BodyHash([2; 32]),
            expiry_day: 20_000,
            seq: u64::MAX - 1,
            state,
        }
    }

    #[test]
    fn a_record_reads_as_it_was_written_and_no_cut_of_it_reads() {
        let spot = Spot {
            tick: 7,
            index: 4_095,
        };
        let states = [
            State::Pending,
            State::Announced(spot),
            State::Erased(spot, ClaimId([3; 16])),
        ];
        for state in states {
            let bytes = write_record(&record(state));
            assert!(read_record(&bytes).unwrap() == record(state));
            for cut in 0..bytes.len() {
                assert!(read_record(&bytes[..cut]).is_err());
            }
            assert!(read_record(&[bytes, vec![0]].concat()).is_err());
        }
    }
}
