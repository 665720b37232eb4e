//! What the door answers, method by method; a test holds real answers to it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::params::Adding;
use crate::Fault;

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Serialize, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $kind,)* }
    )*};
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($word:ident)* })*) => {$(
        $(#[$doc])*
        #[derive(Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $name { $($word,)* }
    )*};
}

words! {
    Link { Connecting Online Offline Astray }
    ConversationState { Open Waiting Request Declined Failed Frozen Left }
    MessageState { Unsent Pending Stored Sent Delivered Read Received }
    MessageKind { Text Contact File Change Unknown }
    Direction { In Out }
    TransferStage { Moving Paused Checking Done Failed }
    Role { Admin Member }
    AddedState { Requested Waiting }
    AnsweredState { Accepted Declined }
    ChangedWhat { Conversation Typing Requests Link Alarm Cards CaughtUp All }
}

/// A page of a list; `next` is passed on to get the one after it, null on the last.
#[derive(Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

answers! {
    HelloAnswer { version: u32, program: String, methods: Vec<String>, }
    Subscribed { subscribed: bool, }
    Alarm { kind: String, happened: String, todo: String, at: String, }
    Status {
        name: String,
        person: String,
        device: String,
        board: String,
        link: Link,
        /// Why the link is offline.
        reason: Option<String>,
        position: u64,
        waiting: u64,
        requests: u64,
        alarms: Vec<Alarm>,
    }
    CardMade { card: String, published: bool, }
    Added { conversation: String, state: AddedState, }
    Safety { person: String, name: String, level: String, number: String, }
    SafetyNumbers { people: Vec<Safety>, }
    Request {
        id: String,
        name: String,
        person: String,
        level: String,
        at: String,
        messages: u64,
        /// Title of the group they invite to.
        group: Option<String>,
    }
    Answered { conversation: String, state: AnsweredState, }
    Member { person: String, name: String, level: String, }
    Last { at: String, text: Option<String>, }
    Conversation {
        id: String,
        title: String,
        members: Vec<Member>,
        unread: u64,
        /// Those of them that name this person.
        mentions: u64,
        /// People who wait to be let in by the group's link.
        asks: u64,
        last: Option<Last>,
        state: ConversationState,
        group: bool,
        /// Messages disappear so many seconds after they are read; null if they stay.
        timer: Option<u32>,
        /// A message can be edited for so many seconds; null if there is no limit.
        edit_window: Option<u32>,
        /// A time, or `forever`.
        muted_until: Option<String>,
        archived: bool,
        pinned: bool,
        marked_unread: bool,
        deleted: bool,
        /// The beginning of the draft.
        draft: Option<String>,
    }
    Kept {
        conversation: String,
        muted_until: Option<String>,
        archived: bool,
        pinned: bool,
        marked_unread: bool,
        deleted: bool,
        draft: Option<String>,
    }
    Deleted { conversation: String, state: String, }
    Draft {
        conversation: String,
        text: Option<String>,
        in_reply_to: Option<String>,
        attachments: Vec<String>,
        at: Option<String>,
    }
    Timer {
        conversation: String,
        /// Messages disappear so many seconds after they are read; null if they stay.
        seconds: Option<u32>,
        /// In force for everybody; else asked for, and the board has not judged that yet.
        agreed: bool,
    }
    /// Somebody who could not be added: the place of the card, or of the member, in what was asked.
    NotAdded {
        card: Option<u64>,
        member: Option<u64>,
        kind: String,
        happened: String,
        todo: String,
    }
    GroupAdded { conversation: String, refused: Vec<NotAdded>, }
    OnlyConversation { conversation: String, }
    GroupMember {
        person: String,
        name: String,
        level: String,
        role: Role,
        leaving: bool,
        me: bool,
        devices: u32,
    }
    GroupMembers {
        /// What the group is for.
        description: Option<String>,
        /// Who may add people; null where this device cannot follow the group.
        adding: Option<Adding>,
        members: Vec<GroupMember>,
        /// Those whose devices were asked for a card, and have not answered yet.
        asked: Vec<PersonAt>,
    }
    GroupPicture {
        conversation: String,
        /// A JPEG, base 64; null if there is none.
        picture: Option<String>,
    }
    GroupLink { link: String, published: bool, }
    Unlinked { conversation: String, revoked: u64, }
    PeopleWaiting { people: Vec<PersonAt>, }
    AnsweredAsk { conversation: String, person: String, }
    SentMessages { messages: Vec<String>, state: MessageState, }
    Reached { message: String, state: MessageState, }
    Quote { from: String, text: String, }
    Reaction { emoji: String, from: String, person: String, mine: bool, }
    Message {
        id: String,
        from: String,
        person: String,
        at: String,
        text: String,
        /// The text with its format, safe to put into a page; null if it is none or was deleted.
        html: Option<String>,
        kind: MessageKind,
        state: MessageState,
        mine: bool,
        in_reply_to: Option<String>,
        quote: Option<Quote>,
        reactions: Vec<Reaction>,
        /// Members whom it names.
        mentions: Vec<Mention>,
        /// Whether this person is one of them.
        mentioned: bool,
        /// Pinned for everybody.
        pinned: bool,
        /// Passed on: the name of whoever wrote it, or an empty one; null if it was not.
        forwarded: Option<String>,
        /// What an address in it leads to, as its sender says.
        preview: Option<Preview>,
        /// The card that it passes on.
        contact: Option<ContactCard>,
        /// The file that it brings; `file.save` fetches it.
        file: Option<FileAbout>,
        /// When it disappears by itself (while it is unread, at the latest); null if it stays.
        disappears: Option<String>,
        starred: bool,
        edited: bool,
        deleted: bool,
        /// How far the latest that this person said about it has come, while that is not all the way.
        change: Option<MessageState>,
    }
    Mention { person: String, name: String, }
    Preview {
        address: String,
        title: String,
        text: String,
        /// Base64; null if there is none.
        picture: Option<String>,
    }
    FileAbout {
        name: String,
        media: String,
        size: u64,
        /// Of a picture, as its sender says; null of other files and of pictures that were not looked at.
        picture: Option<Picture>,
        /// Of a voice note, as its sender says; null of other files.
        voice: Option<Voice>,
    }
    Voice {
        /// How long it lasts, milliseconds.
        millis: u32,
        /// Loudness from beginning to end, base 64 of 64 bytes.
        waveform: String,
    }
    Picture {
        /// Pixels, as it is shown.
        width: u32,
        /// Pixels, as it is shown.
        height: u32,
        /// A ThumbHash, base 64; null if there is none.
        blur: Option<String>,
    }
    ContactCard { card: String, name: String, }
    FileSaved { message: String, path: String, }
    FilePaused { message: String, paused: bool, }
    OnlyMessage { message: String, }
    Transfers { items: Vec<Transfer>, }
    /// A file on its way. `problem` says why one failed; one that is `forwarded` has no path.
    Transfer {
        conversation: String,
        message: String,
        direction: Direction,
        path: String,
        size: u64,
        moved: u64,
        stage: TransferStage,
        problem: Option<String>,
        forwarded: bool,
    }
    /// Whether the others were told.
    Typing { conversation: String, told: bool, }
    NewlyRead { read: u64, }
    Changed { message: String, change: Option<String>, state: String, }
    Version { id: String, at: String, text: String, state: MessageState, }
    Piece { text: String, hit: bool, }
    Found {
        conversation: String,
        title: String,
        id: String,
        from: String,
        person: String,
        at: String,
        snippet: Vec<Piece>,
    }
    Starred { message: String, starred: bool, }
    Blocked { person: String, blocked: bool, }
    /// Since when: they are blocked, or they wait.
    PersonAt { person: String, name: String, at: String, }
    BlockedPeople { people: Vec<PersonAt>, }
    Synced { position: u64, waiting: u64, }
    BoardFollowed {
        /// Conversations that froze, and that this device asks to be brought back into.
        frozen: u64,
    }
    Setting { name: String, value: String, }
    /// What a listener is told; a hint to read again. `seq` is null when some were lost.
    Event {
        seq: Option<u64>,
        changed: ChangedWhat,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        conversation: Option<String>,
        /// Who is writing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        person: Option<String>,
    }
    /// Why a call was refused, in sentences for people; `kind` is stable.
    Refusal {
        kind: String,
        happened: String,
        kept: String,
        todo: String,
        #[ts(type = "\"user\" | \"peer\" | \"server\" | \"bug\"")]
        fault: Fault,
    }
}
