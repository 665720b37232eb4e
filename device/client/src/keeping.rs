//! Keeping conversations in order, and what was begun to be written.

use crate::{ConversationId, Device, MessageId, Refusal};

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

/// What somebody began to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text; may be empty beside the rest.
    pub text: String,
    /// The message that it answers.
    pub in_reply_to: Option<MessageId>,
    /// Whole paths of files that are to go with it, at most [`ATTACHMENTS_MAX`].
    pub attachments: Vec<String>,
}

/// Most files of a draft.
pub const ATTACHMENTS_MAX: usize = 32;

impl From<&str> for Draft {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }
}

/// A draft that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftInfo {
    /// What was begun.
    pub draft: Draft,
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

    /// Writes down what was begun; an empty one clears it.
    ///
    /// # Errors
    /// An unknown conversation or message, or files that cannot go with it.
    pub async fn set_draft(&self, id: &ConversationId, draft: Draft) -> Result<(), Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.set_draft(now, id, draft))
            .await
    }

    /// Sends the text of a draft and takes it out of it, in one step; its files stay.
    ///
    /// # Errors
    /// `no-draft` if there is no text, or as of [`Device::reply`].
    pub async fn send_draft(&self, id: &ConversationId) -> Result<MessageId, Refusal> {
        let id = *id;
        self.ask(move |engine, now| engine.send_draft(now, id))
            .await
    }

    /// What was begun, if anything. A message that is there no more is answered no more.
    ///
    /// # Errors
    /// An unknown conversation.
    pub async fn draft(&self, id: &ConversationId) -> Result<Option<DraftInfo>, Refusal> {
        let id = *id;
        self.ask(move |engine, _| engine.draft(id)).await
    }
}
