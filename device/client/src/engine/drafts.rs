//! What was begun to be written: a text, the message it answers, files that are to go with it.

use data_encoding::BASE64_NOPAD;
use heliograph_store::Keep;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::annotate::sayable;
use super::errors::EngineError;
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
            let due = core.draft_due(&row)?;
            if draft.in_reply_to.is_none() && draft.attachments.is_empty() {
                tx.keep(row.id, Keep::Draft(&draft.text, due), now_ms)?;
            } else {
                tx.keep(row.id, Keep::FullDraft(&encode(draft)?, due), now_ms)?;
            }
            core.look_ahead(tx)?;
            core.out.changes.push(Changed::Conversation(id));
            Ok(())
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
            let kept = view.kept(row.id)?;
            let Some((text, at_ms)) = kept.draft else {
                return Ok(None);
            };
            let mut draft = decode((text, kept.draft_is_full));
            let there = |message: &MessageId| sayable(view, &row, message).is_ok();
            draft.in_reply_to = draft.in_reply_to.filter(there);
            Ok(Some(DraftInfo { draft, at_ms }))
        })
    }
}
