//! Finding messages: what may be asked, and the answer.

use crate::{ConversationId, Device, MessageId, Refusal};

pub use heliograph_store::Piece;

/// What is looked for. Everything but the words may be left open.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Search {
    /// As typed: every word must be there, the last one may be only begun.
    pub words: String,
    /// Only what brings a file; then no words are needed.
    pub has_file: bool,
    /// Only what names this person, written by somebody else; then no words are needed.
    pub mentions_me: bool,
    /// In this conversation only.
    pub conversation: Option<ConversationId>,
    /// Of these people only: `me`, a `p_…`, or a name as members go by it.
    pub from: Option<String>,
    /// Written before, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// Written then or later, Unix milliseconds.
    pub after_ms: Option<i64>,
    /// Where an earlier page ended.
    pub cursor: Option<i64>,
    /// At most as many.
    pub limit: u32,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInfo {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Title of the conversation.
    pub title: String,
    /// Its id.
    pub id: MessageId,
    /// Name of the sender, or `me`.
    pub from: String,
    /// `p_…` of the sender.
    pub person: String,
    /// When the sender says it was written, Unix milliseconds.
    pub at_ms: i64,
    /// A part of its text, and what in it was looked for.
    pub snippet: Vec<Piece>,
    /// A page that is to go on after this one begins here.
    pub cursor: i64,
}

impl Device {
    /// Messages with the words, newest first; fewer than the limit if there are no more.
    ///
    /// # Errors
    /// An unknown conversation, or nobody of this name. No words are wrong.
    pub async fn search(&self, search: Search) -> Result<Vec<FoundInfo>, Refusal> {
        self.ask(move |engine, _| engine.search(&search)).await
    }
}
