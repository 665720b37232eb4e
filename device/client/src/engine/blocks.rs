//! People this person wants to hear nothing from, decided on this device alone.
//!
//! What a blocked person says between the two is never shown and gets no receipt, and their invitations
//! are void. In groups they are heard: members who see different things there would act on them.

use heliograph_store::{BlockedRow, ConversationRow, Step, View};
use heliograph_trust::PersonId;

use super::Engine;
use super::core::Core;
use super::detail::{Detail, State};
use super::errors::EngineError;
use super::live::Live;
use super::queries::person as shown;
use crate::{BlockedInfo, Changed, Refusal};

impl Engine {
    /// Blocks a person, or no longer. Requests of theirs that are open are declined.
    ///
    /// # Errors
    /// A person whom this device does not know.
    pub fn block(&mut self, now_ms: i64, person: &str, blocked: bool) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let (id, name) = core.anybody(tx, person)?;
            let row = BlockedRow {
                person: *id.bytes(),
                name,
                set_ms: now_ms,
            };
            tx.block(&row, blocked)?;
            if blocked {
                core.decline_all(tx, &row.person)?;
                core.ask_nowhere(tx, person)?;
            }
            core.out.changes.push(Changed::Requests);
            Ok(())
        })
    }

    /// Everybody who is blocked, the latest first.
    ///
    /// # Errors
    /// Only if the database fails.
    pub fn blocked(&self) -> Result<Vec<BlockedInfo>, Refusal> {
        self.read(|view| {
            let rows = view.blocked()?.into_iter();
            let all = rows.map(|row| BlockedInfo {
                person: shown(&row.person),
                name: row.name,
                at_ms: row.set_ms,
            });
            Ok(all.collect())
        })
    }
}

impl Core {
    /// A person of any conversation, request, or earlier block, by id.
    fn anybody(&self, view: &View<'_>, wanted: &str) -> Result<(PersonId, String), EngineError> {
        for row in view.conversations()? {
            let others = self.other_people(view, &row)?;
            if let Some(found) = others.into_iter().find(|(id, _)| id.to_string() == wanted) {
                return Ok(found);
            }
        }
        let before = view.blocked()?.into_iter();
        let before = before.map(|row| (PersonId::from_bytes(row.person), row.name));
        before
            .into_iter()
            .find(|(id, _)| id.to_string() == wanted)
            .ok_or_else(|| {
                Refusal::unchanged(
                    "unknown-person",
                    "Nobody in your conversations and requests has this id.",
                    "Look at the ids in `heliograph conversations --json` or `heliograph requests --json`.",
                )
                .into()
            })
    }

    fn decline_all(&mut self, tx: &Step<'_>, person: &[u8; 32]) -> Result<(), EngineError> {
        for row in tx.conversations()? {
            let theirs = Detail::of(&row)?.inviter == Some(*person);
            if theirs && State::of(&row)? == State::Request {
                self.drop_conversation(tx, &row)?;
            }
        }
        Ok(())
    }

    /// Whether nothing that this person says here is to be shown.
    pub(super) fn is_silenced(
        tx: &Step<'_>,
        live: &Live,
        person: &PersonId,
    ) -> Result<bool, EngineError> {
        Ok(!live.detail.group && tx.is_blocked(person.bytes())?)
    }

    /// Nothing is said to somebody who is blocked, nor where nobody has let this person in yet.
    pub(super) fn check_reachable(
        &self,
        tx: &Step<'_>,
        row: &ConversationRow,
    ) -> Result<(), EngineError> {
        let detail = Detail::of(row)?;
        if detail.asking.is_some() {
            return Err(super::asks::not_let_in().into());
        }
        if detail.group {
            return Ok(());
        }
        for (person, name) in self.other_people(tx, row)? {
            if tx.is_blocked(person.bytes())? {
                return Err(Refusal::new(
                    "person-blocked",
                    crate::Fault::User,
                    format!("You blocked {name}."),
                    "Nothing was sent; the text is still where you wrote it.",
                    "To write to them, take the block back: `heliograph unblock PERSON`.",
                )
                .into());
            }
        }
        Ok(())
    }
}
