//! What somebody said is passed on into another conversation.

use heliograph_conversation::content::More;
use heliograph_store::{ConversationRow, MessageRow, Step};

use super::Engine;
use super::annotate::sayable;
use super::compose::Said;
use super::core::Core;
use super::detail::{State, kind};
use super::errors::EngineError;
use crate::{ConversationId, MessageId, Refusal};

fn not_to_pass_on() -> Refusal {
    Refusal::unchanged(
        "not-to-pass-on",
        "Only a message with words or a file can be passed on.",
        "Write the words in a message of their own; of a card, share the card.",
    )
}

impl Engine {
    /// Passes a text or a file on into another conversation, as it stands. It names its first author only if
    /// wanted, and mentions nobody: names mean other people there. A file is fetched and sealed anew on its way, and
    /// is on this disk nowhere.
    ///
    /// # Errors
    /// An unknown or deleted message, one without words or file, a file that is still on its way out, or a conversation
    /// that is closed.
    pub fn forward(
        &mut self,
        now_ms: i64,
        (from, message): (ConversationId, MessageId),
        (to, with_name): (ConversationId, bool),
    ) -> Result<MessageId, Refusal> {
        let made = self.command(now_ms, |core, tx| {
            let row = core.open_to_write(tx, to)?;
            let source = tx
                .conversation_by_public(&from.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if State::of(&source)? == State::Request {
                return Err(Refusal::no_conversation().into());
            }
            let message = sayable(tx, &source, &message)?;
            let forwarded = if with_name {
                core.name_of(tx, &source, &message)?
            } else {
                String::new()
            };
            // Whether it may be passed on is judged here; nothing forbids it yet.
            match (message.kind, &message.text) {
                (kind::TEXT, Some(text)) => {
                    let more = More {
                        forwarded: Some(forwarded),
                        ..More::default()
                    };
                    core.say_there(tx, &row, Said::text(text, more))
                }
                (kind::FILE, _) => core.pass_file_on(tx, &message, (&row, forwarded)),
                _ => Err(not_to_pass_on().into()),
            }
        })?;
        self.move_files_on();
        Ok(made)
    }
}

impl Core {
    fn name_of(
        &self,
        tx: &Step<'_>,
        row: &ConversationRow,
        message: &MessageRow,
    ) -> Result<String, EngineError> {
        if message.mine {
            return Ok(self.me.name.to_string());
        }
        let members = tx.members_ever(row.id)?;
        let sender = members.into_iter().find(|m| m.person == message.person);
        Ok(sender.map(|member| member.name).unwrap_or_default())
    }
}
