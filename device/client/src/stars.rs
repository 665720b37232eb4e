//! What the handle of a device offers for finding again, forgetting, and being left alone.

use crate::{BlockedInfo, ConversationId, Device, FoundInfo, MessageId, Refusal};

impl Device {
    /// Marks a message to be found again, or takes the mark back.
    ///
    /// # Errors
    /// An unknown or deleted message.
    pub async fn star(
        &self,
        about: (ConversationId, MessageId),
        starred: bool,
    ) -> Result<(), Refusal> {
        self.ask(move |engine, now| engine.star(now, about, starred))
            .await
    }

    /// Messages to be found again, of all conversations or one, the latest mark first; `page` is
    /// where an earlier one ended, and how many at most.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn starred(
        &self,
        conversation: Option<ConversationId>,
        page: (Option<i64>, u32),
    ) -> Result<Vec<FoundInfo>, Refusal> {
        self.ask(move |engine, _| engine.starred(conversation, page))
            .await
    }

    /// Deletes what was said in a conversation from this device; nothing is sent.
    ///
    /// # Errors
    /// An unknown conversation, or a request that waits for an answer.
    pub async fn delete_conversation(&self, id: &ConversationId) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.delete_conversation(now, id))
            .await
    }

    /// Blocks a person, or no longer.
    ///
    /// # Errors
    /// A person whom this device does not know.
    pub async fn block(&self, person: &str, blocked: bool) -> Result<(), Refusal> {
        let person = person.to_owned();
        self.ask(move |engine, now| engine.block(now, &person, blocked))
            .await
    }

    /// Everybody who is blocked, the latest first.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn blocked(&self) -> Result<Vec<BlockedInfo>, Refusal> {
        self.ask(|engine, _| engine.blocked()).await
    }
}
