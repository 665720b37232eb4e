//! Coming back: a device that cannot follow a conversation any more asks others in it to put it back, and they do
//! (docs/protocol/delivery.md, Coming back).

use std::collections::BTreeSet;

use heliograph_conversation::{Joining, Subject};
use heliograph_delivery::{Ask, Card, Place, RESCUE_SLOTS, Rescue, open, seal};
use heliograph_store::{CellOut, ConversationRow, MemberRow, Step, View};
use heliograph_trust::{identify_chain, verify_signature};
use heliograph_wire::{Class, Keep};
use rand_core::Rng;

use super::bodies::Sought;
use super::cards::{CardDetail, CardFor};
use super::core::{Core, Watched};
use super::detail::{Detail, State, purpose};
use super::errors::{EngineError, from_cbor};
use super::tick_view::TickView;

/// Domain of the signature of whoever asks.
const CONTEXT: &[u8] = b"heliograph homecoming v1";
/// Devices that are asked on one day.
pub(crate) const HELPERS: u8 = 3;
/// Times on one day that an ask goes to another place because its own was taken: every place of each helper once.
const MOVES_MAX: u8 = 45;
/// Contacts under way of a conversation beyond which nobody else is helped.
const UNDER_WAY_MAX: usize = 64;
const HOURS_A_DAY: u32 = 24;

/// Conversations and days whose places are watched.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct ReturnsWatched {
    conversations: Vec<i64>,
    days: Option<(u32, u32)>,
}

fn place(group: &[u8; 32], helper: &[u8; 32], at: (u32, u32)) -> Place {
    Rescue::new(group).place(helper, at)
}

/// The card on which this device is to come back into a conversation.
fn return_card(tx: &Step<'_>, public: &[u8; 16]) -> Result<Option<String>, EngineError> {
    for row in tx.cards()? {
        let detail = from_cbor::<CardDetail>(&row.detail)?;
        if !row.revoked && detail.made_for == CardFor::Return(*public) {
            return Ok(Some(detail.link));
        }
    }
    Ok(None)
}

/// Which helper was asked at a label, and at which of their places.
fn asked_at(
    members: &[MemberRow],
    (group, day): (&[u8; 32], u32),
    label: &[u8; 32],
) -> Option<([u8; 32], u32)> {
    members.iter().find_map(|member| {
        let mut slots = 0..RESCUE_SLOTS;
        let slot =
            slots.find(|slot| place(group, &member.device, (day, *slot)).label.0 == *label)?;
        Some((member.device, slot))
    })
}

impl Core {
    /// Watches where others may ask this device, in every conversation that goes on.
    pub(crate) fn recall_returns(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        let (first, last) = self.days_watched().into_inner();
        let mut open = Vec::new();
        for row in view.conversations()? {
            if State::of(&row)? == State::Open {
                open.push(row);
            }
        }
        let wanted = ReturnsWatched {
            conversations: open.iter().map(|row| row.id).collect(),
            days: Some((first, last)),
        };
        if self.returns == wanted {
            return Ok(());
        }
        self.watch
            .retain(|watched| !matches!(watched, Watched::Return { .. }));
        let me = *self.me.identity.get().device.bytes();
        for row in &open {
            let rescue = Rescue::new(&row.group);
            for day in first..=last {
                for slot in 0..RESCUE_SLOTS {
                    let conversation = row.id;
                    let watched = Watched::Return {
                        conversation,
                        day,
                        slot,
                    };
                    self.watch
                        .insert(rescue.place(&me, (day, slot)).label, watched);
                }
            }
        }
        self.returns = wanted;
        Ok(())
    }

    /// Asks for every conversation in which this device is stuck; each at most once a day, by the board's clock.
    pub(crate) fn ask_to_return(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        let today = self.feed.hour / HOURS_A_DAY;
        for mut row in tx.conversations()? {
            let mut detail = Detail::of(&row)?;
            // Whoever finds nobody for a month asks once a week.
            let often = detail.asks < 30 || today.is_multiple_of(7);
            let due = detail.wants_back && detail.asked_day != today && often;
            if State::of(&row)? != State::Frozen || !due {
                continue;
            }
            detail.asked_day = today;
            detail.asks += 1;
            detail.moves = 0;
            row.detail = detail.bytes()?;
            tx.update_conversation(&row)?;
            self.ask_helpers(tx, &row)?;
        }
        Ok(())
    }

    /// Cards made to come back into a conversation are good no more.
    pub(crate) fn revoke_returns(
        &mut self,
        tx: &Step<'_>,
        public: &[u8; 16],
    ) -> Result<(), EngineError> {
        for old in tx.cards()? {
            let made_for = from_cbor::<CardDetail>(&old.detail)?.made_for;
            if !old.revoked && made_for == CardFor::Return(*public) {
                self.revoke(tx, old.id)?;
            }
        }
        Ok(())
    }

    fn ask_helpers(&mut self, tx: &Step<'_>, row: &ConversationRow) -> Result<(), EngineError> {
        let helpers = self.helpers(tx.members(row.id)?);
        if helpers.is_empty() {
            return Ok(());
        }
        tx.remove_cells_out(purpose::RETURN, row.id)?;
        self.revoke_returns(tx, &row.public)?;
        let made_for = CardFor::Return(row.public);
        let (_, card) = self.create_card(tx, (true, made_for))?;
        self.recall_cards(tx)?;
        for helper in helpers {
            let slot = self.rng.next_u32() % RESCUE_SLOTS;
            let day = self.feed.hour / HOURS_A_DAY;
            let place = place(&row.group, &helper.device, (day, slot));
            self.put_ask(tx, (row.id, &card), &place)?;
        }
        Ok(())
    }

    /// Other devices, each of another person as far as there are enough, in no order.
    fn helpers(&mut self, mut members: Vec<MemberRow>) -> Vec<MemberRow> {
        let me = *self.me.identity.get().device.bytes();
        members.retain(|member| member.device != me);
        for last in (1..members.len()).rev() {
            let other = self.rng.next_u64() % (last as u64 + 1);
            members.swap(last, usize::try_from(other).unwrap_or(0));
        }
        let mut seen = BTreeSet::new();
        members.sort_by_key(|member| !seen.insert(member.person));
        members.truncate(HELPERS.into());
        members
    }

    fn put_ask(
        &mut self,
        tx: &Step<'_>,
        (owner, card): (i64, &str),
        place: &Place,
    ) -> Result<(), EngineError> {
        let signing = Rescue::signing_bytes(place, card);
        let ask = Ask {
            card,
            chain: &self.me.chain,
            signature: self.me.device.sign(CONTEXT, &signing),
        };
        let too_long = || EngineError::bug("an ask is too long for its cell");
        let payload = ask.encode().ok_or_else(too_long)?;
        let body = seal(
            &place.key,
            &place.label,
            &payload,
            Class::Small,
            &mut self.rng,
        );
        let cell = CellOut {
            label: place.label.0,
            lane: self.lane.0,
            keep: Keep::Fortnight.code(),
            erase_hash: self.erase.hash(&place.label).0,
            body: body.ok_or_else(too_long)?.bytes().to_vec(),
            purpose: purpose::RETURN,
            owner,
            stored: false,
        };
        tx.put_cell_out(&cell)?;
        self.put_cell(&cell)
    }

    /// The board answered about an ask. If its place was taken, the same helper is asked at the next.
    pub(crate) fn return_cell_answered(
        &mut self,
        tx: &Step<'_>,
        (cell, taken): (&CellOut, bool),
    ) -> Result<(), EngineError> {
        tx.remove_cell_out(&cell.label)?;
        let row = tx.conversation(cell.owner)?.filter(|_| taken);
        let Some(mut row) = row else {
            return Ok(());
        };
        let mut detail = Detail::of(&row)?;
        let day = detail.asked_day;
        let card = return_card(tx, &row.public)?;
        let asked = asked_at(&tx.members(row.id)?, (&row.group, day), &cell.label);
        let (Some(card), Some((helper, slot))) = (card, asked) else {
            return Ok(());
        };
        if State::of(&row)? != State::Frozen || detail.moves >= MOVES_MAX {
            return Ok(());
        }
        detail.moves += 1;
        row.detail = detail.bytes()?;
        tx.update_conversation(&row)?;
        let next = place(&row.group, &helper, (day, (slot + 1) % RESCUE_SLOTS));
        self.put_ask(tx, (row.id, &card), &next)
    }

    /// Somebody of a conversation asks this device. Anything but a good ask leaves no trace.
    pub(crate) fn asked_to_bring_back(
        &mut self,
        tx: &Step<'_>,
        view: &TickView<'_>,
        (id, day, slot): (i64, u32, u32),
    ) -> Result<(), EngineError> {
        let Some(row) = tx.conversation(id)? else {
            return Ok(());
        };
        let me = *self.me.identity.get().device.bytes();
        let place = place(&row.group, &me, (day, slot));
        let Sought::There(cell) = self.cell_at(view, &place.label)? else {
            return Ok(());
        };
        let payload = open(&place.key, &place.label, &cell.body);
        let ask = payload.as_deref().and_then(|said| Ask::parse(said));
        let good = match &ask {
            Some(ask) => self.good_return(tx, (&row, &place), ask)?,
            None => None,
        };
        let Some(card) = good else {
            self.counters.void_hellos += 1;
            return Ok(());
        };
        // Whoever asks again has a new card, and no other is good any more.
        let newest = self.begin_bringing(tx, (&row, &card), true)?;
        Self::forget_others(tx, (row.id, &card.person, newest))
    }

    /// The card of a device that is in the conversation, and asks for itself at this place.
    fn good_return(
        &self,
        tx: &Step<'_>,
        (row, place): (&ConversationRow, &Place),
        ask: &Ask<'_>,
    ) -> Result<Option<Card>, EngineError> {
        let Ok(card) = Card::decode(ask.card) else {
            return Ok(None);
        };
        let Ok(who) = identify_chain(ask.chain, Some(self.now)) else {
            return Ok(None);
        };
        let signing = Rescue::signing_bytes(place, ask.card);
        let identity = who.get();
        let (person, device) = (*identity.person.bytes(), *identity.device.bytes());
        let member = tx.members(row.id)?;
        let is_in = |one: &MemberRow| (one.person, one.device) == (person, device);
        let under_way = Self::returning(tx, row.id)?;
        let good = card.once
            && card.person == person
            && member.iter().any(is_in)
            && verify_signature(&who, CONTEXT, &signing, &ask.signature).is_ok()
            && self.check_owner(&card).is_ok()
            && State::of(row)? == State::Open
            && !tx.is_blocked(&person)?
            && under_way < UNDER_WAY_MAX;
        Ok(good.then_some(card))
    }

    /// The conversation that a card was made to come back into, if a Welcome may lead there: into the group of that id, by somebody
    /// who was in it when this device was; and between two people it stays between them.
    pub(crate) fn return_place(
        tx: &Step<'_>,
        (public, group): (&[u8; 16], &[u8; 32]),
        joining: &Joining,
    ) -> Result<Option<ConversationRow>, EngineError> {
        let Some(row) = tx.conversation_by_public(public)? else {
            return Ok(None);
        };
        let detail = Detail::of(&row)?;
        let waits = State::of(&row)? == State::Frozen && detail.wants_back;
        let known = tx.members(row.id)?;
        let inviter = joining
            .members
            .iter()
            .find(|member| member.leaf == joining.inviter);
        let knew = inviter.is_some_and(|inviter| {
            let identity = inviter.identity.get();
            let by = (identity.person.bytes(), identity.device.bytes());
            known.iter().any(|one| (&one.person, &one.device) == by)
        });
        let same_kind = match &joining.subject {
            Subject::Group(_) => detail.group,
            Subject::Direct(_) => {
                let before: BTreeSet<[u8; 32]> = known.iter().map(|one| one.person).collect();
                let now = joining.members.iter();
                let now: BTreeSet<[u8; 32]> = now
                    .map(|member| *member.identity.get().person.bytes())
                    .collect();
                !detail.group && before == now
            }
        };
        let good = waits && knew && same_kind && row.group == *group;
        Ok(good.then_some(row))
    }
}
