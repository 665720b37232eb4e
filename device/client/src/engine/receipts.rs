//! What was said to us; receipts, which are late and together on purpose; and erasing what
//! everybody has.

use heliograph_conversation::Opened;
use heliograph_conversation::content::{Content, Kind, RECEIPT_MAX};
use heliograph_delivery::Compared;
use heliograph_store::{ErasureRow, Fate, MessageRow, Order, OutboxRow, ReceiptRow, Step};
use heliograph_trust::{DeviceId, Identity, PersonId};
use heliograph_wire::{ClaimId, Erase, EraseKey, Label, LaneId, Op, SignedTick};

use super::annotate;
use super::compose;
use super::core::Core;
use super::detail::{State, ack, kind, state};
use super::errors::EngineError;
use super::flights::Flight;
use super::live::Live;
use super::standing;

/// Mean delay of a receipt.
const RECEIPT_MEAN_MS: f64 = 20_000.0;
/// Mean delay of an erasure: long enough not to point at the receipt before it.
const ERASE_MEAN_MS: f64 = 6.0 * 3_600_000.0;
/// Messages of a stranger that are kept before the request is answered.
const REQUEST_MESSAGES: u64 = 200;
/// Members above which no receipts are sent unasked.
const RECEIPT_MEMBERS: usize = 50;
/// Level of a device that can read a message and has not acknowledged it.
const AWAITED: i64 = 0;

impl Core {
    /// Something was said by another member, and counts.
    pub(crate) fn said_to_us(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (opened, order): (&Opened, Order),
    ) -> Result<(), EngineError> {
        let Ok(content) = Content::decode(&opened.content) else {
            let detail = [live.row.public.as_slice(), &order.tick.to_be_bytes()].concat();
            return self.alarm(tx, "unreadable-message", &detail);
        };
        self.compare_histories(tx, live, content.tick.as_deref())?;
        let sender = opened.identity.get();
        let silenced = Self::is_silenced(tx, live, &sender.person)?;
        if annotate::about(&content.kind).is_some() {
            if silenced {
                return Ok(());
            }
            return self.annotated(tx, live, (sender, &content, order));
        }
        if self.said_by_device(tx, live, (sender, &content, order), silenced)? {
            return Ok(());
        }
        let (code, text, in_reply_to) = compose::kept_as(content.kind);
        if live.state()? == State::Request && tx.unread(live.row.id)? >= REQUEST_MESSAGES {
            return self.alarm(tx, "request-overfull", &live.row.public);
        }
        let row = MessageRow {
            conversation: live.row.id,
            id: sender.device.message_id(&content.id),
            device: *sender.device.bytes(),
            person: *sender.person.bytes(),
            mine: false,
            at_ms: content.at,
            received_ms: self.now,
            kind: code,
            text,
            content: opened.content.clone(),
            state: state::RECEIVED,
            order: Some(order),
            read: false,
            in_reply_to,
            fate: Fate::default(),
            life: self.life_of(tx, live)?,
        };
        let (id, device) = (row.id, row.device);
        if !self.keep(tx, row)? {
            // Sealed anew by its sender, and shown before: the first that counts stands.
            return Ok(());
        }
        if silenced {
            return Ok(tx.erase_message(live.row.id, &id, false)?);
        }
        // What came about it before it came itself.
        self.counters.void_annotations += standing::settle(tx, live.row.id, &id)?;
        self.bring_back(tx, live.row.id)?;
        self.heard(tx, live)?;
        if live.state()? == State::Open {
            self.owe_receipt(tx, live, (&id, &device, ack::DELIVERED))?;
        }
        self.changed(live);
        Ok(())
    }

    /// What a device says to devices, with no place among messages; false if it is something else.
    fn said_by_device(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (sender, content, order): (&Identity, &Content, Order),
        silenced: bool,
    ) -> Result<bool, EngineError> {
        match &content.kind {
            Kind::Typing => self.is_writing(live, (&sender.person, silenced))?,
            Kind::Leave => self.leaves(tx, live, (&sender.person, order))?,
            Kind::Receipt { delivered, read } => {
                let device = *sender.device.bytes();
                self.acknowledged(tx, live, (&device, ack::DELIVERED, delivered))?;
                self.acknowledged(tx, live, (&device, ack::READ, read))?;
            }
            Kind::CardWanted | Kind::CardGiven { .. } if silenced => {}
            Kind::CardWanted => {
                self.card_wanted(tx, live, sender.device.message_id(&content.id))?;
            }
            Kind::CardGiven { in_reply_to, card } => {
                self.card_given(tx, (sender, in_reply_to, card))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Compares the tick that a member names with one's own record: a board that shows two
    /// histories is found out by the first message that crosses.
    fn compare_histories(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        named: Option<&[u8]>,
    ) -> Result<(), EngineError> {
        let Some(named) = named.and_then(|bytes| SignedTick::decode(bytes).ok()) else {
            return Ok(());
        };
        let known = self.known_tick(tx, named.head.number)?;
        match self.feed.chain.compare(&named, known) {
            Compared::Same | Compared::Unknown => Ok(()),
            Compared::Unsigned => self.alarm(tx, "peer-names-false-tick", &live.row.public),
            Compared::Fork => self.alarm(tx, "board-two-histories", &named.encode()),
        }
    }

    /// Plans a receipt.
    pub(crate) fn owe_receipt(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (message, device, level): (&[u8; 16], &[u8; 32], i64),
    ) -> Result<(), EngineError> {
        if live.members.len() > RECEIPT_MEMBERS {
            return Ok(());
        }
        let delay = if self.prompt_receipts {
            0
        } else {
            self.exponential_ms(RECEIPT_MEAN_MS)
        };
        let due_ms = self.now + delay;
        tx.add_receipt(&ReceiptRow {
            conversation: live.row.id,
            message: *message,
            device: *device,
            kind: level,
            due_ms,
        })?;
        self.timers.receipts = self.timers.receipts.min(due_ms);
        Ok(())
    }

    /// Receipts whose time has come go out together, one message a conversation.
    pub(crate) fn send_receipts(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        let due = tx.receipts_due(self.now, u32::try_from(RECEIPT_MAX).unwrap_or(u32::MAX))?;
        for group in due.chunk_by(|a, b| a.conversation == b.conversation) {
            let Some(first) = group.first() else { continue };
            let ids = |level: i64| -> Vec<[u8; 16]> {
                let of = group.iter().filter(|r| r.kind == level);
                of.map(|r| r.message).collect()
            };
            let receipt = Kind::Receipt {
                delivered: ids(ack::DELIVERED),
                read: ids(ack::READ),
            };
            for row in group {
                tx.remove_receipt(row)?;
            }
            self.with_live(tx, first.conversation, |core, tx, live| {
                if live.state()? != State::Open {
                    return Ok(());
                }
                core.enqueue(tx, live.row.id, (kind::RECEIPT, receipt, None))?;
                core.pump(tx, live)
            })?;
        }
        self.recall_timers(tx)
    }

    /// Writes content down for sending; gives its id.
    pub(crate) fn enqueue(
        &mut self,
        tx: &Step<'_>,
        conversation: i64,
        (code, said, sealed_by): (i64, Kind, Option<i64>),
    ) -> Result<[u8; 16], EngineError> {
        let content = Content {
            id: self.random(),
            at: self.now,
            tick: self.feed.chain.head().map(|tick| tick.encode().to_vec()),
            kind: said,
        };
        let bytes = content.encode().map_err(EngineError::bug)?;
        let message = self.me.identity.get().device.message_id(&content.id);
        tx.push_outbox(&OutboxRow {
            seq: 0,
            conversation,
            message,
            kind: code,
            content: bytes,
            outgoing: None,
            sealed_by,
        })?;
        Ok(message)
    }

    /// A device acknowledged messages.
    fn acknowledged(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (device, level, ids): (&[u8; 32], i64, &[[u8; 16]]),
    ) -> Result<(), EngineError> {
        let own = *self.me.identity.get().device.bytes();
        for id in ids {
            // Of one that has disappeared here the cells still wait to be erased.
            let mine = tx.message(live.row.id, id)?.is_some_and(|row| row.mine);
            if !mine && tx.sent_cells(live.row.id, id)?.is_empty() {
                continue;
            }
            let acks = tx.acks(live.row.id, id)?;
            let stands = |device: &[u8; 32]| acks.iter().any(|(known, _)| known == device);
            // Whoever came later, or was out since, is not waited for, and has no say.
            if stands(&own) && !stands(device) {
                continue;
            }
            tx.set_ack(live.row.id, id, device, level)?;
            self.settle_message(tx, live, id)?;
        }
        Ok(())
    }

    /// A message of one's own counts: whoever is in its epoch can read it, and is waited for. This device's own row says
    /// that it is known who they are.
    pub(crate) fn await_acks(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        id: &[u8; 16],
    ) -> Result<(), EngineError> {
        if live.members.len() <= RECEIPT_MEMBERS {
            let own = self.me.identity.get().device;
            for member in &live.members {
                let device = member.identity.get().device;
                let level = if device == own { ack::READ } else { AWAITED };
                tx.set_ack(live.row.id, id, device.bytes(), level)?;
            }
        }
        self.settle_message(tx, live, id)
    }

    /// Nobody waits any more for these devices: they are out, or (`back`) were put back and can read no more what was said
    /// before. What only they left open settles.
    pub(super) fn await_no_more(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        (devices, back): (&[[u8; 32]], bool),
    ) -> Result<(), EngineError> {
        for device in devices {
            let open = tx.open_acks(live.row.id, device)?;
            tx.forget_awaited(live.row.id, device)?;
            for (id, level) in open {
                if level == AWAITED && !back {
                    // One that is behind still reads up to where it was removed, and must find what was said until then:
                    // these cells expire.
                    tx.forget_sent_cells(live.row.id, &id)?;
                }
                self.settle_message(tx, live, &id)?;
            }
        }
        Ok(())
    }

    /// Devices of these people were taken out and put back by one commit.
    pub(super) fn came_back(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        people: &[PersonId],
    ) -> Result<(), EngineError> {
        for person in people {
            let members = live.members.iter().map(|member| member.identity.get());
            let mut theirs = members.filter(|identity| identity.person == *person);
            // Of several devices nobody says here which it was: all are waited for then.
            if let (Some(only), None) = (theirs.next(), theirs.next()) {
                let device = *only.device.bytes();
                self.await_no_more(tx, live, (&[device], true))?;
            }
        }
        Ok(())
    }

    /// What the acknowledgements of a message amount to by now: of those who were in its epoch, and are in still.
    fn settle_message(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        id: &[u8; 16],
    ) -> Result<(), EngineError> {
        let acks = tx.acks(live.row.id, id)?;
        let own = self.me.identity.get().device;
        let of = |device: &DeviceId| {
            let found = acks.iter().find(|(known, _)| known == device.bytes());
            found.map(|(_, level)| *level)
        };
        // Of one that counted among too many, or by an earlier release, it is not known who is waited for: all are.
        let known = of(&own).is_some();
        let lowest = live
            .members
            .iter()
            .map(|member| member.identity.get().device)
            .filter(|device| *device != own)
            .filter_map(|device| of(&device).or((!known).then_some(AWAITED)))
            .min()
            .unwrap_or(AWAITED);
        if lowest < ack::DELIVERED {
            return Ok(());
        }
        let to = if lowest >= ack::READ {
            state::READ
        } else {
            state::DELIVERED
        };
        if tx.set_message_state(live.row.id, id, to)? {
            self.changed(live);
        }
        for label in tx.sent_cells(live.row.id, id)? {
            self.erase_later(tx, &Label(label))?;
        }
        Ok(tx.forget_sent_cells(live.row.id, id)?)
    }

    /// Plans the erasure of a cell of one's own, singly and much later.
    pub(crate) fn erase_later(&mut self, tx: &Step<'_>, label: &Label) -> Result<(), EngineError> {
        let due_ms = self.now + self.exponential_ms(ERASE_MEAN_MS);
        let claim = self.claim();
        tx.put_erasure(&ErasureRow {
            label: label.0,
            lane: self.lane.0,
            key: *self.erase.key(label).bytes(),
            claim: claim.0,
            due_ms,
        })?;
        self.timers.erasures = self.timers.erasures.min(due_ms);
        Ok(())
    }

    /// Erases what is due. A lost answer is asked for again: the claim id makes that harmless.
    pub(crate) fn erase_due(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        for row in tx.erasures_due(self.now, 16)? {
            let label = Label(row.label);
            self.request(
                Flight::Erasure(label),
                Op::Erase(Erase {
                    lane: LaneId(row.lane),
                    label,
                    key: EraseKey::new(row.key),
                    claim: ClaimId(row.claim),
                    token: bytes::Bytes::new(),
                }),
            );
        }
        self.recall_timers(tx)?;
        self.timers.erasures = self.timers.erasures.max(self.now + 5_000);
        Ok(())
    }
}
