//! Announce: the tick, its cells' new state and the span that lists it become durable as one.

use heliograph_wire::{Label, LaneId, SignedTick};

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
        oldest.sort_unstable_by_key(|(label, _)| *label);

        let number = tick.head.number;
        let mut batch = self.db.batch();
        let mut told = Vec::with_capacity(items.len());
        let mut due = span::tick_due(hour);
        for ((index, leaf), (label, record)) in (0_u32..).zip(leaves).zip(&mut oldest) {
            record.state = State::Announced(Spot {
                tick: number,
                index,
            });
            due = due.max(record.expiry_day);
            told.push(Told {
                tag: label.tag(),
                leaf,
                seq: record.seq,
                class: record.class,
            });
            batch.insert(
                &self.on.cells,
                keys::cell(lane, label),
                write_record(record),
            );
            batch.remove_weak(&self.on.waiting, keys::numbered(lane, record.seq));
        }
        batch.insert(
            &self.on.ticks,
            keys::numbered(lane, number),
            write_tick(&tick, &told),
        );
        if due != u32::MAX {
            batch.insert(&self.on.due, keys::due(due, lane, Due::Tick(number)), []);
        }
        let last = self.span_before(lane, u32::MAX)?;
        let (first_hour, range) = span::grow(last, hour, number);
        batch.insert(
            &self.on.spans,
            keys::span(lane, first_hour),
            write_range(&range),
        );
        let mut next = *state;
        next.head = Some(tick);
        self.commit(batch, lane, (&mut state, next))
    }
}
