//! What was begun to be written: a text, the message it answers, files that are to go with it.

use data_encoding::BASE64_NOPAD;
use heliograph_store::{ConversationRow, Keep, Step, View};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::annotate::sayable;
use super::core::Core;
use super::errors::EngineError;
use super::write::check_text;
use crate::{ATTACHMENTS_MAX, Changed, ConversationId, Draft, DraftInfo, MessageId, Refusal};

/// Longest path that a system takes, bytes (Linux).
const PATH_MAX: usize = 4_096;

/// A draft that is more than a text, as it is stored: CBOR in base64, since the column is a text.
#[derive(Serialize, Deserialize)]
struct Stored {
    text: String,
    in_reply_to: Option<[u8; 16]>,
    attachments: Vec<String>,
}

fn encode(draft: Draft) -> Result<String, EngineError> {
    let stored = Stored {
        text: draft.text,
        in_reply_to: draft.in_reply_to.map(|id| id.0),
        attachments: draft.attachments,
    };
    let mut bytes = Vec::new();
    ciborium::into_writer(&stored, &mut bytes).map_err(EngineError::bug)?;
    Ok(BASE64_NOPAD.encode(&bytes))
}

/// Reads a draft as it is stored.
pub(super) fn decode((text, full): (String, bool)) -> Draft {
    if !full {
        return text.as_str().into();
    }
    let bytes = BASE64_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let stored: Option<Stored> = ciborium::from_reader(bytes.as_slice()).ok();
    // Nobody but this device writes it; what it cannot read is shown rather than dropped.
    stored.map_or(text.as_str().into(), |stored| Draft {
        text: stored.text,
        in_reply_to: stored.in_reply_to.map(MessageId),
        attachments: stored.attachments,
    })
}

fn check_attachments(paths: &[String]) -> Result<(), Refusal> {
    if paths.len() > ATTACHMENTS_MAX {
        return Err(Refusal::unchanged(
            "too-many-files",
            "At most 32 files can go with a draft.",
            "Send some of them first.",
        ));
    }
    let named = |path: &String| path.starts_with('/') && path.len() <= PATH_MAX;
    if paths.iter().all(named) {
        return Ok(());
    }
    Err(Refusal::unchanged(
        "bad-path",
        "A file is named by its whole path.",
        "Give the path from the root on.",
    ))
}

impl Engine {
    /// Writes down what was begun; an empty one clears it. Files stay where they are and are not read.
    ///
    /// # Errors
    /// An unknown conversation or message, or files that cannot go with it.
    pub fn set_draft(
        &mut self,
        now_ms: i64,
        id: ConversationId,
        draft: impl Into<Draft>,
    ) -> Result<(), Refusal> {
        let draft = draft.into();
        check_attachments(&draft.attachments)?;
        self.command(now_ms, |core, tx| {
            let row = tx
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            if let Some(message) = &draft.in_reply_to {
                sayable(tx, &row, message)?;
            }
            core.keep_draft(tx, &row, draft)?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
        })
    }

    /// Sends the text of a draft and takes it out of it, in one step; its files stay for another.
    ///
    /// # Errors
    /// `no-draft` if there is no text, a text that is too long, or a conversation that is closed.
    pub fn send_draft(&mut self, now_ms: i64, id: ConversationId) -> Result<MessageId, Refusal> {
        self.say(now_ms, id, |core, tx, row| {
            let draft = kept_draft(tx, row)?.map(|kept| kept.draft);
            let Some(draft) = draft.filter(|it| !it.text.is_empty()) else {
                return Err(no_draft("The draft of this conversation has no text.").into());
            };
            check_text(&draft.text)?;
            let answers = draft.in_reply_to.map(|message| message.0);
            let said = core.typed(tx, row, (&draft.text, answers))?;
            let files = Draft {
                attachments: draft.attachments,
                ..Draft::default()
            };
            // Files that stay have a key of their own: the one of the text goes now, not with them.
            core.keep_draft(tx, row, Draft::default())?;
            core.keep_draft(tx, row, files)?;
            Ok(said)
        })
    }

    /// What was begun, if anything. A message that is there no more is answered no more.
    ///
    /// # Errors
    /// An unknown conversation.
    pub fn draft(&self, id: ConversationId) -> Result<Option<DraftInfo>, Refusal> {
        self.read(|view| {
            let row = view
                .conversation_by_public(&id.0)?
                .ok_or_else(Refusal::no_conversation)?;
            kept_draft(view, &row)
        })
    }
}

/// The draft of a conversation. A message that is there no more is answered no more.
fn kept_draft(view: &View<'_>, row: &ConversationRow) -> Result<Option<DraftInfo>, EngineError> {
    let kept = view.kept(row.id)?;
    let Some((text, at_ms)) = kept.draft else {
        return Ok(None);
    };
    let mut draft = decode((text, kept.draft_is_full));
    if let Some(message) = &draft.in_reply_to {
        match sayable(view, row, message) {
            Ok(_) => {}
            Err(EngineError::Refused(_)) => draft.in_reply_to = None,
            Err(other) => return Err(other),
        }
    }
    Ok(Some(DraftInfo { draft, at_ms }))
}

fn no_draft(happened: &str) -> Refusal {
    Refusal::unchanged(
        "no-draft",
        happened,
        "Keep one with `heliograph draft CONVERSATION TEXT`.",
    )
}

impl Core {
    fn keep_draft(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
        draft: Draft,
    ) -> Result<(), EngineError> {
        let due = self.draft_due(row)?;
        if draft.in_reply_to.is_none() && draft.attachments.is_empty() {
            tx.keep(row.id, Keep::Draft(&draft.text, due), self.now)?;
        } else {
            tx.keep(row.id, Keep::FullDraft(&encode(draft)?, due), self.now)?;
        }
        self.look_ahead(tx)
    }

    /// A file of a draft goes out and is one of it no more. Gives the message that it answers: of a draft without words
    /// the first part does, otherwise the words do.
    ///
    /// # Errors
    /// `no-draft` if the draft does not have it, so that it went already or is not to go any more.
    pub(super) fn leave_draft(
        &mut self,
        tx: &Step<'_>,
        row: &ConversationRow,
        path: &str,
    ) -> Result<Option<MessageId>, EngineError> {
        let kept = kept_draft(tx, row)?;
        let mut draft = kept.map(|kept| kept.draft).unwrap_or_default();
        let Some(at) = draft.attachments.iter().position(|one| one == path) else {
            let happened = "The draft of this conversation does not have this file any more.";
            return Err(no_draft(happened).into());
        };
        draft.attachments.remove(at);
        let answers = match draft.text.trim().is_empty() {
            true => draft.in_reply_to.take(),
            false => None,
        };
        self.keep_draft(tx, row, draft)?;
        Ok(answers)
    }

    /// A timer came on: what was begun before it goes by itself too.
    pub(super) fn time_draft(
        &mut self,
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<(), EngineError> {
        let Some(row) = tx.conversation(conversation)? else {
            return Ok(());
        };
        match kept_draft(tx, &row)? {
            Some(kept) => self.keep_draft(tx, &row, kept.draft),
            None => Ok(()),
        }
    }
}
