//! What callers do with groups; see [`Device`].

use crate::{ConversationId, Device, GroupChange, GroupMember, Refusal};

impl Device {
    /// Makes a group with this person alone in it.
    ///
    /// # Errors
    /// A title that cannot be shown.
    pub async fn create_group(&self, title: &str) -> Result<ConversationId, Refusal> {
        let title = title.to_owned();
        self.ask(move |engine, now| engine.create_group(now, &title))
            .await
    }

    /// Starts to bring the owner of a card into a group; a commit follows when the board is reached.
    ///
    /// # Errors
    /// A card that cannot be used, no open group, or a person who may not add anybody.
    pub async fn bring(&self, id: &ConversationId, card: &str) -> Result<(), Refusal> {
        let (id, card) = (*id, card.to_owned());
        self.ask(move |engine, now| engine.bring(now, id, &card))
            .await
    }

    /// Has a person removed from a group.
    ///
    /// # Errors
    /// No open group, nobody in it by this id, or this person is no admin.
    pub async fn remove_person(&self, id: &ConversationId, person: &str) -> Result<(), Refusal> {
        let (id, person) = (*id, person.to_owned());
        self.ask(move |engine, now| engine.remove_person(now, (id, &person)))
            .await
    }

    /// Has the rules of a group changed.
    ///
    /// # Errors
    /// See [`Engine::change_group`](crate::engine::Engine::change_group).
    pub async fn change_group(
        &self,
        id: &ConversationId,
        change: GroupChange,
    ) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.change_group(now, (id, &change)))
            .await
    }

    /// Leaves a group.
    ///
    /// # Errors
    /// No open group, or one that would be left without an admin.
    pub async fn leave(&self, id: &ConversationId) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.leave(now, id)).await
    }

    /// Everybody in a group, admins first.
    ///
    /// # Errors
    /// An unknown conversation, or one of two people.
    pub async fn group_members(&self, id: &ConversationId) -> Result<Vec<GroupMember>, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.group_members(now, id))
            .await
    }
}
