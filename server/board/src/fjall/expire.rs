//! Expiry: walks the `due` entries up to today in small batches, so that puts go on in between.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::Ordering;

use fjall::{OwnedWriteBatch, Readable, UserKey};
use heliograph_wire::{Label, LaneId};

use super::keys::{self, Due};
use super::records::{LaneState, read_range, write_range};
use super::store::Store;
use crate::judge::State;
use crate::span::{self, Spans};
use crate::{BoardError, Expired};

/// Entries removed in one write batch.
const CHUNK: usize = 1_024;

impl Store {
    /// See [`crate::Board::expire`].
    pub(super) fn expire(&self, now_hour: u32) -> Result<Expired, BoardError> {
        let _upkeep = self.upkeep.lock().map_err(|_| self.fail())?;
        let today = span::day_of(now_hour);
        let mut gone = Expired::default();
        let mut after: Option<UserKey> = None;
        loop {
            let chunk = self.due(today, after.as_ref())?;
            let Some(last) = chunk.last().cloned() else {
                break;
            };
            after = Some(last);
            for (lane, entries) in by_lane(chunk)? {
                self.remove_due(lane, (today, entries), &mut gone)?;
            }
        }
        for lane in self.states.keys() {
            self.fade_spans(*lane, now_hour)?;
        }
        self.removed.fetch_add(gone.cells, Ordering::Relaxed);
        self.reclaim()?;
        Ok(gone)
    }

    /// The next `due` entries of today and before.
    fn due(&self, today: u32, after: Option<&UserKey>) -> Result<Vec<UserKey>, BoardError> {
        let start = match after {
            Some(key) => Bound::Excluded(key.to_vec()),
            None => Bound::Unbounded,
        };
        let end = today.saturating_add(1).to_be_bytes().to_vec();
        let at = self.db.snapshot();
        let entries = at.range(&self.on.due, (start, Bound::Excluded(end)));
        entries.take(CHUNK).map(|e| Ok(e.key()?)).collect()
    }

    /// Removes entries of one lane.
    fn remove_due(
        &self,
        lane: LaneId,
        (today, entries): (u32, Vec<(UserKey, Due)>),
        gone: &mut Expired,
    ) -> Result<(), BoardError> {
        let mut state = self.lock_any(lane)?;
        let mut next = *state;
        let mut batch = self.db.batch();
        let mut count = Expired::default();
        for (key, what) in entries {
            match what {
                Due::Tick(number) => {
                    batch.remove(&self.on.ticks, keys::numbered(lane, number));
                    batch.remove_weak(&self.on.due, key);
                    count.ticks += 1;
                }
                Due::Cell(label) => {
                    let bytes = self.remove_cell(&mut batch, (lane, label), today)?;
                    let Some(bytes) = bytes else { continue };
                    batch.remove_weak(&self.on.due, key);
                    next.live_bytes = next.live_bytes.saturating_sub(bytes);
                    next.live_cells = next.live_cells.saturating_sub(1);
                    count.bytes += bytes;
                    count.cells += 1;
                }
            }
        }
        if !batch.is_empty() {
            self.commit(batch, lane, (&mut state, next))?;
        }
        gone.cells += count.cells;
        gone.ticks += count.ticks;
        gone.bytes += count.bytes;
        Ok(())
    }

    /// Adds the removal of a cell to a batch and returns its body's size; `None` if it must stay.
    fn remove_cell(
        &self,
        batch: &mut OwnedWriteBatch,
        (lane, label): (LaneId, Label),
        today: u32,
    ) -> Result<Option<u64>, BoardError> {
        let Some(record) = self.record(lane, &label)? else {
            return Err(BoardError::Corrupt { what: "due entry" });
        };
        if !record.due(today) {
            return Ok(None);
        }
        batch.remove(&self.on.cells, keys::cell(lane, &label));
        if matches!(record.state, State::Erased(..)) {
            return Ok(Some(0));
        }
        batch.remove(&self.on.bodies, keys::numbered(lane, record.seq));
        Ok(Some(record.class.size() as u64))
    }

    /// Merges and drops the spans of a lane.
    fn fade_spans(&self, lane: LaneId, now_hour: u32) -> Result<(), BoardError> {
        let mut state: std::sync::MutexGuard<'_, LaneState> = self.lock_any(lane)?;
        let mut before = Spans::new();
        for entry in self.on.spans.prefix(keys::lane(lane)) {
            let (key, value) = entry.into_inner()?;
            let hour = keys::span_hour(&key).ok_or(BoardError::Corrupt { what: "span" })?;
            before.insert(hour, read_range(&value)?);
        }
        let after = span::fade(&before, now_hour);
        let mut batch = self.db.batch();
        for hour in before.keys().filter(|hour| !after.contains_key(hour)) {
            batch.remove(&self.on.spans, keys::span(lane, *hour));
        }
        for (hour, range) in after.iter().filter(|(h, r)| before.get(h) != Some(*r)) {
            batch.insert(&self.on.spans, keys::span(lane, *hour), write_range(range));
        }
        if batch.is_empty() {
            return Ok(());
        }
        let next = *state;
        self.commit(batch, lane, (&mut state, next))
    }
}

type ByLane = BTreeMap<LaneId, Vec<(UserKey, Due)>>;

fn by_lane(entries: Vec<UserKey>) -> Result<ByLane, BoardError> {
    let mut out = ByLane::new();
    for key in entries {
        let (lane, what) = keys::read_due(&key).ok_or(BoardError::Corrupt { what: "due entry" })?;
        out.entry(lane).or_default().push((key, what));
    }
    Ok(out)
}
