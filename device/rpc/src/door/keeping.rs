//! Conversations kept in order, and texts that were begun.

use heliograph_client::{ConversationId, FOREVER, KeepAsked};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use crate::moment::time;
use crate::parameters::{self, OfConversation};
use crate::{RpcError, shown};

/// Longest draft, bytes; more than a message may have, for it can become several.
const DRAFT_MAX: usize = 32_768;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    conversation: String,
    muted_until: Option<String>,
    archived: Option<bool>,
    pinned: Option<bool>,
    marked_unread: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetDraft {
    conversation: String,
    text: String,
}

impl Door {
    pub(super) async fn set_conversation(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Set = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let muted_until = match asked.muted_until.as_deref() {
            None => None,
            Some("off") => Some(0),
            Some("forever") => Some(FOREVER),
            Some(until) => Some(time(until)?),
        };
        let wanted = KeepAsked {
            muted_until,
            archived: asked.archived,
            pinned: asked.pinned,
            marked_unread: asked.marked_unread,
        };
        let kept = self.device().keep(&id, wanted).await?;
        let mut shown = shown::kept(&kept);
        shown["conversation"] = id.to_string().into();
        Ok(shown)
    }

    pub(super) async fn set_draft(&self, params: Value) -> Result<Value, RpcError> {
        let asked: SetDraft = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        if asked.text.len() > DRAFT_MAX {
            return Err(RpcError::unchanged(
                "message-too-long",
                format!("A draft can have at most {DRAFT_MAX} bytes."),
                "The text is still where you wrote it; keep it in a file.",
            ));
        }
        self.device().set_draft(&id, asked.text).await?;
        self.shown_draft(&id).await
    }

    pub(super) async fn draft(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        self.shown_draft(&parameters::id(&asked.conversation)?)
            .await
    }

    async fn shown_draft(&self, id: &ConversationId) -> Result<Value, RpcError> {
        let draft = self.device().draft(id).await?;
        Ok(json!({
            "conversation": id.to_string(),
            "text": draft.as_ref().map(|draft| &draft.text),
            "at": draft.as_ref().map(|draft| shown::time(draft.at_ms)),
        }))
    }
}
