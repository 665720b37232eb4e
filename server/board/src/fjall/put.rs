//! Put-if-absent: the whole batch is judged under the lane's lock and written as one.

use std::collections::HashMap;

use heliograph_wire::{Label, LaneId};

use super::change::Change;
use super::keys;
use super::records::{LaneState, read_record, write_body, write_record, write_waiting};
use super::store::Store;
use crate::judge::Record;
use crate::{BoardError, NewCell, PutOutcome, bounds};

impl Store {
    /// See [`crate::Board::put`].
    pub(super) fn put(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> Result<Vec<PutOutcome>, BoardError> {
        bounds::puts(&cells)?;
        let mut state = self.lock(lane)?;
        let mut change = self.change();
        let (outcomes, next) = self.judge(lane, *state, &cells, |record, new| {
            self.write(&mut change, lane, (record, new));
        })?;
        if !change.is_empty() {
            self.commit(change, lane, (&mut state, next))?;
        }
        Ok(outcomes)
    }

    /// What [`Self::put`] would answer, without storing.
    pub(super) fn foretell(
        &self,
        lane: LaneId,
        cells: &[NewCell],
    ) -> Result<Vec<PutOutcome>, BoardError> {
        let state = *self.lock(lane)?;
        let (outcomes, _) = self.judge(lane, state, cells, |_, _| {})?;
        Ok(outcomes)
    }

    /// Judges cells in order, earlier ones of the batch included; `store` is called for each winner.
    fn judge(
        &self,
        lane: LaneId,
        mut state: LaneState,
        cells: &[NewCell],
        mut store: impl FnMut(&Record, &NewCell),
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
                store(&record, new);
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

    /// Adds a new cell to a batch.
    fn write(&self, change: &mut Change, lane: LaneId, cell: (&Record, &NewCell)) {
        let (record, new) = cell;
        let label = &new.cell.label;
        let place = keys::numbered(lane, record.seq);
        let body = write_body(record, &new.cell.body);
        change.insert(
            &self.on.cells,
            keys::cell(lane, label),
            write_record(record),
        );
        change.insert(&self.on.bodies, place, body);
        change.insert(&self.on.waiting, place, write_waiting(label, record));
    }
}
