//! Commit slots and the change of epoch (`device/client/src/engine/commits.rs`, `live.rs`).

use crate::board::{Outcome, Tick};
use crate::cells::{Body, Label};
use crate::device::{Pending, Reader, Slots, Step};
use crate::faults::Fault;
use crate::settle::find;

impl Slots {
    fn is_spent(self, s: u8) -> bool {
        s < self.next || self.dead & (1 << s) != 0
    }

    fn skip_dead(&mut self) {
        while self.dead & (1 << self.next) != 0 {
            self.next += 1;
        }
    }

    fn void(&mut self) {
        self.next += 1;
        self.skip_dead();
    }
}

impl Step<'_> {
    /// Something demands fresh keys: talk that turned, an accepted request, taken labels.
    pub fn want_commit(&mut self) {
        self.device.wants_commit = true;
        self.drive_commit();
        self.pump();
    }

    /// Makes the commit that is wanted, or puts the one that waits at the next slot.
    pub(crate) fn drive_commit(&mut self) {
        if self.device.pending.is_some() {
            return self.put_head();
        }
        let flying = self.device.outbox.iter().any(|row| row.outgoing.is_some());
        // What flies already is let land first: a commit would only displace it.
        if self.device.wants_commit && (!flying || self.device.taken > 0) {
            self.device.pending = Some(Pending {
                slot: None,
                stored: false,
            });
            self.put_head();
        }
    }

    /// Puts the head at the lowest free slot, once its last slot is lost.
    fn put_head(&mut self) {
        let Some(pending) = self.device.pending else {
            return;
        };
        if pending.slot.is_some_and(|s| !self.device.slots.is_spent(s)) {
            return;
        }
        self.device.pending = Some(Pending {
            slot: Some(self.device.slots.next),
            stored: false,
        });
        if self.device.in_step()
            && let Some((label, body)) = self.unstored_cell()
        {
            self.request(label, body);
        }
    }

    /// The head that the board has not answered yet.
    pub(crate) fn unstored_cell(&self) -> Option<(Label, Body)> {
        let pending = self.device.pending.filter(|pending| !pending.stored)?;
        let label = self.device.slot(pending.slot?);
        Some((label, Body::Commit(self.device.id)))
    }

    /// The board answered the put of a head. Neither answer proves anything: the feed judges.
    pub(crate) fn cell_answered(&mut self, label: Label, outcome: Outcome) {
        let Label::Slot { epoch, s } = label else {
            return;
        };
        let current = epoch == self.device.epoch;
        let Some(pending) = &mut self.device.pending else {
            return;
        };
        if !current || pending.slot != Some(s) {
            return;
        }
        pending.stored = true;
        if outcome != Outcome::Taken && self.rules.has(Fault::OwnCommitAtStored) {
            return self.apply(self.device.id);
        }
        self.put_head();
    }

    /// Judges slots in order, into new epochs as commits are applied.
    pub(crate) fn judge_slots(&mut self, tick: &Tick) {
        loop {
            self.device.slots.skip_dead();
            let next = self.device.slot(self.device.slots.next);
            match find(tick, &next) {
                Some(Body::Commit(by)) => self.apply(by),
                Some(_) => self.device.slots.void(),
                None => break,
            }
        }
        for (label, _) in tick {
            if let Label::Slot { epoch, s } = *label
                && epoch == self.device.epoch
                && s > self.device.slots.next
            {
                self.device.slots.dead |= 1 << s;
            }
        }
    }

    fn apply(&mut self, by: u8) {
        if by == self.device.id {
            self.device.wants_commit = false;
        }
        self.device.pending = None;
        self.enter_epoch();
        if self.rules.has(Fault::OwnCommitAtStored) {
            self.pump();
        }
    }

    /// Enters the next epoch: every chain is replaced, and what had not counted goes on its way again.
    fn enter_epoch(&mut self) {
        let device = &mut *self.device;
        device.epoch += 1;
        device.sender = 0;
        device.drawn = 0;
        device.readers = [Reader::default(); 2];
        device.slots = Slots::default();
        device.partial.clear();
        device.opened.clear();
        device.taken = 0;
        self.unseal();
    }

    /// What had not counted when the epoch ended will be sealed anew under the same message id.
    fn unseal(&mut self) {
        if self.rules.has(Fault::NoReseal) {
            return;
        }
        if self.rules.has(Fault::StoredIsCounted) {
            let stored = |row: &&crate::device::Row| {
                let outgoing = row.outgoing.as_ref();
                outgoing.is_some_and(crate::outgoing::Outgoing::all_stored)
            };
            let rows = self.device.outbox.iter().filter(stored);
            for message in rows.map(|row| row.message).collect::<Vec<_>>() {
                self.counted(message);
            }
        }
        for row in &mut self.device.outbox {
            row.outgoing = None;
            row.sealings = 0;
        }
    }
}
