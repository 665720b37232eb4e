//! Reading: single cells, what waits, ticks and spans. Reads that touch more than one keyspace use
//! one snapshot, so that an erase in between is seen whole or not at all.

use std::sync::Arc;

use bytes::Bytes;
use fjall::{Readable, Snapshot};
use heliograph_wire::{
    Class, Found, Item, ItemCell, Label, LaneId, LeafHash, Place, SignedTick, merkle,
};

use super::keys;
use super::lately::Hashed;
use super::records::{
    Told, cell, read_body, read_placed, read_range, read_record, read_tick, read_waiting,
};
use super::store::Store;
use crate::judge::{Record, Spot, State};
use crate::span::{self, Range};
use crate::{BoardError, Lookup, Pending, Span, TickRecord, bounds, contract};

impl Store {
    /// See [`crate::Board::get`].
    pub(super) fn get(&self, lane: LaneId, labels: &[Label]) -> Result<Vec<Lookup>, BoardError> {
        self.serves(lane)?;
        bounds::batch(labels.len())?;
        let at = self.db.snapshot();
        let look = |label| match self.get_one(&at, lane, label)? {
            Some(found) => Ok(found),
            // Gone since the snapshot, or damaged: a newer one knows.
            None => {
                let again = self.get_one(&self.db.snapshot(), lane, label)?;
                again.ok_or(BoardError::Corrupt { what: "body" })
            }
        };
        labels.iter().map(look).collect()
    }

    /// `None` if the body is not where the snapshot has it.
    fn get_one(
        &self,
        at: &Snapshot,
        lane: LaneId,
        label: &Label,
    ) -> Result<Option<Lookup>, BoardError> {
        let Some(value) = at.get(&self.on.cells, keys::cell(lane, label))? else {
            return Ok(Some(Lookup::Absent));
        };
        let record = read_record(&value)?;
        match record.state {
            State::Pending => Ok(Some(Lookup::Absent)),
            State::Erased(..) => Ok(Some(Lookup::Erased)),
            State::Announced(spot) => {
                let found = self.found(at, lane, (spot, &record))?;
                Ok(found.map(|found| Lookup::Found(Box::new(found))))
            }
        }
    }

    fn found(
        &self,
        at: &Snapshot,
        lane: LaneId,
        (spot, record): (Spot, &Record),
    ) -> Result<Option<Found>, BoardError> {
        let missing = |what| BoardError::Corrupt { what };
        let Some(cell) = self.cell(at, (lane, record))? else {
            return Ok(None);
        };
        let tick = self.hashed(at, lane, spot.tick)?;
        let path = tick.tree.path(spot.index as usize);
        Ok(Some(Found {
            keep: cell.keep,
            erase_hash: cell.erase_hash,
            body: cell.body,
            place: Place {
                tick: tick.signed,
                index: spot.index,
                path: path.ok_or(missing("place"))?,
            },
        }))
    }

    /// A cell with its body; `None` if the slot of a large one holds another by now.
    fn cell(
        &self,
        at: &Snapshot,
        (lane, record): (LaneId, &Record),
    ) -> Result<Option<ItemCell>, BoardError> {
        let missing = BoardError::Corrupt { what: "body" };
        let value = at.get(&self.on.bodies, keys::numbered(lane, record.seq))?;
        let value = value.ok_or(missing)?;
        if record.class == Class::Small {
            return read_body(Bytes::from(value)).map(Some);
        }
        let body = self.slots.read(read_placed(&value)?);
        let body = body.map_err(fjall::Error::Io)?;
        let whole = |body: Vec<u8>| cell(record.keep, record.erase_hash, body.into());
        body.map(whole).transpose()
    }

    /// A tick and its tree.
    fn hashed(&self, at: &Snapshot, lane: LaneId, number: u64) -> Result<Arc<Hashed>, BoardError> {
        if let Some(told) = self.lately.get(lane, number) {
            return Ok(told);
        }
        let tick = at.get(&self.on.ticks, keys::numbered(lane, number))?;
        let (signed, items) = read_tick(&tick.ok_or(BoardError::Corrupt { what: "tick" })?)?;
        let leaves: Vec<LeafHash> = items.iter().map(|item| item.leaf).collect();
        let told = Arc::new(Hashed {
            signed,
            tree: merkle::Tree::new(&leaves),
            leaves: leaves.len(),
        });
        self.lately.keep(lane, number, &told);
        Ok(told)
    }

    /// See [`crate::Board::pending`].
    pub(super) fn pending(&self, lane: LaneId, max: usize) -> Result<Vec<Pending>, BoardError> {
        self.serves(lane)?;
        let waiting = self.waiting(lane, max.min(bounds::PENDING_MAX))?;
        let pending = waiting.into_iter().map(|(label, record)| Pending {
            seq: record.seq,
            label,
            leaf: record.leaf(&label),
        });
        Ok(pending.collect())
    }

    /// The longest-waiting cells and their records.
    pub(super) fn waiting(
        &self,
        lane: LaneId,
        max: usize,
    ) -> Result<Vec<(Label, Record)>, BoardError> {
        // Read before the snapshot is taken, so that the snapshot is at least as new.
        let first = keys::numbered(lane, self.waits_from(lane));
        let last = keys::numbered(lane, u64::MAX);
        let at = self.db.snapshot();
        at.range(&self.on.waiting, first..=last)
            .take(max)
            .map(|entry| read_waiting(&entry.value()?))
            .collect()
    }

    /// See [`crate::Board::head`].
    pub(super) fn head(&self, lane: LaneId) -> Result<Option<SignedTick>, BoardError> {
        Ok(self.lock(lane)?.head)
    }

    /// See [`crate::Board::ticks`].
    pub(super) fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> Result<Vec<TickRecord>, BoardError> {
        self.serves(lane)?;
        let at = self.db.snapshot();
        let (first, last) = (keys::numbered(lane, from), keys::numbered(lane, u64::MAX));
        let mut left = max_bytes;
        let mut out = Vec::new();
        for entry in at.range(&self.on.ticks, first..=last) {
            let (signed, told) = read_tick(&entry.value()?)?;
            let items = self.items(&at, lane, &told)?;
            let bytes = contract::feed_bytes(&items);
            if bytes > left && !out.is_empty() {
                break;
            }
            left = left.saturating_sub(bytes);
            out.push(TickRecord { signed, items });
        }
        Ok(out)
    }

    /// A tick's items with the small bodies that are still there.
    fn items(&self, at: &Snapshot, lane: LaneId, told: &[Told]) -> Result<Vec<Item>, BoardError> {
        let item = |one: &Told| {
            let body = match one.class {
                Class::Small => at.get(&self.on.bodies, keys::numbered(lane, one.seq))?,
                Class::Large => None,
            };
            Ok(Item {
                tag: one.tag,
                leaf: one.leaf,
                cell: body.map(|body| read_body(Bytes::from(body))).transpose()?,
            })
        };
        told.iter().map(item).collect()
    }

    /// See [`crate::Board::span`].
    pub(super) fn span(&self, lane: LaneId, hour: u32) -> Result<Span, BoardError> {
        self.serves(lane)?;
        Ok(span::answer(self.span_before(lane, hour)?, hour))
    }

    /// The newest span of a lane that starts at or before `hour`.
    pub(super) fn span_before(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> Result<Option<(u32, Range)>, BoardError> {
        let range = keys::span(lane, 0)..=keys::span(lane, hour);
        let at = self.db.snapshot();
        let Some(entry) = at.range(&self.on.spans, range).next_back() else {
            return Ok(None);
        };
        let (key, value) = entry.into_inner()?;
        let hour = keys::span_hour(&key).ok_or(BoardError::Corrupt { what: "span" })?;
        Ok(Some((hour, read_range(&value)?)))
    }
}
