//! Hints at what changed, for whoever shows it.

use crate::ConversationId;

/// A hint that something changed; whoever cares reads it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Dense within a process.
    pub seq: u64,
    /// What changed.
    pub what: Changed,
}

/// See [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Messages, members or state of a conversation.
    Conversation(ConversationId),
    /// Somebody (`p_…`) is writing in a conversation. Said once, and true for a few seconds.
    Typing(ConversationId, String),
    /// The list of requests.
    Requests,
    /// The way to the board.
    Link,
    /// A new alarm.
    Alarm,
    /// A card was published.
    Cards,
    /// The device has caught up with the feed.
    CaughtUp,
}
