//! A conversation in memory: its MLS group, the keys of its epoch, and what is on its way out.

use std::collections::{BTreeMap, VecDeque};

use heliograph_conversation::{Conversation, Crypto, Member, Subject};
use heliograph_delivery::{Outgoing, ReaderChain, SenderChain, Slots};
use heliograph_store::{ConversationRow, Step, View};
use heliograph_wire::Label;

use super::core::Core;
use super::detail::{Detail, PendingCommit, State, purpose};
use super::errors::{EngineError, from_cbor, to_cbor};
use super::rule::Rule;
use super::rules::holds;

/// A sealed message whose fragments are being put or wait to be counted.
pub(crate) struct Flying {
    pub(crate) seq: i64,
    pub(crate) message: [u8; 16],
    pub(crate) kind: i64,
    pub(crate) outgoing: Outgoing,
    /// When a fragment was last put, Unix milliseconds; 0 if not since the start.
    pub(crate) put_ms: i64,
}

/// See the module's words.
pub(crate) struct Live {
    pub(crate) row: ConversationRow,
    pub(crate) detail: Detail,
    pub(crate) group: Conversation,
    pub(crate) members: Vec<Member>,
    pub(crate) own_leaf: u32,
    pub(crate) sender: SenderChain,
    pub(crate) readers: BTreeMap<u32, ReaderChain>,
    pub(crate) slots: Slots,
    pub(crate) pending: Option<PendingCommit>,
    /// Bodies of that commit which the feed has not shown yet.
    pub(crate) bodies: Vec<Label>,
    /// When its head was last put, Unix milliseconds; 0 if not since the start.
    pub(crate) head_put_ms: i64,
    pub(crate) flying: VecDeque<Flying>,
}

impl Live {
    /// Reads everything of a conversation that has a group and an epoch.
    fn load(
        crypto: &Crypto,
        tx: &Step<'_>,
        row: ConversationRow,
    ) -> Result<Option<Self>, EngineError> {
        let detail = Detail::of(&row)?;
        let Some((sender, slots)) = tx.epoch(row.id)? else {
            return Ok(None);
        };
        let Some(group) = Conversation::load(&tx.mls(), &row.group).map_err(EngineError::bug)?
        else {
            return Ok(None);
        };
        let broken = |_| EngineError::bug("a stored key chain cannot be read");
        let mut readers = BTreeMap::new();
        for (leaf, bytes) in tx.chains(row.id)? {
            readers.insert(leaf, ReaderChain::from_bytes(&bytes).map_err(broken)?);
        }
        let pending = tx.pending_commit(row.id)?;
        let mut live = Self {
            members: group.members(crypto).map_err(EngineError::bug)?,
            own_leaf: group.own_leaf(),
            sender: SenderChain::from_bytes(&sender).map_err(broken)?,
            slots: Slots::from_bytes(&slots).map_err(broken)?,
            pending: pending.map(|bytes| from_cbor(&bytes)).transpose()?,
            bodies: unseen_bodies(tx, row.id)?,
            head_put_ms: 0,
            flying: VecDeque::new(),
            readers,
            detail,
            group,
            row,
        };
        live.load_flying(tx)?;
        Ok(Some(live))
    }

    fn load_flying(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        for row in view.sealed_outbox(self.row.id)? {
            let Some(bytes) = row.outgoing else { continue };
            let outgoing = Outgoing::from_bytes(&bytes)
                .map_err(|_| EngineError::bug("a sealed message cannot be read"))?;
            self.flying.push_back(Flying {
                seq: row.seq,
                message: row.message,
                kind: row.kind,
                outgoing,
                put_ms: 0,
            });
        }
        Ok(())
    }

    /// Every label this conversation must be woken for.
    pub(crate) fn labels(&self) -> impl Iterator<Item = Label> {
        let frozen = self.row.state == State::Frozen.code();
        let awake = (!frozen).then_some(self);
        awake.into_iter().flat_map(|live| {
            let chains = live.readers.values();
            let expected = chains.flat_map(|chain| chain.watched().map(|(_, label)| label));
            let bodies = live.bodies.iter().copied();
            expected.chain(live.slots.watched()).chain(bodies)
        })
    }

    pub(crate) fn state(&self) -> Result<State, EngineError> {
        State::of(&self.row)
    }

    /// Writes the row with its detail.
    pub(crate) fn save_row(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        self.row.detail = self.detail.bytes()?;
        Ok(tx.update_conversation(&self.row)?)
    }

    pub(crate) fn save_pending(&self, tx: &Step<'_>) -> Result<(), EngineError> {
        match &self.pending {
            Some(_) if !holds(Rule::CommitKept) => {}
            Some(pending) => tx.set_pending_commit(self.row.id, &to_cbor(pending)?)?,
            None => tx.clear_pending_commit(self.row.id)?,
        }
        Ok(())
    }

    pub(crate) fn save_sender(&self, tx: &Step<'_>) -> Result<(), EngineError> {
        Ok(tx.set_sender(self.row.id, &self.sender.to_bytes())?)
    }

    pub(crate) fn save_slots(&self, tx: &Step<'_>) -> Result<(), EngineError> {
        Ok(tx.set_slots(self.row.id, &self.slots.to_bytes())?)
    }
}

impl Core {
    /// Enters the epoch that the group is in: exports its secret once, replaces every chain, and
    /// sends what had not counted on its way again.
    pub(crate) fn enter_epoch(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        tick: u64,
    ) -> Result<(), EngineError> {
        let secret = live
            .group
            .export_epoch(&self.crypto, &tx.mls())
            .map_err(EngineError::bug)?;
        live.members = live.group.members(&self.crypto).map_err(EngineError::bug)?;
        live.own_leaf = live.group.own_leaf();
        let leaves: Vec<u32> = live.members.iter().map(|member| member.leaf).collect();
        let keys = heliograph_delivery::enter(secret.bytes(), live.own_leaf, &leaves);
        tx.clear_epoch(live.row.id)?;
        tx.set_epoch(live.row.id, &keys.own.to_bytes(), &keys.slots.to_bytes())?;
        for (leaf, chain) in &keys.readers {
            tx.set_chain(live.row.id, *leaf, &chain.to_bytes())?;
        }
        live.sender = keys.own;
        live.slots = keys.slots;
        live.readers = keys.readers.into_iter().collect();
        self.unseal(tx, live)?;
        let subject = live.group.subject().map_err(EngineError::bug)?;
        let before = std::mem::replace(&mut live.detail.timer_s, subject.timer().seconds());
        let (picture, edits_s) = match &subject {
            Subject::Group(rules) => (rules.picture.bytes(), rules.edits.seconds()),
            Subject::Direct(_) => (&[][..], 0),
        };
        live.detail.edits_s = edits_s;
        if tx.group_picture(live.row.id)?.unwrap_or_default() != picture {
            tx.set_group_picture(live.row.id, picture)?;
        }
        live.detail.description = match &subject {
            Subject::Group(rules) => rules.description.as_str().to_owned(),
            Subject::Direct(_) => String::new(),
        };
        live.detail.taken = 0;
        live.detail.epoch_tick = tick;
        self.write_members(tx, live)?;
        live.save_row(tx)?;
        if live.detail.timer_s > 0 && live.detail.timer_s != before {
            self.time_draft(tx, live.row.id)?;
        }
        Ok(())
    }

    /// Takes up a group that this device has just entered or made.
    pub(crate) fn begin(
        &mut self,
        tx: &Step<'_>,
        row: ConversationRow,
        group: Conversation,
    ) -> Result<(), EngineError> {
        let detail = Detail::of(&row)?;
        let keys = heliograph_delivery::enter(&[0; 32], 0, &[]);
        let mut live = Live {
            members: Vec::new(),
            own_leaf: group.own_leaf(),
            sender: keys.own,
            readers: BTreeMap::new(),
            slots: keys.slots,
            pending: None,
            bodies: Vec::new(),
            head_put_ms: 0,
            flying: VecDeque::new(),
            row,
            detail,
            group,
        };
        // Of one's own making it begins here; entered by invitation, where that says.
        let tick = match live.detail.inviter {
            Some(_) => live.detail.epoch_tick,
            None => self.feed.chain.number(),
        };
        live.detail.heal_due_ms = self.next_healing();
        self.enter_epoch(tx, &mut live, tick)?;
        self.hold(live);
        self.recall_returns(tx)
    }

    /// What had not counted when the epoch ended will be sealed anew under the same message id.
    fn unseal(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        if !holds(Rule::SealAnew) {
            for flying in live.flying.drain(..) {
                tx.remove_outbox(flying.seq)?;
            }
        }
        tx.clear_outgoing(live.row.id)?;
        // Their cells are left to expire: who reads the feed late must find whole what it shows.
        self.counters.resealed += live.flying.drain(..).len() as u64;
        Ok(())
    }

    fn write_members(&self, tx: &Step<'_>, live: &Live) -> Result<(), EngineError> {
        let rows: Vec<_> = live
            .members
            .iter()
            .map(|member| heliograph_store::MemberRow {
                conversation: live.row.id,
                leaf: member.leaf,
                person: *member.identity.get().person.bytes(),
                device: *member.identity.get().device.bytes(),
                name: member.identity.get().name.to_string(),
                level: 1,
            })
            .collect();
        Ok(tx.replace_members(live.row.id, &rows)?)
    }

    /// Takes a conversation out of the cache, or reads it. Give it back with [`Core::hold`].
    pub(crate) fn take_live(
        &mut self,
        tx: &Step<'_>,
        id: i64,
    ) -> Result<Option<Live>, EngineError> {
        if let Some(live) = self.live.remove(&id) {
            return Ok(Some(live));
        }
        let Some(row) = tx.conversation(id)? else {
            return Ok(None);
        };
        Live::load(&self.crypto, tx, row)
    }

    /// Puts a conversation back and watches for what it now expects.
    pub(crate) fn hold(&mut self, live: Live) {
        let id = live.row.id;
        if !self.watches(id, live.labels()) {
            self.watch_conversation(id, live.labels().collect());
        }
        self.live.insert(id, live);
    }
}

/// Bodies of a commit of one's own that the feed has not shown yet.
fn unseen_bodies(view: &View<'_>, id: i64) -> Result<Vec<Label>, EngineError> {
    let cells = view.cells_out(purpose::COMMIT_BODY, id)?;
    let unseen = cells.iter().filter(|cell| !cell.stored);
    Ok(unseen.map(|cell| Label(cell.label)).collect())
}

/// The labels a conversation waits for, from the database alone.
pub(crate) fn stored_labels(view: &View<'_>, id: i64) -> Result<Vec<Label>, EngineError> {
    let broken = |_| EngineError::bug("a stored key chain cannot be read");
    let Some((_, slots)) = view.epoch(id)? else {
        return Ok(Vec::new());
    };
    let slots = Slots::from_bytes(&slots).map_err(broken)?;
    let mut labels: Vec<Label> = Vec::new();
    for (_, bytes) in view.chains(id)? {
        let chain = ReaderChain::from_bytes(&bytes).map_err(broken)?;
        labels.extend(chain.watched().map(|(_, label)| label));
    }
    labels.extend(slots.watched());
    labels.extend(unseen_bodies(view, id)?);
    Ok(labels)
}
