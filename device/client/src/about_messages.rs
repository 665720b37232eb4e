//! What the handle of a device offers to be done with a message that is there.

use crate::engine::thumbnail;
use crate::{
    ConversationId, Device, MessageId, MessageInfo, PreviewInfo, Refusal, VersionInfo, Worker,
};

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

    /// Pins a message for everyone, or takes its pin off. Gives the id of the change.
    ///
    /// # Errors
    /// An unknown or deleted message, or a conversation that is closed.
    pub async fn pin(
        &self,
        about: (ConversationId, MessageId),
        pinned: bool,
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.pin(now, about, pinned))
            .await
    }

    /// The pinned messages of a conversation, the latest message first, at most fifty.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn pins(&self, id: ConversationId) -> Result<Vec<MessageInfo>, Refusal> {
        self.ask(move |engine, _| engine.pins(id)).await
    }

    /// Passes a text or a file on into another conversation, with the name of its author or without.
    ///
    /// # Errors
    /// See [`Engine::forward`](crate::engine::Engine::forward).
    pub async fn forward(
        &self,
        about: (ConversationId, MessageId),
        to: (ConversationId, bool),
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.forward(now, about, to))
            .await
    }

    /// Passes a card on, with a name.
    ///
    /// # Errors
    /// A card or name that cannot be used, or a conversation that is closed.
    pub async fn share(
        &self,
        id: ConversationId,
        (card, name): (String, String),
    ) -> Result<MessageId, Refusal> {
        self.ask(move |engine, now| engine.share(now, id, (&card, &name)))
            .await
    }

    /// Writes a message with a preview of its address down, and sends it. Its picture is made anew, in a process that can
    /// do nothing else.
    ///
    /// # Errors
    /// `bad-preview`, or as of [`Device::send`].
    pub async fn send_previewed(
        &self,
        id: ConversationId,
        (text, mut preview): (String, PreviewInfo),
        worker: Worker,
    ) -> Result<MessageId, Refusal> {
        if !preview.picture.is_empty() {
            let given = std::mem::take(&mut preview.picture);
            preview.picture = tokio::task::spawn_blocking(move || thumbnail(&given, &worker))
                .await
                .map_err(Refusal::bug)??;
        }
        self.ask(move |engine, now| engine.send_previewed(now, id, (&text, &preview)))
            .await
    }

    /// Tells the others that this person is writing, if the setting `typing` is on; false if not told.
    ///
    /// # Errors
    /// An unknown or closed conversation.
    pub async fn typing(&self, id: ConversationId) -> Result<bool, Refusal> {
        self.ask(move |engine, now| engine.typing(now, id)).await
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
