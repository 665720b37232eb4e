//! Expiry: walks the `due` entries up to today in small batches, so that puts go on in between.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use fjall::{Readable, Snapshot, UserKey};
use heliograph_wire::{LaneId, Tag};

use super::change::Change;
use super::keys::{self, Due};
use super::records::{LaneState, read_range, read_record, read_tick, write_range};
use super::store::Store;
use crate::judge::{Record, Spot, State};
use crate::span::{self, Spans};
use crate::{BoardError, Expired};

/// Removals gathered before they are committed; exceeded by one tick at most.
const GATHER: usize = 4_096;
/// Entries read at a time.
const CHUNK: usize = 256;

/// Removals of one lane that become durable together.
struct Sweep {
    change: Change,
    next: LaneState,
    gone: Expired,
    /// Slots of bodies that go.
    freed: Vec<u64>,
    /// Keys of cells that go: days that come due together find the same cells in one snapshot.
    swept: HashSet<UserKey>,
}

impl Store {
    /// See [`crate::Board::expire`].
    pub(super) fn expire(&self, now_hour: u32) -> Result<Expired, BoardError> {
        let _upkeep = self.upkeep.lock().map_err(|_| self.fail())?;
        let today = span::day_of(now_hour);
        let mut gone = Expired::default();
        loop {
            let chunk = self.due(today)?;
            let mut rest = chunk.as_slice();
            while let Some((_, lane, _)) = rest.first() {
                rest = self.sweep(*lane, (today, rest), &mut gone)?;
            }
            if chunk.is_empty() {
                break;
            }
        }
        for lane in self.states.keys() {
            self.fade_spans(*lane, now_hour)?;
        }
        self.removed.fetch_add(gone.cells, Ordering::Relaxed);
        self.reclaim()?;
        Ok(gone)
    }

    /// The next `due` entries of today and before. Every entry returned is removed by the sweep.
    fn due(&self, today: u32) -> Result<Vec<(UserKey, LaneId, Due)>, BoardError> {
        let end = today.saturating_add(1).to_be_bytes();
        let at = self.db.snapshot();
        let read = |entry: fjall::Guard| {
            let key = entry.key()?;
            let damaged = BoardError::Corrupt { what: "due entry" };
            let (lane, what) = keys::read_due(&key).ok_or(damaged)?;
            Ok((key, lane, what))
        };
        at.range(&self.on.due, ..end)
            .take(CHUNK)
            .map(read)
            .collect()
    }

    /// Removes what the first entries, as far as they are of `lane`, stand for; returns the rest.
    fn sweep<'a>(
        &self,
        lane: LaneId,
        (today, entries): (u32, &'a [(UserKey, LaneId, Due)]),
        gone: &mut Expired,
    ) -> Result<&'a [(UserKey, LaneId, Due)], BoardError> {
        let mut state = self.lock_any(lane)?;
        let at = self.db.snapshot();
        let mut sweep = Sweep {
            change: self.change(),
            next: *state,
            gone: Expired::default(),
            freed: Vec::new(),
            swept: HashSet::new(),
        };
        let mut done = 0;
        for (key, on, what) in entries {
            if *on != lane || sweep.change.len() >= GATHER {
                break;
            }
            match *what {
                Due::Cells(number) => self.sweep_cells(&at, (lane, number), today, &mut sweep)?,
                Due::Tick(number) => {
                    let tick = keys::numbered(lane, number);
                    sweep.change.remove(&self.on.ticks, tick);
                    sweep.gone.ticks += 1;
                }
            }
            sweep.change.remove_once(&self.on.due, key.clone());
            done += 1;
        }
        self.commit(sweep.change, lane, (&mut state, sweep.next))?;
        self.slots.give_back(sweep.freed);
        gone.cells += sweep.gone.cells;
        gone.ticks += sweep.gone.ticks;
        gone.bytes += sweep.gone.bytes;
        Ok(entries.split_at(done).1)
    }

    /// Removes those cells of a tick that are due.
    fn sweep_cells(
        &self,
        at: &Snapshot,
        (lane, number): (LaneId, u64),
        today: u32,
        sweep: &mut Sweep,
    ) -> Result<(), BoardError> {
        let tick = at.get(&self.on.ticks, keys::numbered(lane, number))?;
        let (_, items) = read_tick(&tick.ok_or(BoardError::Corrupt { what: "tick" })?)?;
        for (index, item) in (0..).zip(items) {
            let spot = Spot {
                tick: number,
                index,
            };
            let Some((key, record)) = self.told(at, (lane, item.tag), spot)? else {
                continue;
            };
            if !record.due(today) || !sweep.swept.insert(key.clone()) {
                continue;
            }
            sweep.change.remove(&self.on.cells, key);
            sweep.next.live_cells = sweep.next.live_cells.saturating_sub(1);
            sweep.gone.cells += 1;
            if matches!(record.state, State::Announced(_)) {
                let bytes = record.class.size() as u64;
                let slot = self.unplace(&mut sweep.change, (lane, &record))?;
                sweep.freed.extend(slot);
                sweep.next.live_bytes = sweep.next.live_bytes.saturating_sub(bytes);
                sweep.gone.bytes += bytes;
            }
        }
        Ok(())
    }

    /// The record that was announced at `spot`, unless it is gone. Ticks keep only the tag of a
    /// label, so that they do not remember labels longer than the cells do.
    fn told(
        &self,
        at: &Snapshot,
        (lane, tag): (LaneId, Tag),
        spot: Spot,
    ) -> Result<Option<(UserKey, Record)>, BoardError> {
        for entry in at.prefix(&self.on.cells, keys::tagged(lane, tag)) {
            let (key, value) = entry.into_inner()?;
            let record = read_record(&value)?;
            match record.state {
                State::Announced(here) | State::Erased(here, _) if here == spot => {
                    return Ok(Some((key, record)));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Merges and drops the spans of a lane.
    fn fade_spans(&self, lane: LaneId, now_hour: u32) -> Result<(), BoardError> {
        let mut state = self.lock_any(lane)?;
        let mut before = Spans::new();
        for entry in self.db.snapshot().prefix(&self.on.spans, keys::lane(lane)) {
            let (key, value) = entry.into_inner()?;
            let hour = keys::span_hour(&key).ok_or(BoardError::Corrupt { what: "span" })?;
            before.insert(hour, read_range(&value)?);
        }
        let after = span::fade(&before, now_hour);
        let mut change = self.change();
        for hour in before.keys().filter(|hour| !after.contains_key(hour)) {
            change.remove(&self.on.spans, keys::span(lane, *hour));
        }
        for (hour, range) in after.iter().filter(|(h, r)| before.get(h) != Some(*r)) {
            let value = write_range(range);
            change.insert(&self.on.spans, keys::span(lane, *hour), value);
        }
        if change.is_empty() {
            return Ok(());
        }
        let next = *state;
        self.commit(change, lane, (&mut state, next))
    }
}
