//! That somebody is writing: told only if this person wants it and to whom wants to know, kept by
//! nobody (docs/protocol/content.md, Typing).

use heliograph_conversation::content::{Content, Kind};
use heliograph_store::{OutboxRow, Step};
use heliograph_trust::PersonId;

use super::Engine;
use super::core::Core;
use super::detail::{Detail, State, kind};
use super::errors::EngineError;
use super::live::Live;
use super::write::check_state;
use crate::{Changed, ConversationId, Refusal};

/// Name of the setting in the database.
pub(crate) const TYPING: &str = "setting.typing";
/// At most one notice of a conversation in this time, and one that waits longer is not sent.
const PAUSE_MS: i64 = 5_000;

impl Engine {
    /// Tells the others that this person is writing; false if nothing was told: the setting is off, it
    /// was told a moment ago, or something else is on its way.
    ///
    /// # Errors
    /// An unknown or closed conversation.
    pub fn typing(&mut self, now_ms: i64, id: ConversationId) -> Result<bool, Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            check_state(State::of(&row)?)?;
            core.check_reachable(tx, &row)?;
            let last = core.typed.get(&row.id).copied();
            let pausing = last.is_some_and(|last| (0..PAUSE_MS).contains(&(now_ms - last)));
            if !core.typing || pausing || Detail::of(&row)?.leaving {
                return Ok(false);
            }
            let mut told = false;
            core.with_live(tx, row.id, |core, tx, live| {
                let flies = live
                    .flying
                    .iter()
                    .any(|flying| !flying.outgoing.all_stored());
                if !core.may_send(live)? || flies || tx.next_unsealed(live.row.id)?.is_some() {
                    return Ok(());
                }
                told = true;
                core.enqueue(tx, live.row.id, (kind::TYPING, Kind::Typing, None))?;
                core.pump(tx, live)
            })?;
            if told {
                core.typed.insert(row.id, now_ms);
            }
            Ok(told)
        })
    }
}

impl Core {
    /// Somebody is writing. Told only while the feed is read as it comes: what is read later is over.
    pub(crate) fn is_writing(
        &mut self,
        live: &Live,
        (person, silenced): (&PersonId, bool),
    ) -> Result<(), EngineError> {
        if self.typing && self.feed.in_step() && !silenced && live.state()? == State::Open {
            let id = ConversationId(live.row.public);
            let changed = Changed::Typing(id, person.to_string());
            self.out.changes.push(changed);
        }
        Ok(())
    }

    /// The next row to seal. A notice that could not leave at once is dropped, not sent late.
    pub(crate) fn next_to_seal(
        &self,
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<Option<OutboxRow>, EngineError> {
        while let Some(row) = tx.next_unsealed(conversation)? {
            let since = Content::decode(&row.content).map(|said| self.now - said.at);
            let late = since.is_ok_and(|since| !(0..PAUSE_MS).contains(&since));
            if row.kind != kind::TYPING || !late {
                return Ok(Some(row));
            }
            tx.remove_outbox(row.seq)?;
        }
        Ok(None)
    }
}
