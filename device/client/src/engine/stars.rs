//! Messages to be found again, and conversations deleted on this device.

use super::Engine;
use super::detail::State;
use super::search;
use crate::{Changed, ConversationId, Fault, FoundInfo, MessageId, Refusal};
use heliograph_store::Keep;

/// Most starred messages of one question.
const LIMIT_MAX: u32 = 1_000;

impl Engine {
    /// Marks a message to be found again, or takes the mark back.
    ///
    /// # Errors
    /// An unknown or deleted message.
    pub fn star(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
        starred: bool,
    ) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            tx.message(row.id, &message.0)?
                .filter(|message| !message.fate.hidden && !message.fate.deleted)
                .ok_or_else(Refusal::no_message)?;
            tx.star(row.id, &message.0, (starred, now_ms))?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }

    /// Messages to be found again, of all conversations or one, the latest mark first; `cursor` is
    /// where an earlier page ended.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn starred(
        &self,
        conversation: Option<ConversationId>,
        (cursor, limit): (Option<i64>, u32),
    ) -> Result<Vec<FoundInfo>, Refusal> {
        self.read(|view| {
            let conversation = match &conversation {
                None => None,
                Some(id) => {
                    let row = view.conversation_by_public(&id.0)?;
                    Some(row.ok_or_else(Refusal::no_conversation)?.id)
                }
            };
            let found = view.starred(conversation, (cursor, limit.clamp(1, LIMIT_MAX)))?;
            search::shown(view, found)
        })
    }

    /// Deletes what was said in a conversation from this device, its draft too, and lists it no more
    /// until something is said in it again. Nothing is sent; this person stays in it.
    ///
    /// # Errors
    /// An unknown conversation, or a request that waits for an answer.
    pub fn delete_conversation(&mut self, now_ms: i64, id: ConversationId) -> Result<(), Refusal> {
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if State::of(&row)? == State::Request {
                return Err(Refusal::new(
                    "conversation-closed",
                    Fault::User,
                    "This is a request that waits for an answer.",
                    "Nothing was deleted.",
                    "Decline it: `heliograph decline ID`.",
                )
                .into());
            }
            tx.empty_conversation(row.id)?;
            for keep in [
                Keep::Draft("", None),
                Keep::MarkedUnread(false),
                Keep::Pinned(false),
                Keep::Cleared(true),
            ] {
                tx.keep(row.id, keep, now_ms)?;
            }
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }
}
