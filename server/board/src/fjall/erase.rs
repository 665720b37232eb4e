//! Erase: the body goes in the same batch in which the record becomes a tombstone.

use std::collections::HashMap;

use heliograph_wire::{Label, LaneId};

use super::keys;
use super::records::write_record;
use super::store::Store;
use crate::judge::{Erasure, Record, State};
use crate::{BoardError, EraseOrder, EraseOutcome, bounds};

impl Store {
    /// See [`crate::Board::erase`].
    pub(super) fn erase(
        &self,
        lane: LaneId,
        orders: &[EraseOrder],
    ) -> Result<Vec<EraseOutcome>, BoardError> {
        bounds::batch(orders.len())?;
        let mut state = self.lock(lane)?;
        let mut next = *state;
        let mut change = self.change();
        let mut fresh: HashMap<Label, Record> = HashMap::new();
        let mut outcomes = Vec::with_capacity(orders.len());
        let mut freed = Vec::new();
        for order in orders {
            let label = order.label;
            let known = match fresh.get(&label) {
                Some(record) => Some(*record),
                None => self.record(lane, &label)?,
            };
            let Some(mut record) = known else {
                outcomes.push(EraseOutcome::Absent);
                continue;
            };
            outcomes.push(match record.erasure(&order.key, order.claim) {
                Erasure::Now(spot) => {
                    record.state = State::Erased(spot, order.claim);
                    freed.extend(self.unplace(&mut change, (lane, &record))?);
                    change.insert(
                        &self.on.cells,
                        keys::cell(lane, &label),
                        write_record(&record),
                    );
                    next.live_bytes = next.live_bytes.saturating_sub(record.class.size() as u64);
                    fresh.insert(label, record);
                    EraseOutcome::Erased
                }
                Erasure::Before => EraseOutcome::Erased,
                Erasure::No => EraseOutcome::Absent,
            });
        }
        if !change.is_empty() {
            self.commit(change, lane, (&mut state, next))?;
            self.slots.give_back(freed);
        }
        Ok(outcomes)
    }
}
