//! What the handle of a device offers to be done with a message that is there.

use crate::{ConversationId, Device, MessageId, Refusal, VersionInfo};

impl Device {
    /// Writes a message down that answers another, and sends it.
    ///
    /// # Errors
    /// An unknown or deleted message, a text out of bounds, or a conversation that is closed.
    pub async fn reply(
        &self,
        about: (ConversationId, MessageId),
        text: String,
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.reply(now, about, &text))
            .await
    }

    /// Reacts to a message; an empty `emoji` takes the reaction back. Gives the id of the change.
    ///
    /// # Errors
    /// An unknown or deleted message, a sign out of bounds, or a conversation that is closed.
    pub async fn react(
        &self,
        about: (ConversationId, MessageId),
        emoji: String,
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.react(now, about, &emoji))
            .await
    }

    /// Puts another text in the place of a message's. Gives the id of the change.
    ///
    /// # Errors
    /// A message of somebody else, an unknown or deleted one, a text out of bounds, or a
    /// conversation that is closed.
    pub async fn edit(
        &self,
        about: (ConversationId, MessageId),
        text: String,
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.edit(now, about, &text))
            .await
    }

    /// Takes a message back for everyone. Gives the id of the change.
    ///
    /// # Errors
    /// A message of somebody else, an unknown or deleted one, or a conversation that is closed.
    pub async fn delete(&self, about: (ConversationId, MessageId)) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.delete(now, about)).await
    }

    /// Erases a message on this device only.
    ///
    /// # Errors
    /// An unknown message.
    pub async fn hide(&self, about: (ConversationId, MessageId)) -> Result<(), Refusal> {
        self.ask(move |engine, now| engine.hide(now, about)).await
    }

    /// Every text a message had that is kept, the first one first.
    ///
    /// # Errors
    /// An unknown message, or one whose texts are gone.
    pub async fn history(
        &self,
        about: (ConversationId, MessageId),
    ) -> Result<Vec<VersionInfo>, Refusal> {
        self.ask(move |engine, _| engine.history(about)).await
    }
}
