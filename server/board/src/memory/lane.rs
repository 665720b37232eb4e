//! One lane in memory.

use std::collections::{BTreeMap, HashMap};

use heliograph_wire::{
    Body, Class, Found, Item, ItemCell, Label, LaneId, LeafHash, Place, SignedTick, merkle,
};

use crate::judge::{Erasure, Record, Spot, State, follows};
use crate::span::{self, Spans};
use crate::{
    BoardError, EraseOrder, EraseOutcome, Expired, Lookup, NewCell, Pending, PutOutcome, Span,
    TickRecord,
};

/// A label's record and, until it is erased, its body.
struct Kept {
    record: Record,
    body: Option<Body>,
}

/// A tick, its leaves in label order, and the day it may go.
struct Told {
    signed: SignedTick,
    items: Vec<(Label, LeafHash)>,
    due: u32,
}

/// See the module.
#[derive(Default)]
pub(super) struct Lane {
    kept: HashMap<Label, Kept>,
    waiting: BTreeMap<u64, Label>,
    told: BTreeMap<u64, Told>,
    spans: Spans,
    head: Option<SignedTick>,
    next_seq: u64,
}

impl Lane {
    pub(super) fn put(&mut self, new: NewCell) -> PutOutcome {
        if let Some(kept) = self.kept.get(&new.cell.label) {
            return kept.record.judge(&new);
        }
        let record = Record::new(&new, self.next_seq);
        self.waiting.insert(self.next_seq, new.cell.label);
        self.next_seq += 1;
        let body = Some(new.cell.body);
        self.kept.insert(new.cell.label, Kept { record, body });
        PutOutcome::Stored
    }

    pub(super) fn get(&self, label: &Label) -> Lookup {
        let Some(kept) = self.kept.get(label) else {
            return Lookup::Absent;
        };
        match (kept.record.state, &kept.body) {
            (State::Announced(spot), Some(body)) => self.found(spot, &kept.record, body),
            (State::Erased(..), _) => Lookup::Erased,
            _ => Lookup::Absent,
        }
    }

    fn found(&self, spot: Spot, record: &Record, body: &Body) -> Lookup {
        let Some(told) = self.told.get(&spot.tick) else {
            return Lookup::Absent;
        };
        let leaves: Vec<LeafHash> = told.items.iter().map(|(_, leaf)| *leaf).collect();
        let place = Place {
            tick: told.signed,
            index: spot.index,
            path: merkle::path(&leaves, spot.index as usize).unwrap_or_default(),
        };
        Lookup::Found(Box::new(Found {
            keep: record.keep,
            erase_hash: record.erase_hash,
            body: body.clone(),
            place,
        }))
    }

    pub(super) fn erase(&mut self, order: &EraseOrder) -> EraseOutcome {
        let Some(kept) = self.kept.get_mut(&order.label) else {
            return EraseOutcome::Absent;
        };
        match kept.record.erasure(&order.key, order.claim) {
            Erasure::Now(spot) => {
                kept.record.state = State::Erased(spot, order.claim);
                kept.body = None;
                EraseOutcome::Erased
            }
            Erasure::Before => EraseOutcome::Erased,
            Erasure::No => EraseOutcome::Absent,
        }
    }

    pub(super) fn pending(&self, max: usize) -> Vec<Pending> {
        let waiting = self.waiting.iter().take(max);
        waiting
            .filter_map(|(&seq, &label)| {
                let leaf = self.kept.get(&label)?.record.leaf(&label);
                Some(Pending { seq, label, leaf })
            })
            .collect()
    }

    pub(super) fn announce(
        &mut self,
        lane: LaneId,
        tick: SignedTick,
        items: &[Label],
        hour: u32,
    ) -> Result<(), BoardError> {
        let oldest = self.pending(items.len());
        let leaves = follows((lane, self.head.as_ref()), &tick, items, &oldest)?;
        let number = tick.head.number;
        let mut due = span::tick_due(hour);
        for (index, label) in (0_u32..).zip(items) {
            if let Some(kept) = self.kept.get_mut(label) {
                kept.record.state = State::Announced(Spot {
                    tick: number,
                    index,
                });
                due = due.max(kept.record.expiry_day);
            }
        }
        for waited in oldest {
            self.waiting.remove(&waited.seq);
        }
        let last = self.spans.last_key_value().map(|(h, r)| (*h, *r));
        let (first_hour, range) = span::grow(last, hour, number);
        self.spans.insert(first_hour, range);
        let items = items.iter().copied().zip(leaves).collect();
        let signed = tick;
        self.told.insert(number, Told { signed, items, due });
        self.head = Some(tick);
        Ok(())
    }

    pub(super) fn head(&self) -> Option<SignedTick> {
        self.head
    }

    pub(super) fn ticks(&self, from: u64, max_bytes: usize) -> Vec<TickRecord> {
        let mut left = max_bytes;
        let mut out = Vec::new();
        for (number, told) in self.told.range(from..) {
            let items: Vec<Item> = (0_u32..)
                .zip(&told.items)
                .map(|(index, (label, leaf))| {
                    self.item(
                        Spot {
                            tick: *number,
                            index,
                        },
                        label,
                        leaf,
                    )
                })
                .collect();
            let bytes = crate::contract::feed_bytes(&items);
            if bytes > left && !out.is_empty() {
                break;
            }
            left = left.saturating_sub(bytes);
            let signed = told.signed;
            out.push(TickRecord { signed, items });
        }
        out
    }

    /// An item is shown with its cell only while the label still holds what was announced here.
    fn item(&self, spot: Spot, label: &Label, leaf: &LeafHash) -> Item {
        let cell = self.kept.get(label).and_then(|kept| {
            let body = kept.body.clone()?;
            let here = kept.record.state == State::Announced(spot);
            (here && body.class() == Class::Small).then_some(ItemCell {
                keep: kept.record.keep,
                erase_hash: kept.record.erase_hash,
                body,
            })
        });
        let (tag, leaf) = (label.tag(), *leaf);
        Item { tag, leaf, cell }
    }

    pub(super) fn span(&self, hour: u32) -> Span {
        let before = self.spans.range(..=hour).next_back();
        span::answer(before.map(|(h, r)| (*h, *r)), hour)
    }

    pub(super) fn expire(&mut self, now_hour: u32) -> Expired {
        let today = span::day_of(now_hour);
        let mut gone = Expired::default();
        self.kept.retain(|_, kept| {
            let due = kept.record.due(today);
            if due {
                gone.cells += 1;
                gone.bytes += kept.body.as_ref().map_or(0, |b| b.bytes().len() as u64);
            }
            !due
        });
        self.told.retain(|_, told| {
            gone.ticks += u64::from(told.due <= today);
            told.due > today
        });
        self.spans = span::fade(&self.spans, now_hour);
        gone
    }
}
