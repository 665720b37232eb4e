//! Bringing somebody into a group: a key package from their card, the group's next commit, and then
//! a knock like any other.

use std::collections::BTreeSet;

use heliograph_conversation::{Adding, Change, check_key_package};
use heliograph_delivery::{Card, Invitation};
use heliograph_store::{ContactRow, ConversationRow, Step};

use super::{Bringing, Detailed, Knocking, Stage, bad_card, read_bundle};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::detail::{PendingCommit, purpose};
use crate::engine::errors::{EngineError, from_cbor, to_cbor};
use crate::engine::live::Live;
use crate::engine::wishes::rules;
use crate::{ConversationId, Refusal};

/// People added by one commit; more follow in the next.
pub(in crate::engine) const ADDS_MAX: usize = 128;

impl Engine {
    /// Starts to bring the owner of a card into a group.
    ///
    /// # Errors
    /// A card that cannot be used, or a conversation that is no open group.
    pub fn bring(&mut self, now_ms: i64, id: ConversationId, link: &str) -> Result<(), Refusal> {
        let card = Card::decode(link).map_err(bad_card)?;
        self.command(now_ms, |core, tx| {
            let row = Core::open_group(tx, id)?;
            core.bring_owner(tx, (&row, &card))
        })
    }
}

/// Somebody whose key package is here: their card, it, and whether they are only to be put back.
fn brought(row: &ContactRow) -> Result<Option<(Card, Bringing, bool)>, EngineError> {
    let detail: Detailed = from_cbor(&row.detail)?;
    let Stage::Bringing(bringing) = detail.stage else {
        return Ok(None);
    };
    let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
    Ok(Some((card, *bringing, detail.back)))
}

impl Core {
    /// Starts to bring the owner of a card into an open group.
    pub(in crate::engine) fn bring_owner(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ConversationRow, &Card),
    ) -> Result<(), EngineError> {
        self.check_owner(card)?;
        self.check_adding(tx, row)?;
        Self::check_not_in(tx, row, &card.person)?;
        self.begin_bringing(tx, (row, card), false)?;
        Ok(())
    }

    /// Somebody who is in a group is not brought into it.
    pub(super) fn check_not_in(
        tx: &Step<'_>,
        row: &ConversationRow,
        person: &[u8; 32],
    ) -> Result<(), EngineError> {
        let there = tx.members(row.id)?;
        if there.iter().any(|member| member.person == *person) {
            return Err(Refusal::unchanged(
                "already-member",
                "This person is in the group already.",
                "If they cannot follow it, remove them and add them again.",
            )
            .into());
        }
        Ok(())
    }

    /// Gives up putting somebody back by other cards than the newest, unless a commit or an invitation is on its way already.
    pub(in crate::engine) fn forget_others(
        tx: &Step<'_>,
        (conversation, person, newest): (i64, &[u8; 32], i64),
    ) -> Result<(), EngineError> {
        let pending = tx.pending_commit(conversation)?;
        let pending: Option<PendingCommit> = pending.map(|bytes| from_cbor(&bytes)).transpose()?;
        let bound = pending.map_or_else(Vec::new, |pending| pending.bringing);
        for row in tx.contacts_of(conversation)? {
            let detail: Detailed = from_cbor(&row.detail)?;
            let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
            let under_way = matches!(detail.stage, Stage::Hello(_)) || bound.contains(&row.id);
            if detail.back && card.person == *person && row.id != newest && !under_way {
                tx.remove_contact(row.id)?;
            }
        }
        Ok(())
    }

    /// How many are being put back into a conversation.
    pub(in crate::engine) fn returning(
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<usize, EngineError> {
        let mut count = 0;
        for row in tx.contacts_of(conversation)? {
            let detail: Detailed = from_cbor(&row.detail)?;
            count += usize::from(detail.back);
        }
        Ok(count)
    }

    /// Starts to add the owner of a card, or to put them back if that is what they ask for.
    pub(in crate::engine) fn begin_bringing(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ConversationRow, &Card),
        back: bool,
    ) -> Result<i64, EngineError> {
        let detail = Detailed::new(card, Stage::Bundle(0, 0, 0), back);
        let contact = tx.insert_contact(&ContactRow {
            id: 0,
            conversation: row.id,
            detail: to_cbor(&detail)?,
        })?;
        if self.feed.in_step() {
            self.contact_go_on(tx, contact)?;
        }
        Ok(contact)
    }

    /// A key package of theirs is ours alone: the next commit adds it.
    pub(super) fn bring(
        &mut self,
        tx: &Step<'_>,
        (row, card): (&ContactRow, &Card),
        (bundle, package): (&[u8], &[u8]),
    ) -> Result<(), EngineError> {
        let (bundle, _, _) = read_bundle(bundle)?;
        let bringing = Bringing {
            package: package.to_vec(),
            erase: bundle.hello_erase,
        };
        self.save_stage(tx, (row, card), Stage::Bringing(Box::new(bringing)))?;
        self.with_live(tx, row.conversation, |core, tx, live| {
            live.detail.wants_commit = true;
            live.save_row(tx)?;
            core.drive_commit(tx, live)
        })
    }

    /// What the next commit is to change, and the first contacts that it completes.
    pub(in crate::engine) fn wanted(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        most: usize,
    ) -> Result<(Change, Vec<i64>), EngineError> {
        let mut change = Change::default();
        let mut bringing = Vec::new();
        let rules = rules(live)?;
        let admin = rules.as_ref().is_none_or(|rules| self.is_admin(rules));
        let may_add = admin || rules.as_ref().is_some_and(|r| r.adding == Adding::Members);
        let mut people = BTreeSet::new();
        for member in &live.members {
            let identity = member.identity.get();
            let person = identity.person.bytes();
            let goes = live.detail.removes.contains(person) || live.detail.leavers.contains(person);
            let unwanted = admin && goes;
            if unwanted && member.leaf != live.own_leaf {
                change.removes.push(member.leaf);
            } else {
                people.insert(identity.person);
            }
        }
        for row in tx.contacts_of(live.row.id)? {
            if bringing.len() == most {
                break;
            }
            let Some((_, ready, only_back)) = brought(&row)? else {
                continue;
            };
            let back = live.group.brings_back(&self.crypto, &ready.package);
            let back = back.ok().flatten();
            if back.is_none() && only_back {
                // Back already, or out meanwhile: whoever is not in is not brought back.
                tx.remove_contact(row.id)?;
                continue;
            }
            if back.is_none() && !may_add {
                self.fail(tx, &row, "only-admins-add")?;
                continue;
            }
            let Ok(owner) = check_key_package(&self.crypto, &ready.package, self.now) else {
                self.fail(tx, &row, "card-void")?;
                continue;
            };
            let there = people.contains(&owner.get().person);
            let again = back.is_some_and(|leaf| change.removes.contains(&leaf));
            if (there && back.is_none()) || again {
                // Somebody else was faster, or they are on their way out.
                tx.remove_contact(row.id)?;
                continue;
            }
            change.removes.extend(back);
            people.insert(owner.get().person);
            bringing.push(row.id);
            change.adds.push(ready.package);
        }
        if admin {
            let subject = live.group.subject().map_err(EngineError::bug)?;
            let next = live.detail.wishes.wished(&subject, &people);
            change.subject = (next != subject).then_some(next);
        }
        Ok((change, bringing))
    }

    /// Whether somebody still waits to be added or removed, or other rules wait.
    pub(in crate::engine) fn is_wanting(
        &self,
        tx: &Step<'_>,
        live: &Live,
    ) -> Result<bool, EngineError> {
        for row in tx.contacts_of(live.row.id)? {
            if brought(&row)?.is_some() {
                return Ok(true);
            }
        }
        let leavers = !live.detail.leavers.is_empty()
            && rules(live)?.is_some_and(|rules| self.is_admin(&rules));
        Ok(leavers || !live.detail.removes.is_empty() || !live.detail.wishes.is_empty())
    }

    /// These additions are refused: they are given up, and told.
    pub(in crate::engine) fn give_up(
        &mut self,
        tx: &Step<'_>,
        (contacts, why): (&[i64], &str),
    ) -> Result<(), EngineError> {
        for id in contacts {
            if let Some(row) = tx.contact(*id)? {
                self.fail(tx, &row, why)?;
            }
        }
        Ok(())
    }

    /// A commit of one's own stands in the feed: those it added are told where to begin.
    pub(in crate::engine) fn invite(
        &mut self,
        tx: &Step<'_>,
        (commit, tick): (&PendingCommit, u64),
    ) -> Result<(), EngineError> {
        let Some(welcome) = &commit.welcome else {
            return Ok(());
        };
        let invitation = Invitation {
            tick,
            hour: self.feed.hour,
            welcome,
        };
        let mut sealed: Option<(i64, Vec<u8>)> = None;
        for id in &commit.bringing {
            let Some(row) = tx.contact(*id)? else {
                continue;
            };
            let Some((card, ready, _)) = brought(&row)? else {
                continue;
            };
            // One Welcome is for all of them: only who knocks for whom is apart.
            let (bodies, head) = match &sealed {
                Some((owner, head)) => (*owner, head.clone()),
                None => (row.id, self.seal_bodies(tx, row.id, &invitation.encode())?),
            };
            let knocking = Knocking::new(head.clone(), Some(bodies), ready.erase);
            sealed = Some((bodies, head));
            self.save_stage(tx, (&row, &card), Stage::Hello(knocking))?;
        }
        Ok(())
    }

    /// Nobody can be brought into a conversation that this device cannot follow any more; whoever
    /// is in already is still told.
    pub(in crate::engine) fn bring_nobody(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
    ) -> Result<(), EngineError> {
        for row in tx.contacts_of(live.row.id)? {
            let detail: Detailed = from_cbor(&row.detail)?;
            let told = matches!(detail.stage, Stage::Hello(_));
            if (live.detail.group || detail.back) && !told {
                self.fail(tx, &row, "conversation-frozen")?;
            }
        }
        Ok(())
    }

    /// Who was to be met or added is not any more: what the board held of it may be gone.
    pub(in crate::engine) fn give_up_contacts(
        &mut self,
        tx: &Step<'_>,
        why: &str,
    ) -> Result<(), EngineError> {
        for row in tx.contacts()? {
            tx.remove_cells_out(purpose::HELLO_BODY, row.id)?;
            tx.remove_cells_out(purpose::HELLO_HEAD, row.id)?;
            self.fail(tx, &row, why)?;
        }
        Ok(())
    }
}
