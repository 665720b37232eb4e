//! Keeping conversations in order, and what was begun to be written.

use crate::{ConversationId, Device, Refusal};

pub use heliograph_store::FOREVER;

/// What is to change about how a conversation is kept; `None` stays as it is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct KeepAsked {
    /// Muted until then, Unix milliseconds; [`FOREVER`]; 0 is not muted.
    pub muted_until: Option<i64>,
    /// Put away, at the end of the list, until something new is said in it.
    pub archived: Option<bool>,
    /// At the top of the list.
    pub pinned: Option<bool>,
    /// To be looked at again; reading takes it back.
    pub marked_unread: Option<bool>,
}

/// How a conversation is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptInfo {
    /// Muted until then, Unix milliseconds; [`FOREVER`]; `None` if it is not muted now.
    pub muted_until: Option<i64>,
    /// Put away.
    pub archived: bool,
    /// At the top of the list.
    pub pinned: bool,
    /// To be looked at again.
    pub marked_unread: bool,
    /// Deleted by this person on this device; listed again when something is said in it.
    pub deleted: bool,
    /// What was begun and not sent.
    pub draft: Option<DraftInfo>,
}

/// A text that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftInfo {
    /// The text.
    pub text: String,
    /// When it was written down, Unix milliseconds.
    pub at_ms: i64,
}

impl Device {
    /// Changes how a conversation is kept; gives how it is kept now.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn keep(&self, id: &ConversationId, asked: KeepAsked) -> Result<KeptInfo, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.keep(now, id, asked))
            .await
    }

    /// Writes down what was begun; an empty text clears it.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn set_draft(&self, id: &ConversationId, text: String) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.set_draft(now, id, &text))
            .await
    }

    /// What was begun, if anything.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn draft(&self, id: &ConversationId) -> Result<Option<DraftInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, now| Ok(engine.kept(now, id)?.draft))
            .await
    }
}
