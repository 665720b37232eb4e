//! What a tick means: commits first, repeated into the new epoch; then messages, rescanning until no
//! expected label is left; then in order of leaf and number (`device/client/src/engine/settle.rs`).

use crate::board::Tick;
use crate::cells::{Body, DeviceId, Label, MessageId, Payload};
use crate::device::{Later, Step};
use crate::faults::Fault;
use crate::outgoing::Seen;

/// The bytes under a label in a tick.
pub(crate) fn find(tick: &Tick, label: &Label) -> Option<Body> {
    let at = tick.iter().find(|(l, _)| l == label)?;
    Some(at.1)
}

impl Step<'_> {
    pub(crate) fn settle(&mut self, tick: &Tick) {
        self.judge_slots(tick);
        for (leaf, n) in self.collect(tick) {
            let label = Label::Place {
                epoch: self.device.epoch,
                leaf,
                n,
            };
            let Some(body) = find(tick, &label) else {
                continue;
            };
            if leaf == self.device.id {
                self.own_cell(label, body);
            } else {
                self.their_cell(body);
            }
        }
        self.drive_commit();
        self.pump();
    }

    /// Takes every expected place that the tick fills, sliding the windows until none is left.
    fn collect(&mut self, tick: &Tick) -> Vec<(DeviceId, u8)> {
        let mut hits = Vec::new();
        loop {
            let before = hits.len();
            for (label, _) in tick {
                if let Label::Place { leaf, n, .. } = *label
                    && self.device.watches(label, self.rules.read_ahead)
                {
                    self.device.readers[usize::from(leaf)].take(n);
                    hits.push((leaf, n));
                }
            }
            if hits.len() == before {
                break;
            }
        }
        hits.sort_unstable();
        hits
    }

    /// A cell under a label of one's own: ours if the bytes equal what was put.
    fn own_cell(&mut self, label: Label, body: Body) {
        let whole = self.piece_of(body).is_some();
        let by_label = self.rules.has(Fault::CountedByLabel);
        let mut done = None;
        let mut foreign = false;
        for row in &mut self.device.outbox {
            let Some(outgoing) = &mut row.outgoing else {
                continue;
            };
            match outgoing.seen(&label, &body, by_label) {
                Seen::NotOurs => continue,
                Seen::Foreign => foreign = true,
                Seen::Counted => {}
            }
            if outgoing.is_complete() {
                done = Some(row.message);
            }
            break;
        }
        if foreign {
            self.label_taken();
        }
        match done {
            Some(message) if whole || by_label => self.counted(message),
            Some(message) => self.seal_again(message),
            None => {}
        }
    }

    /// A cell under a label of another member.
    fn their_cell(&mut self, body: Body) {
        if let Some(payload) = self.piece_of(body) {
            self.open_message(payload);
        }
    }

    /// Adds a cell to what waits of its leaf; gives the last piece of a message that it completes.
    fn piece_of(&mut self, body: Body) -> Option<Payload> {
        let Body::Fragment { payload, .. } = body else {
            return None;
        };
        let parts = self.rules.messages[usize::from(payload.message)].parts;
        let partial = &mut self.device.partial;
        let of = |p: &(MessageId, u8, u8)| (p.0, p.1) == (payload.message, payload.sealing);
        let at = partial.iter().position(of).unwrap_or_else(|| {
            partial.push((payload.message, payload.sealing, 0));
            partial.len() - 1
        });
        let waiting = partial.get_mut(at)?;
        waiting.2 |= 1 << payload.part;
        if waiting.2.count_ones() < u32::from(parts) {
            return None;
        }
        partial.remove(at);
        Some(payload)
    }

    /// An MLS message is whole. Its key is used up by opening it once.
    fn open_message(&mut self, payload: Payload) {
        let key = (payload.message, payload.sealing);
        if self.device.opened.contains(&key) {
            return;
        }
        self.device.opened.push(key);
        self.device.opened.sort_unstable();
        self.said_to_us(payload.message);
    }

    fn said_to_us(&mut self, message: MessageId) {
        if self.rules.has(Fault::LabelInAnotherStep) {
            match &mut self.device.later {
                Some(Later::Keep(messages)) => messages.push(message),
                later => *later = Some(Later::Keep(vec![message])),
            }
            return;
        }
        self.keep(message);
    }

    /// Keeps what somebody said, unless it is there already: the first that counts stands.
    pub(crate) fn keep(&mut self, message: MessageId) {
        if !self.device.shown.contains(&message) || self.rules.has(Fault::NoDedup) {
            self.device.shown.push(message);
        }
    }
}
