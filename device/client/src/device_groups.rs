//! What callers do with groups; see [`Device`].

use std::path::PathBuf;

use crate::device::{BOARD_PATIENCE, begun};
use crate::engine::portrait;
use crate::{
    Added, AskInfo, CardMade, ConversationId, Device, GroupChange, GroupMember, Refusal, Worker,
};

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

    /// Brings somebody into a group with whom this person talks, named by the conversation of the two or by their id:
    /// their device is asked for a card.
    ///
    /// # Errors
    /// See [`Engine::bring_known`](crate::engine::Engine::bring_known).
    pub async fn bring_known(&self, id: &ConversationId, known: &str) -> Result<(), Refusal> {
        let (id, known) = (*id, known.to_owned());
        self.ask(move |engine, now| engine.bring_known(now, id, &known))
            .await
    }

    /// Those whose devices were asked for a card for a group, and have not answered yet.
    ///
    /// # Errors
    /// Only if the database fails.
    pub async fn asked_into(&self, id: &ConversationId) -> Result<Vec<AskInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.asked_into(id)).await
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

    /// The link of a group, made if there is none; waits a while for its publication.
    ///
    /// # Errors
    /// No open group, or a person who may not add anybody.
    pub async fn group_link(&self, id: &ConversationId) -> Result<CardMade, Refusal> {
        let id = *id;
        let (card, link) = self
            .ask(move |engine, now| engine.group_link(now, id))
            .await?;
        let published = self.published(card).await?;
        Ok(CardMade { link, published })
    }

    /// Makes the link of a group void; gives how many there were.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn unlink(&self, id: &ConversationId) -> Result<usize, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.unlink(now, id)).await
    }

    /// Asks to be let into a group by its link, and waits a while for the board.
    ///
    /// # Errors
    /// A link that cannot be used.
    pub async fn ask_to_join(&self, link: &str) -> Result<Added, Refusal> {
        let link = link.to_owned();
        let conversation = self
            .ask(move |engine, now| engine.ask_to_join(now, &link))
            .await?;
        let done = self
            .until(BOARD_PATIENCE, move |engine| engine.ask_done(conversation))
            .await?;
        begun(conversation, done)
    }

    /// Those who wait to be let into a group, the first one first.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn asks(&self, id: &ConversationId) -> Result<Vec<AskInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.asks(id)).await
    }

    /// Lets somebody in who asked, or turns them away.
    ///
    /// # Errors
    /// Nobody of this id waits, no open group, or a person who may not add anybody.
    pub async fn answer_ask(
        &self,
        id: &ConversationId,
        (person, admit): (&str, bool),
    ) -> Result<(), Refusal> {
        let (id, person) = (*id, person.to_owned());
        self.ask(move |engine, now| match admit {
            true => engine.admit(now, (id, &person)),
            false => engine.turn_away(now, (id, &person)),
        })
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

    /// Whether everybody in a group may add people, or admins alone; `None` where this device cannot follow it.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn members_add(&self, id: &ConversationId) -> Result<Option<bool>, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.members_add(now, id))
            .await
    }

    /// What a group is for; empty if nobody says.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn group_description(&self, id: &ConversationId) -> Result<String, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.description(id)).await
    }

    /// What a group looks like, a JPEG; empty if nobody says.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn group_picture(&self, id: &ConversationId) -> Result<Vec<u8>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.group_picture(id)).await
    }

    /// Makes the picture of a group out of one of any size, in a process that can do nothing else.
    ///
    /// # Errors
    /// A file that cannot be read, or is no picture that can be read here.
    pub async fn portrait(path: PathBuf, worker: Worker) -> Result<Vec<u8>, Refusal> {
        tokio::task::spawn_blocking(move || portrait(&path, &worker))
            .await
            .map_err(Refusal::bug)?
    }

    /// Everybody in a group, this person too, admins first.
    ///
    /// # Errors
    /// An unknown conversation, or one of two people.
    pub async fn group_members(&self, id: &ConversationId) -> Result<Vec<GroupMember>, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.group_members(now, id))
            .await
    }
}
