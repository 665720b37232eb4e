//! Bringing somebody into a group whom this person talks with: their device is asked for a card in the conversation
//! of the two, and answers by itself (docs/protocol/delivery.md, Adding and removing).

use heliograph_conversation::content::Kind;
use heliograph_delivery::Card;
use heliograph_store::{ConversationRow, Step, View};
use heliograph_trust::Identity;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::cards::{CardDetail, CardFor};
use crate::engine::core::Core;
use crate::engine::detail::{Detail, State, kind};
use crate::engine::errors::{EngineError, from_cbor};
use crate::engine::live::Live;
use crate::engine::write::check_state;
use crate::{AskInfo, ConversationId, Refusal};

/// Cards made because somebody asked, good at once, of all conversations together; the oldest gives way.
const GIVEN_MAX: usize = 32;
/// Groups that somebody may be asked for at once.
const WANTED_MAX: usize = 32;

/// A card that was asked for, in the conversation in which it was.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct CardAsked {
    /// Id of the message that asked.
    message: [u8; 16],
    /// The group it is for.
    group: [u8; 16],
    /// When, Unix milliseconds.
    at_ms: i64,
}

fn unknown() -> Refusal {
    Refusal::unchanged(
        "unknown-person",
        "There is no open conversation of two with this person.",
        "Add them by a card instead: they print one with `heliograph card --once`.",
    )
}

impl Engine {
    /// Brings somebody into a group with whom there is a conversation of two, named by its id or theirs: their device
    /// is asked for a card there, and the rest goes as by any card.
    ///
    /// # Errors
    /// No open group, nobody known by this id, somebody blocked or in the group already, or a person who may not add
    /// anybody.
    pub fn bring_known(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        known: &str,
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let group = Core::open_group(tx, id)?;
            core.check_adding(tx, &group)?;
            let (direct, person) = core.talks_with(tx, known)?;
            check_state(State::of(&direct)?)?;
            core.check_reachable(tx, &direct)?;
            Core::check_not_in(tx, &group, &person)?;
            let public = group.public;
            core.with_live(tx, direct.id, |core, tx, live| {
                let said = (kind::CARD_WANTED, Kind::CardWanted, None);
                let message = core.enqueue(tx, live.row.id, said)?;
                let asked = &mut live.detail.cards_asked;
                // Asked again, since an answer may have been lost with what this device could not follow.
                asked.retain(|one| one.group != public);
                if asked.len() >= WANTED_MAX {
                    asked.remove(0);
                }
                asked.push(CardAsked {
                    message,
                    group: public,
                    at_ms: core.now,
                });
                live.save_row(tx)?;
                core.pump(tx, live)
            })
        })
    }

    /// Those whose devices were asked for a card for a group, and have not answered yet.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn asked_into(&self, id: ConversationId) -> Result<Vec<AskInfo>, Refusal> {
        self.read(|view| {
            let mut out = Vec::new();
            for row in view.conversations()? {
                let asked = Detail::of(&row)?.cards_asked;
                let Some(asked) = asked.iter().find(|one| one.group == id.0) else {
                    continue;
                };
                for (person, name) in self.core.other_people(view, &row)? {
                    out.push(AskInfo {
                        person: person.to_string(),
                        name,
                        at_ms: asked.at_ms,
                    });
                }
            }
            Ok(out)
        })
    }
}

impl Core {
    /// The conversation of two that an id names, its own or that of the other person in it, and that person.
    fn talks_with(
        &self,
        view: &View<'_>,
        known: &str,
    ) -> Result<(ConversationRow, [u8; 32]), EngineError> {
        for row in view.conversations()? {
            if Detail::of(&row)?.group || State::of(&row)? != State::Open {
                continue;
            }
            let others = self.other_people(view, &row)?;
            let [(person, _)] = others.as_slice() else {
                continue;
            };
            let named = ConversationId(row.public).to_string() == known;
            if named || person.to_string() == known {
                return Ok((row, *person.bytes()));
            }
        }
        Err(unknown().into())
    }

    /// Another member of a conversation asks for a card. Between two who talk it is given, good for one invitation by
    /// that person; in a group it would be everybody's.
    pub(crate) fn card_wanted(
        &mut self,
        tx: &Step<'_>,
        live: &Live,
        asked: [u8; 16],
    ) -> Result<(), EngineError> {
        if live.detail.group || live.state()? != State::Open {
            return Ok(());
        }
        let mut given = Vec::new();
        for row in tx.cards()? {
            let made_for = from_cbor::<CardDetail>(&row.detail)?.made_for;
            if !row.revoked && matches!(made_for, CardFor::Asked(_)) {
                given.push(row.id);
            }
        }
        if given.len() >= GIVEN_MAX
            && let Some(oldest) = given.into_iter().min()
        {
            self.revoke(tx, oldest)?;
        }
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

    /// The card that this device asked for: its owner is brought into the group it was asked for.
    pub(crate) fn card_given(
        &mut self,
        tx: &Step<'_>,
        live: &mut Live,
        (sender, asked, card): (&Identity, &[u8; 16], &str),
    ) -> Result<(), EngineError> {
        let waits = &mut live.detail.cards_asked;
        let Some(at) = waits.iter().position(|one| one.message == *asked) else {
            // Nobody asked, or another device of theirs was faster.
            return Ok(());
        };
        let group = waits.remove(at).group;
        live.save_row(tx)?;
        let Some(row) = tx.conversation_by_public(&group)? else {
            return Ok(());
        };
        self.changed(live);
        let card = Card::decode(card).ok();
        let theirs = card.filter(|card| card.once && card.person == *sender.person.bytes());
        let brought = match theirs {
            Some(card) if State::of(&row)? == State::Open => self.bring_owner(tx, (&row, &card)),
            _ => return self.alarm(tx, "not-added", &[&group[..], b"card-void"].concat()),
        };
        match brought {
            Err(EngineError::Refused(refusal)) if refusal.kind == "already-member" => Ok(()),
            Err(EngineError::Refused(_)) => {
                self.alarm(tx, "not-added", &[&group[..], b"card-void"].concat())
            }
            other => other,
        }
    }
}

/// Whether an invitation comes from somebody who may use the card it came by: one that was asked for is good for
/// whoever asked.
pub(in crate::engine) fn may_invite(
    view: &View<'_>,
    made_for: CardFor,
    inviter: &[u8; 32],
) -> Result<bool, heliograph_store::StoreError> {
    let CardFor::Asked(public) = made_for else {
        return Ok(true);
    };
    let Some(row) = view.conversation_by_public(&public)? else {
        return Ok(false);
    };
    let members = view.members(row.id)?;
    Ok(members.iter().any(|member| member.person == *inviter))
}
