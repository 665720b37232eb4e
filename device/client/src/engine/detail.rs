//! What the engine remembers with a row of the database, in CBOR.

use heliograph_store::ConversationRow;
use serde::{Deserialize, Serialize};

use super::contact::{CardAsked, CardsGiven};
use super::errors::{EngineError, from_cbor, to_cbor};
use super::freeze::LEFT;
use super::wishes::Wishes;

/// State of a conversation, as stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// First contact by this device is under way.
    Inviting,
    /// A stranger knocks; nothing goes back.
    Request,
    /// Both sides talk.
    Open,
    /// Turned away here.
    Declined,
    /// First contact cannot be completed.
    Failed,
    /// This device may not go on by itself.
    Frozen,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Inviting,
        Self::Request,
        Self::Open,
        Self::Declined,
        Self::Failed,
        Self::Frozen,
    ];

    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Inviting => 1,
            Self::Request => 2,
            Self::Open => 3,
            Self::Declined => 4,
            Self::Failed => 5,
            Self::Frozen => 6,
        }
    }

    pub(crate) fn of(row: &ConversationRow) -> Result<Self, EngineError> {
        Self::ALL
            .into_iter()
            .find(|state| state.code() == row.state)
            .ok_or_else(|| EngineError::bug("a conversation has an unknown state"))
    }

    /// The word a person sees.
    pub(crate) fn word(self, detail: &Detail) -> &'static str {
        match self {
            Self::Frozen if detail.has_left() => "left",
            Self::Inviting => "waiting",
            Self::Request => "request",
            Self::Open => "open",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Frozen => "frozen",
        }
    }
}

/// Healing and gating of a conversation.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// The MLS group exists on this device.
    pub(crate) grouped: bool,
    /// When this device's own last commit was applied, Unix milliseconds; 0 is never.
    pub(crate) last_commit_ms: i64,
    /// A commit is due as soon as one can be made.
    pub(crate) wants_commit: bool,
    /// Nothing is sent before that commit is applied (a joiner's first step).
    pub(crate) gate: bool,
    /// The last text shown is the other side's.
    pub(crate) theirs_last: bool,
    /// Own labels found taken in this epoch.
    pub(crate) taken: u32,
    /// Tick in which this device entered the present epoch; bodies of its commit are not older.
    /// 0 if it joined in it.
    #[serde(default)]
    pub(crate) epoch_tick: u64,
    /// Person who invited this device: the one a request is shown as coming from.
    #[serde(default)]
    pub(crate) inviter: Option<[u8; 32]>,
    /// Their name, as it was then: they may be gone before the request is answered.
    #[serde(default)]
    pub(crate) inviter_name: String,
    /// A group, not a conversation between two people.
    #[serde(default)]
    pub(crate) group: bool,
    /// People this person wants removed; done by the next commit that can.
    #[serde(default)]
    pub(crate) removes: Vec<[u8; 32]>,
    /// Changes of a group's rules that this person wants; done in the same way.
    #[serde(default)]
    pub(crate) wishes: Wishes,
    /// People who said that they leave, and are in the group still.
    #[serde(default)]
    pub(crate) leavers: Vec<[u8; 32]>,
    /// This person has said so.
    #[serde(default)]
    pub(crate) leaving: bool,
    /// When this device next replaces its keys in a group, Unix milliseconds; 0 is not set yet.
    #[serde(default)]
    pub(crate) heal_due_ms: i64,
    /// This person asked to be let into a group by a link of this person's, and waits.
    #[serde(default)]
    pub(crate) asking: Option<[u8; 32]>,
    /// What the group is for; empty if nobody says.
    #[serde(default)]
    pub(crate) description: String,
    /// How long what is said in the present epoch stays, seconds; 0 is for good.
    #[serde(default)]
    pub(crate) timer_s: u32,
    /// For how long a message can be edited in the present epoch, seconds; 0 is for good.
    #[serde(default)]
    pub(crate) edits_s: u32,
    /// This device is stuck, and asks others to put it back.
    #[serde(default)]
    pub(crate) wants_back: bool,
    /// The board's day on which it last asked; 0 is never.
    #[serde(default)]
    pub(crate) asked_day: u32,
    /// How often it asked.
    #[serde(default)]
    pub(crate) asks: u32,
    /// How often on that day it found a place taken.
    #[serde(default)]
    pub(crate) moves: u8,
    /// People whose devices were asked for a card, to be brought into this group.
    #[serde(default)]
    pub(crate) cards_asked: Vec<CardAsked>,
    /// Cards that the other device asked for here.
    #[serde(default)]
    pub(crate) cards_given: CardsGiven,
    /// Why a first contact failed, as `kind`.
    pub(crate) failure: Option<String>,
}

impl Detail {
    /// What ended it last is that this person left.
    pub(crate) fn has_left(&self) -> bool {
        self.failure.as_deref() == Some(LEFT)
    }

    pub(crate) fn of(row: &ConversationRow) -> Result<Self, EngineError> {
        from_cbor(&row.detail)
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, EngineError> {
        to_cbor(self)
    }
}

/// A commit of one's own that waits for the feed's judgement.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PendingCommit {
    /// The MLS commit; an own commit is recognised by these bytes.
    #[serde(with = "serde_bytes")]
    pub(crate) mls: Vec<u8>,
    /// Payload of the head cell; sealed anew for each slot tried.
    #[serde(with = "serde_bytes")]
    pub(crate) head: Vec<u8>,
    /// Slot the head was last put at; `None` until the bodies are stored.
    pub(crate) slot: Option<u32>,
    /// The slot was found taken: wait for its judgement.
    pub(crate) taken: bool,
    /// First contacts whose people it adds.
    #[serde(default)]
    pub(crate) bringing: Vec<i64>,
    /// The Welcome for them, put once the commit is applied.
    #[serde(default, with = "serde_bytes")]
    pub(crate) welcome: Option<Vec<u8>>,
}

/// Kinds of rows in the outbox and among messages.
pub(crate) mod kind {
    /// A text of a person.
    pub(crate) const TEXT: i64 = 1;
    /// Delivered and read marks.
    pub(crate) const RECEIPT: i64 = 2;
    /// A change of a group; made here from what a commit did, never sent.
    pub(crate) const CHANGE: i64 = 20;
    /// A member leaves.
    pub(crate) const LEAVE: i64 = 21;
    /// One sign about a message.
    pub(crate) const REACTION: i64 = 3;
    /// Another text for a message.
    pub(crate) const EDIT: i64 = 4;
    /// A message is taken back.
    pub(crate) const DELETION: i64 = 5;
    /// A file.
    pub(crate) const FILE: i64 = 6;
    /// A message is pinned, or no more.
    pub(crate) const PIN: i64 = 8;
    /// Somebody is writing.
    pub(crate) const TYPING: i64 = 10;
    /// Somebody's card.
    pub(crate) const CONTACT: i64 = 9;
    /// A card is asked for, to bring somebody into a group.
    pub(crate) const CARD_WANTED: i64 = 11;
    /// It is given.
    pub(crate) const CARD_GIVEN: i64 = 12;
    /// What devices say among themselves, and is sent before a profile is at rest.
    pub(crate) const OF_DEVICES: [i64; 4] = [RECEIPT, LEAVE, CARD_WANTED, CARD_GIVEN];
    /// What a person says, as opposed to what their device does.
    pub(crate) const OF_PEOPLE: [i64; 7] = [TEXT, REACTION, EDIT, DELETION, PIN, CONTACT, FILE];
    /// What anybody may say about a message of anybody.
    pub(crate) const OF_ANYBODY: [i64; 2] = [REACTION, PIN];
    /// What has a place among messages.
    pub(crate) const MESSAGES: [i64; 3] = [TEXT, CONTACT, FILE];
    /// Something of a newer version; kept as it came.
    pub(crate) const UNKNOWN: i64 = 99;
}

/// Purposes of outgoing cells that are not messages.
pub(crate) mod purpose {
    /// Body of a commit; owner is the conversation.
    pub(crate) const COMMIT_BODY: i64 = 1;
    /// Head of a commit; owner is the conversation.
    pub(crate) const COMMIT_HEAD: i64 = 2;
    /// Body of a hello; owner is the contact.
    pub(crate) const HELLO_BODY: i64 = 3;
    /// Head of a hello; owner is the contact.
    pub(crate) const HELLO_HEAD: i64 = 4;
    /// Bundle and key packages; owner is the card.
    pub(crate) const CARD: i64 = 5;
    /// An ask to be brought back; owner is the conversation.
    pub(crate) const RETURN: i64 = 6;
}

/// Message states as stored; the order is that of progress.
pub(crate) mod state {
    use crate::MessageState;

    pub(crate) const UNSENT: i64 = 0;
    pub(crate) const PENDING: i64 = 1;
    pub(crate) const STORED: i64 = 2;
    pub(crate) const SENT: i64 = 3;
    pub(crate) const DELIVERED: i64 = 4;
    pub(crate) const READ: i64 = 5;
    pub(crate) const RECEIVED: i64 = 10;

    pub(crate) fn word(code: i64) -> MessageState {
        match code {
            UNSENT => MessageState::Unsent,
            STORED => MessageState::Stored,
            SENT => MessageState::Sent,
            DELIVERED => MessageState::Delivered,
            READ => MessageState::Read,
            RECEIVED => MessageState::Received,
            _ => MessageState::Pending,
        }
    }
}

/// Levels of acknowledgement.
pub(crate) mod ack {
    /// On the device.
    pub(crate) const DELIVERED: i64 = 1;
    /// Seen by the person.
    pub(crate) const READ: i64 = 2;
}
