//! Put-if-absent: the whole batch is judged under the lane's lock and written as one.

use std::collections::{HashMap, HashSet};

use heliograph_wire::{Cell, Class, Label, LaneId};
use tokio::sync::oneshot;

use super::change::Change;
use super::keys;
use super::records::{
    LaneState, Placed, read_placed, read_record, write_body, write_placed, write_record,
    write_waiting,
};
use super::store::Store;
use crate::judge::Record;
use crate::{BoardError, NewCell, PutOutcome, bounds};

impl Store {
    /// See [`crate::Board::put_beside`]. Without large bodies there is nothing to do before the lane is locked, and the
    /// next batch had better grow meanwhile.
    pub(super) fn put(
        &self,
        lane: LaneId,
        cells: &[NewCell],
        mut tell: Option<oneshot::Sender<()>>,
    ) -> Result<Vec<PutOutcome>, BoardError> {
        bounds::puts(cells)?;
        self.serves(lane)?;
        let mut placed = self.place(lane, cells)?;
        if !placed.is_empty() {
            tell = None;
        }
        let mut state = self.lock(lane)?;
        let mut change = self.change();
        let all: Vec<u64> = placed.values().map(|it| it.slot).collect();
        let judged = self.judge(lane, *state, cells, |record, new| {
            self.write(&mut change, (lane, record, new), &mut placed)
        });
        // Nothing was committed: nothing names them.
        let (outcomes, next) = judged.inspect_err(|_| self.slots.give_back(all))?;
        if !change.is_empty() {
            self.commit(change, lane, (&mut state, next))?;
        }
        drop(state);
        // What lost its label to another since it was looked for.
        self.slots.give_back(placed.into_values().map(|it| it.slot));
        drop(tell);
        Ok(outcomes)
    }

    /// Writes the large bodies whose labels are free, and waits until the disk has them.
    fn place(&self, lane: LaneId, cells: &[NewCell]) -> Result<HashMap<Label, Placed>, BoardError> {
        let mut wanted: Vec<(Label, &[u8])> = Vec::new();
        let mut seen = HashSet::new();
        for new in cells {
            let (label, body) = (new.cell.label, &new.cell.body);
            if body.class() == Class::Large
                && seen.insert(label)
                && self.record(lane, &label)?.is_none()
            {
                wanted.push((label, body.bytes()));
            }
        }
        let bodies: Vec<&[u8]> = wanted.iter().map(|(_, body)| *body).collect();
        let placed = self.place_all(&bodies)?;
        let labels = wanted.iter().map(|(label, _)| *label);
        Ok(labels.zip(placed).collect())
    }

    fn place_all(&self, bodies: &[&[u8]]) -> Result<Vec<Placed>, BoardError> {
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        let written = self.slots.write(bodies);
        written.map_err(|error| {
            self.fail();
            fjall::Error::Io(error).into()
        })
    }

    /// What [`Self::put`] would answer, without storing.
    pub(super) fn foretell(
        &self,
        lane: LaneId,
        cells: &[NewCell],
    ) -> Result<Vec<PutOutcome>, BoardError> {
        let state = *self.lock(lane)?;
        let (outcomes, _) = self.judge(lane, state, cells, |_, _| Ok(()))?;
        Ok(outcomes)
    }

    /// Judges cells in order, earlier ones of the batch included; `store` is called for each winner.
    fn judge(
        &self,
        lane: LaneId,
        mut state: LaneState,
        cells: &[NewCell],
        mut store: impl FnMut(&Record, &NewCell) -> Result<(), BoardError>,
    ) -> Result<(Vec<PutOutcome>, LaneState), BoardError> {
        let mut fresh: HashMap<Label, Record> = HashMap::new();
        let mut outcomes = Vec::with_capacity(cells.len());
        for new in cells {
            let label = new.cell.label;
            let known = match fresh.get(&label) {
                Some(record) => Some(*record),
                None => self.record(lane, &label)?,
            };
            let Some(record) = known else {
                let record = Record::new(new, state.next_seq);
                state.next_seq += 1;
                state.live_cells += 1;
                state.live_bytes += record.class.size() as u64;
                store(&record, new)?;
                fresh.insert(label, record);
                outcomes.push(PutOutcome::Stored);
                continue;
            };
            outcomes.push(record.judge(new));
        }
        Ok((outcomes, state))
    }

    /// The record of a label.
    pub(super) fn record(&self, lane: LaneId, label: &Label) -> Result<Option<Record>, BoardError> {
        let value = self.on.cells.get(keys::cell(lane, label))?;
        value.map(|value| read_record(&value)).transpose()
    }

    /// Adds a new cell to a batch, with the place of a large body.
    fn write(
        &self,
        change: &mut Change,
        (lane, record, new): (LaneId, &Record, &NewCell),
        placed: &mut HashMap<Label, Placed>,
    ) -> Result<(), BoardError> {
        let Cell { label, body, .. } = &new.cell;
        let place = keys::numbered(lane, record.seq);
        let value = match record.class {
            Class::Small => write_body(record, body),
            Class::Large => {
                let placed = match placed.remove(label) {
                    Some(placed) => placed,
                    // The label had a cell that expired just now.
                    None => self.place_one(body.bytes())?,
                };
                change.insert(&self.on.slots, keys::slot(placed.slot), []);
                write_placed(record, placed)
            }
        };
        change.insert(
            &self.on.cells,
            keys::cell(lane, label),
            write_record(record),
        );
        change.insert(&self.on.bodies, place, value);
        change.insert(&self.on.waiting, place, write_waiting(label, record));
        Ok(())
    }

    fn place_one(&self, body: &[u8]) -> Result<Placed, BoardError> {
        let placed = self.place_all(&[body])?;
        placed.first().copied().ok_or_else(|| self.fail())
    }

    /// Removes the body of a cell from the disk's record; gives the slot of a large one, which is free once that is
    /// durable.
    pub(super) fn unplace(
        &self,
        change: &mut Change,
        (lane, record): (LaneId, &Record),
    ) -> Result<Option<u64>, BoardError> {
        let key = keys::numbered(lane, record.seq);
        change.remove(&self.on.bodies, key);
        if record.class == Class::Small {
            return Ok(None);
        }
        let value = self.on.bodies.get(key)?;
        let Placed { slot, .. } = read_placed(&value.ok_or(BoardError::Corrupt { what: "body" })?)?;
        change.remove(&self.on.slots, keys::slot(slot));
        Ok(Some(slot))
    }
}
