//! Messages that everybody in a conversation is to find at once (docs/protocol/content.md, What stands).

use heliograph_conversation::content::Kind;

use super::Engine;
use super::errors::EngineError;
use crate::{ConversationId, MessageId, MessageInfo, Refusal};

/// Most pinned messages that are shown.
const PINS_SHOWN: u32 = 50;

impl Engine {
    /// Pins a message for everyone, or takes its pin off.
    ///
    /// # Errors
    /// An unknown or deleted message, or a conversation that is closed.
    pub fn pin(
        &mut self,
        now_ms: i64,
        (id, message): (ConversationId, MessageId),
        pinned: bool,
    ) -> Result<MessageId, Refusal> {
        let in_reply_to = message.0;
        let said = Kind::Pin {
            in_reply_to,
            pinned,
        };
        self.annotate(now_ms, id, said)
    }

    /// The pinned messages of a conversation, the latest message first, at most fifty.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn pins(&self, id: ConversationId) -> Result<Vec<MessageInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            let members = view.members_ever(row.id)?;
            let rows = view.pinned(row.id, PINS_SHOWN)?.into_iter();
            let shown = rows.map(|message| self.shown(view, message, &members));
            shown.collect::<Result<_, EngineError>>()
        })
    }
}
