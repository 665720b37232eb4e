//! The answers of a device, as values for its callers.

use crate::{ConversationId, FileInfo, KeptInfo, MessageId};

/// How far a message of one's own has come; `Received` for those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageState {
    /// Given up: the conversation ended for this device before the message was known to be sent. It
    /// is kept here and never sent by itself.
    Unsent,
    /// Written down here; not yet on the board.
    Pending,
    /// Durable on the board.
    Stored,
    /// Counted by the feed: every member agrees that it was said.
    Sent,
    /// On every device of the other members.
    Delivered,
    /// Read by every other member.
    Read,
    /// Of somebody else.
    Received,
}

/// State of the way to the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Trying.
    Connecting,
    /// Connected and caught up, or catching up.
    Online,
    /// Not connected, and why.
    Offline(String),
    /// The board shows another record than this device followed: nothing goes or comes until it shows that one again, or
    /// a person decides to follow this one.
    Astray,
}

/// Something a person must know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Stable name in kebab-case.
    pub kind: String,
    /// What happened.
    pub happened: String,
    /// What to do.
    pub todo: String,
    /// When it was noticed, Unix milliseconds.
    pub at_ms: i64,
}

/// The profile at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Name others see.
    pub name: String,
    /// `p_…`
    pub person: String,
    /// `d_…`
    pub device: String,
    /// Board link.
    pub board: String,
    /// Way to the board.
    pub link: LinkState,
    /// Number of the newest tick processed.
    pub position: u64,
    /// Messages on their way out.
    pub waiting: u64,
    /// Open requests.
    pub requests: u64,
    /// Alarms, newest last.
    pub alarms: Vec<Alarm>,
}

/// A card made for passing on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardMade {
    /// `heliograph://card/…`
    pub link: String,
    /// Whether the board holds everything a stranger needs.
    pub published: bool,
}

/// How far a first contact has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactState {
    /// Kept here; the board could not be reached yet.
    Waiting,
    /// The other person has a request to answer.
    Requested,
}

/// A first contact begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The new conversation.
    pub conversation: ConversationId,
    /// How far it came.
    pub state: ContactState,
}

/// A stranger who knocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestInfo {
    /// Conversation that opens when accepted.
    pub id: ConversationId,
    /// Their name, isolated for direction.
    pub name: String,
    /// `p_…`
    pub person: String,
    /// Level of identity, in words.
    pub level: String,
    /// When it came, Unix milliseconds.
    pub at_ms: i64,
    /// Messages waiting in it.
    pub messages: u64,
    /// Title of the group they invite to; `None` for a conversation between two.
    pub group: Option<String>,
}

/// A member of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberInfo {
    /// `p_…`
    pub person: String,
    /// Their name.
    pub name: String,
    /// Level of identity, in words.
    pub level: String,
}

/// A person and the number to compare with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyInfo {
    /// `p_…`
    pub person: String,
    /// Their name.
    pub name: String,
    /// Level of identity, in words.
    pub level: String,
    /// Twelve groups of five digits.
    pub number: String,
}

/// Somebody who waits to be let into a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskInfo {
    /// `p_…`
    pub person: String,
    /// Their name.
    pub name: String,
    /// When they asked, Unix milliseconds.
    pub at_ms: i64,
}

/// Somebody this person wants to hear nothing from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedInfo {
    /// `p_…`
    pub person: String,
    /// Their name when they were blocked.
    pub name: String,
    /// When that was, Unix milliseconds.
    pub at_ms: i64,
}

/// A conversation in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationInfo {
    /// Its id.
    pub id: ConversationId,
    /// Its title.
    pub title: String,
    /// Everybody in it but this person.
    pub members: Vec<MemberInfo>,
    /// Messages not read yet.
    pub unread: u64,
    /// Those of them that name this person.
    pub mentions: u64,
    /// People who asked to be let in by the group's link, and wait.
    pub asks: u64,
    /// When the last message was written, Unix milliseconds.
    pub last_ms: Option<i64>,
    /// Text of the last message.
    pub last_text: Option<String>,
    /// `open`, `waiting`, `declined`, `frozen` …
    pub state: String,
    /// Any number of people, or two.
    pub group: bool,
    /// How this person keeps it.
    pub kept: KeptInfo,
    /// Messages disappear so long after they are read or sent, seconds.
    pub timer_s: Option<u32>,
    /// For how long a message can be edited, seconds; `None` for good.
    pub edit_window_s: Option<u32>,
}

/// A change of a group's rules; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// Another title.
    pub title: Option<String>,
    /// Another description; an empty one is none.
    pub description: Option<String>,
    /// Another picture, a JPEG of at most 8,000 bytes; no bytes are none.
    pub picture: Option<Vec<u8>>,
    /// Whether everybody may add people, or only admins.
    pub members_add: Option<bool>,
    /// For how long a message can be edited, seconds (a minute to four weeks); 0 is for good.
    pub edit_window_s: Option<u32>,
    /// `p_…` of people, and whether each is to be an admin.
    pub admins: Vec<(String, bool)>,
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// `p_…`
    pub person: String,
    /// Their name.
    pub name: String,
    /// Level of identity, in words.
    pub level: String,
    /// Decides in the group.
    pub admin: bool,
    /// Said that they leave; an admin's device has yet to remove them.
    pub leaving: bool,
    /// This person.
    pub mine: bool,
    /// Devices of theirs in it.
    pub devices: u32,
}

/// The epoch of a conversation, equal for all its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochInfo {
    /// Its number.
    pub number: u64,
    /// Tick in which it began.
    pub since_tick: u64,
    /// The epoch's authenticator (RFC 9420, 8.7).
    pub authenticator: Vec<u8>,
    /// `d_…` of every device in it.
    pub devices: Vec<String>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageInfo {
    /// Its id.
    pub id: MessageId,
    /// Name of the sender, or `me`.
    pub from: String,
    /// `p_…` of the sender.
    pub person: String,
    /// When the sender says it was written, Unix milliseconds.
    pub at_ms: i64,
    /// Its text; the name for a card; empty for kinds this version cannot show.
    pub text: String,
    /// `text`, `contact` (somebody's card), `file`, `change` (of a group, in words), or `unknown`.
    pub kind: String,
    /// How far it has come.
    pub state: MessageState,
    /// Whether this person wrote it.
    pub mine: bool,
    /// The message it answers, which need not be here.
    pub in_reply_to: Option<MessageId>,
    /// What that message says, if it is here and says something.
    pub quote: Option<QuoteInfo>,
    /// Reactions, at most one of each person.
    pub reactions: Vec<ReactionInfo>,
    /// Members whom it names.
    pub mentions: Vec<MentionInfo>,
    /// Whether this person is one of them.
    pub mentioned: bool,
    /// To be found at once by everyone.
    pub pinned: bool,
    /// Said elsewhere before: the name of whoever said it, or an empty one.
    pub forwarded: Option<String>,
    /// What an address in it leads to, as its sender says.
    pub preview: Option<PreviewInfo>,
    /// The card that it passes on.
    pub contact: Option<ContactInfo>,
    /// The file that it brings.
    pub file: Option<FileInfo>,
    /// When it disappears by itself, Unix milliseconds; while it is unread, at the latest.
    pub disappears_ms: Option<i64>,
    /// Marked by this person, to be found again.
    pub starred: bool,
    /// Whether the text is another one than at first.
    pub edited: bool,
    /// Taken back by whoever wrote it: its text is gone.
    pub deleted: bool,
    /// How far the latest that this person said about it has come; `None` when that is all the way.
    pub change: Option<MessageState>,
}

/// A member who is named in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionInfo {
    /// `p_…`
    pub person: String,
    /// Their name; `@` and this stands in the text, if they have not changed it since.
    pub name: String,
}

/// What an address in a text leads to. Nobody vouches for it but the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewInfo {
    /// The address, `http` or `https`, which stands in the text.
    pub address: String,
    /// Its title, 1 to 300 bytes.
    pub title: String,
    /// What it is about, up to 1,000 bytes.
    pub text: String,
    /// A small picture, up to 8,000 bytes; empty is none.
    pub picture: Vec<u8>,
}

/// Somebody's card, passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactInfo {
    /// `heliograph://card/…`
    pub card: String,
    /// The name that the sender gave with it.
    pub name: String,
}

/// The message that another answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteInfo {
    /// Name of its sender, or `me`.
    pub from: String,
    /// Its text.
    pub text: String,
}

/// What somebody has to say to a message, in one sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionInfo {
    /// The sign.
    pub emoji: String,
    /// Name of the person, or `me`.
    pub from: String,
    /// `p_…` of the person.
    pub person: String,
    /// Whether it is this person's.
    pub mine: bool,
}

/// A text that a message had or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// Id of the message for the first, of the edit for the others.
    pub id: MessageId,
    /// When the author says it was written, Unix milliseconds.
    pub at_ms: i64,
    /// The text.
    pub text: String,
    /// How far it has come.
    pub state: MessageState,
}

/// A page of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Items in order.
    pub items: Vec<T>,
    /// Pass this on to get the next page.
    pub next: Option<MessageId>,
}

/// Result of a synchronisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synced {
    /// Number of the newest tick processed.
    pub position: u64,
    /// Messages still on their way out.
    pub waiting: u64,
}
