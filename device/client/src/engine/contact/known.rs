//! Bringing somebody into a group whom this person talks with: their device is asked for a card in the conversation
//! of the two, and answers by itself (docs/protocol/delivery.md, Adding and removing).

use std::collections::BTreeSet;

use heliograph_conversation::content::Kind;
use heliograph_delivery::Card;
use heliograph_store::{ConversationRow, Step, StoreError, View};
use heliograph_trust::{Identity, PersonId};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::cards::{CardDetail, CardFor};
use crate::engine::core::Core;
use crate::engine::detail::{Detail, State, kind};
use crate::engine::errors::{EngineError, from_cbor};
use crate::engine::live::Live;
use crate::engine::queries::person as shown;
use crate::engine::write::check_state;
use crate::{AskInfo, ConversationId, Refusal};

/// Cards good at once for whoever asked in one conversation. No more are given then; none is taken back, since its
/// invitation may be under way.
const GIVEN_EACH: usize = 8;
/// The same of all conversations together.
const GIVEN_MAX: usize = 64;
/// Cards given in one conversation on one day of the board.
const GIVEN_A_DAY: u32 = 32;
/// People that a group waits for at once.
const ASKED_MAX: usize = 64;
/// Asks of a request that are answered once it is accepted.
const OWED_MAX: usize = 8;
/// An answer that comes later adds nobody, milliseconds: by then the card may be gone.
const ASKED_FOR_MS: i64 = 14 * 86_400_000;
const HOURS_A_DAY: u32 = 24;

/// Somebody whose device was asked for a card, as the group keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CardAsked {
    /// Id of the message that asked.
    message: [u8; 16],
    /// Who was asked.
    person: [u8; 32],
    name: String,
    /// When, Unix milliseconds.
    at_ms: i64,
}

impl CardAsked {
    fn is_awaited(&self, now_ms: i64) -> bool {
        (0..=ASKED_FOR_MS).contains(&now_ms.saturating_sub(self.at_ms))
    }

    /// Whether this is still wanted when these people are in the group: who came another way is not added again when
    /// they were removed since.
    pub(crate) fn is_wanted(&self, people: &BTreeSet<PersonId>, now_ms: i64) -> bool {
        self.is_awaited(now_ms) && !people.contains(&PersonId::from_bytes(self.person))
    }
}

/// What a conversation of two remembers of cards that the other device asked for.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(crate) struct CardsGiven {
    /// Asks that came while this was a request.
    owed: Vec<[u8; 16]>,
    /// The board's day on which cards were given last, and how many.
    day: u32,
    count: u32,
}

fn unknown() -> Refusal {
    Refusal::unchanged(
        "unknown-person",
        "There is no open conversation of two with this person.",
        "Add them by a card instead: they print one with `heliograph card --once`.",
    )
}

/// A group waits for a few people at a time; for somebody it waits for already it may be asked again.
fn check_asked(
    group: &ConversationRow,
    (person, now_ms): (&[u8; 32], i64),
) -> Result<(), EngineError> {
    let asked = Detail::of(group)?.cards_asked.into_iter();
    let others = asked.filter(|one| one.person != *person && one.is_awaited(now_ms));
    if others.count() < ASKED_MAX {
        return Ok(());
    }
    Err(Refusal::unchanged(
        "too-many-asked",
        "This group waits for the answers of 64 people already.",
        "Wait until some have answered, or take some back: `heliograph group remove CONVERSATION PERSON`.",
    )
    .into())
}

impl Engine {
    /// Brings somebody into a group with whom there is a conversation of two, named by its id or theirs: their device
    /// is asked for a card there, and the rest goes as by any card.
    ///
    /// # Errors
    /// No open group, nobody known by this id, somebody blocked or in the group already, too many who are waited for,
    /// or a person who may not add anybody.
    pub fn bring_known(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        known: &str,
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let group = Core::open_group(tx, id)?;
            core.check_adding(tx, &group)?;
            let (direct, person, name) = core.talks_with(tx, known)?;
            check_state(State::of(&direct)?)?;
            core.check_reachable(tx, &direct)?;
            Core::check_not_in(tx, &group, &person)?;
            check_asked(&group, (&person, now_ms))?;
            let mut asked = CardAsked {
                message: [0; 16],
                person,
                name,
                at_ms: core.now,
            };
            core.with_live(tx, direct.id, |core, tx, live| {
                let said = (kind::CARD_WANTED, Kind::CardWanted, None);
                asked.message = core.enqueue(tx, live.row.id, said)?;
                core.pump(tx, live)
            })?;
            core.with_live(tx, group.id, |core, tx, live| {
                let waits = &mut live.detail.cards_asked;
                // Asked again, since an answer may have been lost with what this device could not follow.
                waits.retain(|one| one.person != person && one.is_awaited(core.now));
                waits.push(asked);
                live.save_row(tx)
            })
        })
    }

    /// Those whose devices were asked for a card for a group, and have not answered yet.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn asked_into(&self, id: ConversationId) -> Result<Vec<AskInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let asked = Detail::of(&row)?.cards_asked.into_iter();
            let waits = asked.filter(|one| one.is_awaited(self.core.now));
            let all = waits.map(|one| AskInfo {
                person: shown(&one.person),
                name: one.name,
                at_ms: one.at_ms,
            });
            Ok(all.collect())
        })
    }
}

impl Core {
    /// The conversation of two that an id names, its own or that of the other person in it, and that person.
    fn talks_with(
        &self,
        view: &View<'_>,
        known: &str,
    ) -> Result<(ConversationRow, [u8; 32], String), EngineError> {
        for row in view.conversations()? {
            if Detail::of(&row)?.group || State::of(&row)? != State::Open {
                continue;
            }
            let others = self.other_people(view, &row)?;
            let [(person, name)] = others.as_slice() else {
                continue;
            };
            let named = ConversationId(row.public).to_string() == known;
            if named || person.to_string() == known {
                return Ok((row, *person.bytes(), name.clone()));
            }
        }
        Err(unknown().into())
    }

    /// Another member of a conversation asks for a card. Between two who talk it is given, good for one invitation by
    /// that person; in a group it would be everybody's. Before a request is accepted nothing goes back.
    pub(crate) fn card_wanted(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        asked: [u8; 16],
    ) -> Result<(), EngineError> {
        if live.detail.group {
            return Ok(());
        }
        match live.state()? {
            State::Open => self.give_card(tx, live, asked),
            State::Request if live.detail.cards_given.owed.len() < OWED_MAX => {
                live.detail.cards_given.owed.push(asked);
                live.save_row(tx)
            }
            _ => Ok(()),
        }
    }

    /// A request was accepted: what was asked for meanwhile is answered.
    pub(in crate::engine) fn give_owed_cards(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
    ) -> Result<(), EngineError> {
        for asked in std::mem::take(&mut live.detail.cards_given.owed) {
            self.give_card(tx, live, asked)?;
        }
        Ok(())
    }

    fn give_card(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        asked: [u8; 16],
    ) -> Result<(), EngineError> {
        let (all, here) = Self::cards_out(tx, &live.row.public)?;
        let today = self.feed.hour / HOURS_A_DAY;
        let given = &mut live.detail.cards_given;
        if given.day != today {
            (given.day, given.count) = (today, 0);
        }
        if given.count >= GIVEN_A_DAY || here >= GIVEN_EACH || all >= GIVEN_MAX {
            return Ok(());
        }
        given.count += 1;
        live.save_row(tx)?;
        let made_for = CardFor::Asked(live.row.public);
        let (_, card) = self.create_card(tx, (true, made_for))?;
        self.recall_cards(tx)?;
        let given = Kind::CardGiven {
            in_reply_to: asked,
            card,
        };
        // It leaves when all of the tick is read.
        self.enqueue(tx, live.row.id, (kind::CARD_GIVEN, given, None))?;
        Ok(())
    }

    /// How many cards that were asked for are good, and how many in one conversation.
    fn cards_out(tx: &Step<'_>, public: &[u8; 16]) -> Result<(usize, usize), EngineError> {
        let (mut all, mut here) = (0, 0);
        for row in tx.cards()? {
            let made_for = from_cbor::<CardDetail>(&row.detail)?.made_for;
            if let (CardFor::Asked(of), false) = (made_for, row.revoked) {
                all += 1;
                here += usize::from(of == *public);
            }
        }
        Ok((all, here))
    }

    /// The card that this device asked for: its owner is brought into the group it was asked for.
    pub(crate) fn card_given(
        &mut self,
        tx: &Step<'_>,
        (sender, asked, card): (&Identity, &[u8; 16], &str),
    ) -> Result<(), EngineError> {
        let person = *sender.person.bytes();
        let Some((row, awaited)) = self.take_asked(tx, (asked, &person))? else {
            // Nobody asked, or another device of theirs was faster.
            return Ok(());
        };
        if !awaited {
            return Ok(());
        }
        let card = Card::decode(card).ok();
        let theirs = card.filter(|card| card.once && card.person == person);
        let why = match theirs.map(|card| self.bring_owner(tx, (&row, &card))) {
            None => "card-void",
            Some(Err(EngineError::Refused(refusal))) => match refusal.kind {
                "already-member" => return Ok(()),
                "not-admin" => "only-admins-add",
                _ => "card-void",
            },
            Some(other) => return other,
        };
        self.alarm(tx, "not-added", &[&row.public[..], why.as_bytes()].concat())
    }

    /// Nobody waits for somebody's card for a group any more; false if nobody did.
    pub(in crate::engine) fn ask_no_more(
        &mut self,
        tx: &Step<'_>,
        group: i64,
        person: &str,
    ) -> Result<bool, EngineError> {
        let mut waited = false;
        self.with_live(tx, group, |core, tx, live| {
            let waits = &mut live.detail.cards_asked;
            let before = waits.len();
            waits.retain(|one| shown(&one.person) != person);
            waited = waits.len() < before;
            if waited {
                live.save_row(tx)?;
                core.changed(live);
            }
            Ok(())
        })?;
        Ok(waited)
    }

    /// No group waits for somebody any more.
    pub(in crate::engine) fn ask_nowhere(
        &mut self,
        tx: &Step<'_>,
        person: &str,
    ) -> Result<(), EngineError> {
        for row in tx.conversations()? {
            if Detail::of(&row)?.group {
                self.ask_no_more(tx, row.id, person)?;
            }
        }
        Ok(())
    }

    /// The open group for which a message asked somebody, which waits for them no more, and whether it still did.
    fn take_asked(
        &mut self,
        tx: &Step<'_>,
        (asked, person): (&[u8; 16], &[u8; 32]),
    ) -> Result<Option<(ConversationRow, bool)>, EngineError> {
        for row in tx.conversations()? {
            if State::of(&row)? != State::Open || Detail::of(&row)?.cards_asked.is_empty() {
                continue;
            }
            let mut found = None;
            self.with_live(tx, row.id, |core, tx, live| {
                let waits = &mut live.detail.cards_asked;
                let is_it = |one: &CardAsked| one.message == *asked && one.person == *person;
                let Some(at) = waits.iter().position(is_it) else {
                    return Ok(());
                };
                found = Some(waits.remove(at).is_awaited(core.now));
                live.save_row(tx)?;
                core.changed(live);
                Ok(())
            })?;
            if let Some(awaited) = found {
                return Ok(Some((row, awaited)));
            }
        }
        Ok(None)
    }
}

/// Whether an invitation may come by this card: one that was asked for is good for whoever asked, for a group, while
/// the two talk.
pub(in crate::engine) fn may_invite(
    view: &View<'_>,
    made_for: CardFor,
    (inviter, to_group): (&[u8; 32], bool),
) -> Result<bool, StoreError> {
    let CardFor::Asked(public) = made_for else {
        return Ok(true);
    };
    let Some(row) = view.conversation_by_public(&public)? else {
        return Ok(false);
    };
    let members = view.members(row.id)?;
    let theirs = members.iter().any(|member| member.person == *inviter);
    Ok(to_group && row.state == State::Open.code() && theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_awaited_for_longer_than_a_fortnight_or_once_they_are_in() {
        let asked = CardAsked {
            message: [1; 16],
            person: [2; 32],
            name: "Ben".into(),
            at_ms: 1_000,
        };
        assert!(asked.is_awaited(1_000) && asked.is_awaited(1_000 + ASKED_FOR_MS));
        assert!(!asked.is_awaited(1_001 + ASKED_FOR_MS) && !asked.is_awaited(i64::MIN));
        let people = [3_u8, 2].map(|n| PersonId::from_bytes([n; 32]));
        assert!(asked.is_wanted(&people[..1].iter().copied().collect(), 1_000));
        assert!(!asked.is_wanted(&people.into_iter().collect(), 1_000));
    }
}
