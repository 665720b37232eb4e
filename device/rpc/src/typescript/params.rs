//! What callers give, method by method: the same fields that the door's own readers take, which a
//! test holds them to. What is marked optional may be left out and not be null.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! params {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Serialize, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        #[ts(optional_fields = nullable)]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $kind,)* }
    )*};
}

/// Who may add people to a group.
#[derive(Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Adding {
    Members,
    Admins,
}

/// What a message may have to have.
#[derive(Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub(super) enum Has {
    File,
    Mention,
}

/// States that one's own message can reach.
#[derive(Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reach {
    Pending,
    Stored,
    Sent,
    Delivered,
    Read,
}

params! {
    /// The first call of a connection.
    Hello { version: u32, }
    /// No parameters.
    Nothing {}
    MakeCard { #[ts(optional)] once: Option<bool>, }
    AddContact { card: String, }
    OfConversation { conversation: String, }
    Confirm { conversation: String, person: String, number: String, }
    Withdraw { conversation: String, person: String, }
    List { after: Option<String>, limit: Option<u32>, }
    OfRequest { id: String, }
    ListConversations {
        after: Option<String>,
        limit: Option<u32>,
        /// Only those with something unread.
        #[ts(optional)] unread: Option<bool>,
        /// Also those deleted on this device.
        #[ts(optional)] deleted: Option<bool>,
    }
    SetConversation {
        conversation: String,
        /// A time, `forever` or `off`.
        muted_until: Option<String>,
        archived: Option<bool>,
        pinned: Option<bool>,
        marked_unread: Option<bool>,
    }
    SetDraft {
        conversation: String,
        text: String,
        in_reply_to: Option<String>,
        /// Whole paths of files.
        #[ts(optional)] attachments: Option<Vec<String>>,
    }
    SetTimer {
        conversation: String,
        /// 30 to 2,419,200 (four weeks); 0 lets messages stay.
        seconds: u32,
    }
    CreateGroup {
        title: String,
        #[ts(optional)]
        cards: Option<Vec<String>>,
        /// People with whom there is a conversation of two: its id or theirs.
        #[ts(optional)]
        members: Option<Vec<String>>,
    }
    AddToGroup {
        conversation: String,
        #[ts(optional)]
        cards: Option<Vec<String>>,
        /// As of `CreateGroup`.
        #[ts(optional)]
        members: Option<Vec<String>>,
    }
    RemoveFromGroup { conversation: String, person: String, }
    ChangeGroup {
        conversation: String,
        title: Option<String>,
        /// At most 1,000 bytes; an empty one is none.
        #[ts(optional)] description: Option<String>,
        /// Path of a picture of any size; an empty one is none.
        #[ts(optional)] picture: Option<String>,
        adding: Option<Adding>,
        /// For how long a message can be edited, seconds; 0 is for good.
        #[ts(optional)] edit_window: Option<u32>,
        #[ts(optional)] promote: Option<Vec<String>>,
        #[ts(optional)] demote: Option<Vec<String>>,
    }
    Join { link: String, }
    OfPerson { conversation: String, person: String, }
    Send {
        conversation: String,
        texts: Vec<String>,
        /// With one text alone.
        preview: Option<PreviewOf>,
    }
    /// What an address in the text leads to: found by the caller, for nothing is fetched here.
    PreviewOf {
        address: String,
        title: String,
        #[ts(optional)] text: Option<String>,
        /// Base64.
        picture: Option<String>,
    }
    Pin { conversation: String, message: String, pinned: bool, }
    ListPins { conversation: String, since: Option<String>, }
    Forward {
        conversation: String,
        message: String,
        to: String,
        #[ts(optional)] with_name: Option<bool>,
    }
    SendFile {
        conversation: String,
        path: String,
        caption: Option<String>,
        name: Option<String>,
        media: Option<String>,
        /// Send a picture as it is, with place, time and device in it.
        #[ts(optional)] original: Option<bool>,
        /// The message that it answers.
        #[ts(optional)] in_reply_to: Option<String>,
        /// It leaves the draft of the conversation, which has it under this path.
        #[ts(optional)] from_draft: Option<bool>,
    }
    /// A WAV file becomes a voice note.
    SendVoice {
        conversation: String,
        path: String,
        caption: Option<String>,
        #[ts(optional)] in_reply_to: Option<String>,
    }
    SaveFile { conversation: String, message: String, path: String, }
    PauseFile { conversation: String, message: String, paused: bool, }
    OfMessage { conversation: String, message: String, }
    Share { conversation: String, card: String, name: String, }
    Wait { message: String, state: Reach, within_ms: Option<u64>, }
    ListMessages {
        conversation: String,
        since: Option<String>,
        /// The last ones before this message, or before the `end`.
        #[ts(optional)] before: Option<String>,
        limit: Option<u32>,
    }
    /// From one message and up to one, both included; without them all.
    MarkRead { conversation: String, from: Option<String>, upto: Option<String>, }
    Rewrite { conversation: String, message: String, text: String, }
    React { conversation: String, message: String, emoji: String, }
    Delete { conversation: String, message: String, #[ts(optional)] for_everyone: Option<bool>, }
    History { conversation: String, message: String, since: Option<String>, }
    Search {
        query: Option<String>,
        has: Option<Has>,
        conversation: Option<String>,
        from: Option<String>,
        before: Option<String>,
        after: Option<String>,
        limit: Option<u32>,
        after_cursor: Option<String>,
    }
    Star { conversation: String, message: String, starred: bool, }
    ListStarred { conversation: Option<String>, limit: Option<u32>, after_cursor: Option<String>, }
    Block { person: String, blocked: bool, }
    Sync { #[ts(optional)] until_idle: Option<bool>, within_ms: Option<u64>, }
    GetSetting { name: String, }
    SetSetting { name: String, value: String, }
}
