//! From the outbox to the board: seal, commit, put, repeat until counted.

use bytes::Bytes;
use heliograph_conversation::Credentialed;
use heliograph_delivery::Outgoing;
use heliograph_store::Step;
use heliograph_wire::{Body, EraseHash, Keep, Label, LaneId, Op, Outcome, Put};

use super::Engine;
use super::core::Core;
use super::detail::{State, kind, purpose, state};
use super::errors::EngineError;
use super::flights::Flight;
use super::live::{Flying, Live};
use super::rule::Rule;
use super::rules::holds;
use super::standing;
use super::timers::RETRY_MS;
use crate::{Changed, ConversationId};

/// Outgoing cells put in one round.
const CELLS_A_ROUND: u32 = 256;
/// What was put so long ago must have been shown, or is put again.
const DOUBT_MS: i64 = 60_000;
/// Own labels found taken in one epoch before a commit leads out of it.
const TAKEN_MAX: u32 = 4;

impl Engine {
    /// The device is in step: everything that waits goes on.
    pub(super) fn go_on(&mut self) -> Result<(), EngineError> {
        if !self.core.feed.in_step() {
            return Ok(());
        }
        self.step(|core, tx| {
            core.put_waiting(tx)?;
            for id in tx.conversations_with_outbox()? {
                core.with_live(tx, id, |core, tx, live| core.pump(tx, live))?;
            }
            for row in tx.conversations()? {
                if State::of(&row)? == State::Open {
                    core.with_live(tx, row.id, |core, tx, live| core.drive_commit(tx, live))?;
                }
            }
            Ok(())
        })?;
        self.go_on_files()?;
        self.go_on_contacts()
    }
}

impl Core {
    /// Puts cells that the board does not hold yet, as far as this device knows.
    fn put_waiting(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        let waiting = tx.unstored_cells(CELLS_A_ROUND)?;
        if waiting.len() == CELLS_A_ROUND as usize {
            self.timers.retry = self.timers.retry.min(self.now + RETRY_MS);
        }
        // A hello is put by its contact, which knows whether its day has passed.
        for cell in waiting.iter().filter(|c| c.purpose != purpose::HELLO_HEAD) {
            self.put_cell(cell)?;
        }
        Ok(())
    }

    /// What the board said it stored a while ago, and its feed does not show, is put once more. An honest one says
    /// *Same*; one that lied, or lost it, has it now.
    pub(super) fn doubt(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        self.put_waiting(tx)?;
        for id in tx.conversations_under_way()? {
            self.with_live(tx, id, Self::doubt_one)?;
        }
        Ok(())
    }

    fn doubt_one(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        if live.state()? != State::Open {
            return Ok(());
        }
        let late = self.now - DOUBT_MS;
        for flying in live.flying.iter_mut().filter(|it| it.put_ms <= late) {
            flying.outgoing.doubt();
        }
        // Also one that was called taken: if something stood there, the feed would have shown it by now.
        let head = live.pending.as_ref().is_some_and(|it| it.slot.is_some());
        if head && live.head_put_ms <= late {
            live.head_put_ms = self.now;
            for cell in tx.cells_out(purpose::COMMIT_HEAD, live.row.id)? {
                self.put_cell(&cell)?;
            }
        }
        self.drive_when_in_step(tx, live)?;
        self.pump(tx, live)
    }

    /// Runs `change` on a conversation that has a group; does nothing for one that has none.
    pub(crate) fn with_live(
        &mut self,
        tx: &Step<'_>,
        id: i64,
        change: impl FnOnce(&mut Self, &Step<'_>, &mut Live) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let Some(mut live) = self.take_live(tx, id)? else {
            return Ok(());
        };
        change(self, tx, &mut live)?;
        self.hold(live);
        Ok(())
    }

    /// Puts the next cell of a conversation, if there is one and nothing holds it back. Whatever
    /// leaves was written down in this very step.
    pub(crate) fn pump(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        if !self.may_send(live)? {
            return Ok(());
        }
        let current = live.flying.iter().position(|f| !f.outgoing.all_stored());
        let at = match current {
            Some(at) => at,
            None => match self.seal_next(tx, live)? {
                Some(at) => at,
                None => return Ok(()),
            },
        };
        let Some(flying) = live.flying.get_mut(at) else {
            return Ok(());
        };
        let next = flying.outgoing.next_to_put(&mut live.sender, &mut self.rng);
        let Some((label, body)) = next else {
            return Ok(());
        };
        flying.put_ms = self.now;
        tx.set_outgoing(flying.seq, Some(&flying.outgoing.to_bytes()))?;
        if holds(Rule::LabelsKept) {
            live.save_sender(tx)?;
        }
        let put = Put {
            lane: LaneId(live.row.lane),
            label,
            keep: Keep::Fortnight,
            erase_hash: self.erase.hash(&label),
            token: Bytes::new(),
            body,
        };
        self.request(Flight::Message(live.row.id, label), Op::Put(put));
        Ok(())
    }

    /// Nothing leaves while a commit of one's own is being judged, before a joiner's first commit,
    /// or before a first contact is made.
    pub(super) fn may_send(&self, live: &Live) -> Result<bool, EngineError> {
        Ok(self.feed.in_step()
            && live.state()? == State::Open
            && live.pending.is_none()
            && !live.detail.gate)
    }

    /// Seals the next unsealed row in the present epoch; gives its place in the queue.
    fn seal_next(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<Option<usize>, EngineError> {
        if live.detail.wants_commit && self.is_wanting(tx, live)? {
            // Whoever is to be removed reads nothing of what is still to be sealed, however much that is.
            return Ok(None);
        }
        let Some(row) = self.next_to_seal(tx, live.row.id)? else {
            return Ok(None);
        };
        Self::seal_late(tx, live, (row.kind, &row.message, row.sealed_by))?;
        let who = Credentialed {
            device: &self.me.device,
            chain: &self.me.chain,
        };
        let mls = live
            .group
            .seal(&self.crypto, &tx.mls(), who, &row.content)
            .map_err(EngineError::bug)?;
        let outgoing = Outgoing::new(&mls)
            .ok_or_else(|| EngineError::bug("a message is too long for its cells"))?;
        live.flying.push_back(Flying {
            seq: row.seq,
            message: row.message,
            kind: row.kind,
            outgoing,
            put_ms: 0,
        });
        Ok(Some(live.flying.len() - 1))
    }

    /// The board answered the put of a fragment.
    pub(crate) fn fragment_answered(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (label, outcome): (Label, &Outcome),
    ) -> Result<(), EngineError> {
        let own = live.flying.iter_mut().find_map(|flying| {
            let known = match outcome {
                Outcome::Taken => flying.outgoing.taken(&label),
                _ => flying.outgoing.stored(&label),
            };
            known.then_some(flying)
        });
        let Some(flying) = own else {
            // Counted by the feed before the answer came, or sealed anew since.
            return self.pump(tx, live);
        };
        tx.set_outgoing(flying.seq, Some(&flying.outgoing.to_bytes()))?;
        let (message, stored) = (flying.message, flying.outgoing.all_stored());
        if matches!(outcome, Outcome::Taken) {
            self.label_taken(tx, live)?;
        } else if stored
            && (tx.set_message_state(live.row.id, &message, state::STORED)?
                || tx.settle_annotation(live.row.id, &message, (state::STORED, None))?)
        {
            self.changed(live);
        }
        self.pump(tx, live)
    }

    /// Foreign bytes at an own label: after a few in one epoch a commit leads out of it.
    pub(crate) fn label_taken(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        live.detail.taken += 1;
        if live.detail.taken >= TAKEN_MAX {
            live.detail.wants_commit = true;
        }
        live.save_row(tx)
    }

    /// Takes a message back to be sealed anew under the same id.
    pub(crate) fn seal_again(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        seq: i64,
    ) -> Result<(), EngineError> {
        let Some(at) = live.flying.iter().position(|flying| flying.seq == seq) else {
            return Ok(());
        };
        live.flying.remove(at);
        self.counters.resealed += 1;
        Ok(tx.set_outgoing(seq, None)?)
    }

    /// A message of one's own stands in the feed, whole: everyone agrees that it was said.
    pub(crate) fn counted(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (seq, order): (i64, heliograph_store::Order),
    ) -> Result<(), EngineError> {
        let Some(at) = live.flying.iter().position(|flying| flying.seq == seq) else {
            return Ok(());
        };
        let Some(flying) = live.flying.remove(at) else {
            return Ok(());
        };
        tx.remove_outbox(flying.seq)?;
        if flying.kind == kind::LEAVE {
            return self.left(tx, live, order);
        }
        if flying.kind == kind::TYPING {
            return Ok(());
        }
        if kind::MESSAGES.contains(&flying.kind) {
            tx.set_message_state(live.row.id, &flying.message, state::SENT)?;
            tx.set_order(live.row.id, &flying.message, order)?;
            self.start_timer(tx, live, &flying.message)?;
            self.counters.void_annotations += standing::settle(tx, live.row.id, &flying.message)?;
            for label in flying.outgoing.stored_labels() {
                tx.add_sent_cell(live.row.id, &flying.message, &label.0)?;
            }
            self.said(tx, live)?;
            self.await_acks(tx, live, &flying.message)?;
        } else {
            Self::annotation_counted(tx, live, (&flying.message, order))?;
        }
        self.changed(live);
        Ok(())
    }

    /// A hint that a conversation changed.
    pub(crate) fn changed(&mut self, live: &Live) {
        let id = ConversationId(live.row.public);
        self.out.changes.push(Changed::Conversation(id));
    }

    /// Puts an outgoing cell that was written down before.
    pub(crate) fn put_cell(&mut self, cell: &heliograph_store::CellOut) -> Result<(), EngineError> {
        let body = Body::new(Bytes::from(cell.body.clone())).map_err(EngineError::bug)?;
        let put = Put {
            lane: LaneId(cell.lane),
            label: Label(cell.label),
            keep: Keep::from_code(cell.keep.into()).map_err(EngineError::bug)?,
            erase_hash: EraseHash(cell.erase_hash),
            token: Bytes::new(),
            body,
        };
        if self.feed.in_step() {
            self.request(Flight::Cell(Label(cell.label)), Op::Put(put));
        }
        Ok(())
    }
}
