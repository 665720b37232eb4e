//! From the outbox to the board: seal, commit, put, repeat until counted
//! (`device/client/src/engine/send.rs`, `receipts.rs`).

use crate::board::Outcome;
use crate::cells::{Body, Label, MessageId, Put};
use crate::device::{Row, Step};
use crate::faults::Fault;
use crate::outgoing::{Outgoing, Placed, Step as Far};

impl Step<'_> {
    /// Writes the next message down for sending.
    pub fn enqueue(&mut self) {
        let own = self.rules.own(self.device.id);
        let Some(message) = own.get(usize::from(self.device.enqueued)) else {
            return;
        };
        self.device.enqueued += 1;
        self.device.outbox.push(Row {
            message: *message,
            sealings: 0,
            outgoing: None,
        });
        self.pump();
    }

    /// The device is in step: everything that waits goes on.
    pub(crate) fn go_on(&mut self) {
        if let Some((label, body)) = self.unstored_cell() {
            self.request(label, body);
        }
        self.pump();
        self.drive_commit();
    }

    fn may_send(&self) -> bool {
        self.device.in_step() && self.device.pending.is_none()
    }

    /// Puts the next cell, if there is one and nothing holds it back.
    pub(crate) fn pump(&mut self) {
        if !self.may_send() {
            return;
        }
        if self.rules.has(Fault::DrawAhead) {
            return self.pump_ahead();
        }
        let is_flying = |row: &Row| row.outgoing.as_ref().is_some_and(|o| !o.all_stored());
        let current = self.device.outbox.iter().position(is_flying);
        let Some(at) = current.or_else(|| self.seal_next()) else {
            return;
        };
        if let Some((label, body)) = self.next_to_put(at) {
            self.request(label, body);
        }
    }

    /// Seals the oldest unsealed row in the present epoch; gives its place in the outbox.
    fn seal_next(&mut self) -> Option<usize> {
        let rows = &mut self.device.outbox;
        let at = rows.iter().position(|row| row.outgoing.is_none())?;
        let row = rows.get_mut(at)?;
        let parts = self.rules.messages[usize::from(row.message)].parts;
        row.outgoing = Some(Outgoing::new(row.message, row.sealings, parts));
        row.sealings += 1;
        Some(at)
    }

    /// The cell to put now: the first fragment not stored, sealed if it was not yet.
    fn next_to_put(&mut self, at: usize) -> Option<(Label, Body)> {
        let outgoing = self.device.outbox.get(at)?.outgoing.as_ref()?;
        let waits = |p: &Option<Placed>| p.is_none_or(|p| p.step == Far::Sealed);
        let part = outgoing.fragments.iter().position(|f| waits(&f.placed))?;
        self.place(at, part)
    }

    /// A fragment's cell, at the next place of the chain if it has none.
    fn place(&mut self, at: usize, part: usize) -> Option<(Label, Body)> {
        let next = self.device.place(self.device.drawn);
        let outgoing = self.device.outbox.get_mut(at)?.outgoing.as_mut()?;
        let fragment = outgoing.fragments.get_mut(part)?;
        let (label, known) = match fragment.placed {
            Some(_) if self.rules.has(Fault::NoRetry) => return None,
            Some(p) if !self.rules.has(Fault::FreshSealOnRetry) => return Some((p.label, p.body)),
            Some(p) => (p.label, true),
            None => (next, false),
        };
        let mine = |put: &&Put| put.by == self.device.id && put.label == label;
        let nonce = u8::try_from(self.sent.iter().filter(mine).count()).unwrap_or(u8::MAX);
        let body = Body::Fragment {
            payload: fragment.payload,
            nonce,
        };
        fragment.placed = Some(Placed {
            label,
            body,
            step: Far::Sealed,
        });
        if !known {
            self.device.drawn += 1;
            if !self.rules.has(Fault::ChainInAnotherStep) {
                self.device.sender = self.device.drawn;
            }
        }
        Some((label, body))
    }

    /// The planted fault: everything that waits gets its places and leaves at once.
    fn pump_ahead(&mut self) {
        while self.seal_next().is_some() {}
        for at in 0..self.device.outbox.len() {
            let fragments = self.device.outbox[at].outgoing.clone();
            for (part, fragment) in fragments.iter().flat_map(|o| &o.fragments).enumerate() {
                if fragment.placed.is_none_or(|p| p.step == Far::Sealed)
                    && let Some((label, body)) = self.place(at, part)
                {
                    self.request(label, body);
                }
            }
        }
    }

    /// The board answered a put: of a fragment or of a commit's head.
    pub fn answered(&mut self, label: Label, outcome: Outcome) {
        let Ok(at) = self.device.flights.binary_search(&label) else {
            // An answer to nothing asked on this connection.
            return;
        };
        self.device.flights.remove(at);
        match label {
            Label::Place { .. } => self.fragment_answered(label, outcome),
            Label::Slot { .. } => self.cell_answered(label, outcome),
        }
    }

    fn fragment_answered(&mut self, label: Label, outcome: Outcome) {
        let mut own = None;
        for row in &mut self.device.outbox {
            let Some(outgoing) = &mut row.outgoing else {
                continue;
            };
            let known = match outcome {
                Outcome::Taken => outgoing.taken(&label),
                Outcome::Stored | Outcome::Same => outgoing.stored(&label),
            };
            if known {
                own = Some((row.message, outgoing.all_stored()));
                break;
            }
        }
        match own {
            Some(_) if outcome == Outcome::Taken => self.label_taken(),
            Some((message, true)) if self.rules.has(Fault::SentAtStored) => {
                self.device.sent |= 1 << message;
            }
            _ => {}
        }
        self.pump();
    }

    /// Foreign bytes at an own label: after a few in one epoch a commit leads out of it.
    pub(crate) fn label_taken(&mut self) {
        self.device.taken += 1;
        if self.device.taken >= self.rules.taken_max {
            self.device.wants_commit = true;
        }
    }

    /// Takes a message back to be sealed anew under the same id.
    pub(crate) fn seal_again(&mut self, message: MessageId) {
        if let Some(row) = self.row(message) {
            row.outgoing = None;
        }
    }

    /// A message of one's own stands in the feed, whole: everyone agrees that it was said.
    pub(crate) fn counted(&mut self, message: MessageId) {
        self.device.outbox.retain(|row| row.message != message);
        self.device.sent |= 1 << message;
        self.device.shown.push(message);
    }

    fn row(&mut self, message: MessageId) -> Option<&mut Row> {
        let rows = &mut self.device.outbox;
        rows.iter_mut().find(|row| row.message == message)
    }

    /// The planted fault's second transaction for the sender's chain.
    pub fn save_sender(&mut self) {
        self.device.sender = self.device.drawn;
    }
}
