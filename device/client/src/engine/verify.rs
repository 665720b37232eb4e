//! Safety numbers, and the mark *verified in person* that comparing them earns.

use heliograph_store::{Step, View};
use heliograph_trust::{Level, PersonId, safety_number};

use super::Engine;
use super::core::Core;
use super::errors::EngineError;
use crate::{ConversationId, Fault, Refusal, SafetyInfo};

/// Name under which a mark is kept; the person is a hash of the key, so another key has no mark.
fn mark(person: &PersonId) -> String {
    format!("verified.{person}")
}

pub(super) fn level(view: &View<'_>, person: &PersonId) -> Result<Level, EngineError> {
    Ok(match view.meta(&mark(person))? {
        Some(_) => Level::VerifiedInPerson,
        None => Level::SelfDeclared,
    })
}

impl Engine {
    /// The safety number with each other person of a conversation.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn safety(&self, id: ConversationId) -> Result<Vec<SafetyInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let me = self.core.me.identity.get().person;
            let others = self.core.other_people(view, &row)?;
            let shown = others.into_iter().map(|(person, name)| {
                Ok(SafetyInfo {
                    level: level(view, &person)?.words().to_owned(),
                    number: safety_number(&me, &person),
                    person: person.to_string(),
                    name,
                })
            });
            shown.collect()
        })
    }

    /// Marks a person as verified. `number` is what was compared: it must be the number of this
    /// person, so that a slip marks nobody.
    ///
    /// # Errors
    /// An unknown conversation or person, or another number.
    pub fn confirm(
        &mut self,
        now_ms: i64,
        (id, person, number): (ConversationId, &str, &str),
    ) -> Result<SafetyInfo, Refusal> {
        self.marked(now_ms, (id, person), |core, tx, found| {
            let own = core.me.identity.get().person;
            if digits(number) != digits(&safety_number(&own, found)) {
                return Err(other_number().into());
            }
            Ok(tx.set_meta(&mark(found), &now_ms.to_be_bytes())?)
        })
    }

    /// Takes the mark back.
    ///
    /// # Errors
    /// An unknown conversation or person.
    pub fn withdraw(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
    ) -> Result<SafetyInfo, Refusal> {
        self.marked(now_ms, (id, person), |_, tx, found| {
            Ok(tx.remove_meta(&mark(found))?)
        })
    }

    fn marked(
        &mut self,
        now_ms: i64,
        (id, person): (ConversationId, &str),
        change: impl FnOnce(&mut Core, &Step<'_>, &PersonId) -> Result<(), EngineError>,
    ) -> Result<SafetyInfo, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let others = core.other_people(tx, &row)?;
            let found = others.iter().find(|(other, _)| other.to_string() == person);
            let (found, _) = found.ok_or_else(no_person)?;
            change(core, tx, found)?;
            core.out.changes.push(crate::Changed::Conversation(id));
            Ok(())
        })?;
        let people = self.safety(id)?;
        people
            .into_iter()
            .find(|shown| shown.person == person)
            .ok_or_else(no_person)
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn no_person() -> Refusal {
    Refusal::new(
        "unknown-person",
        Fault::User,
        "There is no such person in this conversation.",
        "Nothing was changed.",
        "List the people with `heliograph verify CONVERSATION`.",
    )
}

fn other_number() -> Refusal {
    Refusal::new(
        "other-safety-number",
        Fault::User,
        "This is not the safety number of you and this person.",
        "Nothing was changed; the person is not marked as verified.",
        "Compare again. If the other side really shows another number, somebody may stand between you: write nothing confidential.",
    )
}
