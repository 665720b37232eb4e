//! Announce: the tick, its cells' new state and the span that lists it become durable as one.

use std::collections::BTreeSet;

use heliograph_wire::{Label, LaneId, SignedTick};

use super::change::Change;
use super::keys::{self, Due};
use super::records::{Told, write_range, write_record, write_tick};
use super::store::Store;
use crate::judge::{Spot, State, follows};
use crate::{BoardError, Pending, TickFault, bounds, span};

impl Store {
    /// See [`crate::Board::announce`].
    pub(super) fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: &[Label],
        hour: u32,
    ) -> Result<(), BoardError> {
        let mut state = self.lock(lane)?;
        if items.len() > bounds::PENDING_MAX {
            return Err(TickFault::Count.into());
        }
        let mut oldest = self.waiting(lane, items.len())?;
        let pending = oldest.iter().map(|(label, record)| Pending {
            seq: record.seq,
            label: *label,
            leaf: record.leaf(label),
        });
        let pending: Vec<Pending> = pending.collect();
        let leaves = follows((lane, state.head.as_ref()), &tick, items, &pending)?;
        let next_waiting = pending.last().map_or(0, |newest| newest.seq + 1);
        oldest.sort_unstable_by_key(|(label, _)| *label);

        let number = tick.head.number;
        let mut change = self.change();
        let mut told = Vec::with_capacity(items.len());
        let mut days = BTreeSet::new();
        for ((index, leaf), (label, record)) in (0_u32..).zip(leaves).zip(&mut oldest) {
            let spot = Spot {
                tick: number,
                index,
            };
            record.state = State::Announced(spot);
            days.insert(record.expiry_day);
            told.push(Told::new(label, leaf, record));
            let key = keys::cell(lane, label);
            change.insert(&self.on.cells, key, write_record(record));
            change.remove_once(&self.on.waiting, keys::numbered(lane, record.seq));
        }
        let tick_value = write_tick(&tick, &told);
        change.insert(&self.on.ticks, keys::numbered(lane, number), tick_value);
        self.plan_expiry(&mut change, (lane, number), (hour, days));
        let last = self.span_before(lane, u32::MAX)?;
        let (first_hour, range) = span::grow(last, hour, number);
        change.insert(
            &self.on.spans,
            keys::span(lane, first_hour),
            write_range(&range),
        );
        let mut next = *state;
        next.head = Some(tick);
        self.commit(change, lane, (&mut state, next))?;
        self.waits_no_more_below(lane, next_waiting);
        Ok(())
    }

    /// Notes when the tick's cells and the tick itself may be forgotten. One entry per day, not per
    /// cell, keeps what is remembered of a cell small.
    fn plan_expiry(
        &self,
        change: &mut Change,
        (lane, number): (LaneId, u64),
        (hour, days): (u32, BTreeSet<u32>),
    ) {
        let last = days.last().copied().unwrap_or_default();
        for day in days.into_iter().filter(|day| *day != u32::MAX) {
            change.insert(&self.on.due, keys::due(day, lane, Due::Cells(number)), []);
        }
        let day = span::tick_due(hour).max(last);
        if day != u32::MAX {
            change.insert(&self.on.due, keys::due(day, lane, Due::Tick(number)), []);
        }
    }
}
