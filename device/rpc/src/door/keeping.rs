//! Conversations kept in order, and texts that were begun.

use heliograph_client::{ConversationId, Draft, FOREVER, KeepAsked, MessageState};
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
    in_reply_to: Option<String>,
    #[serde(default)]
    attachments: Vec<String>,
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
        let draft = Draft {
            text: asked.text,
            in_reply_to: parameters::perhaps(asked.in_reply_to.as_deref())?,
            attachments: asked.attachments,
        };
        self.device().set_draft(&id, draft).await?;
        self.shown_draft(&id).await
    }

    pub(super) async fn draft(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        self.shown_draft(&parameters::id(&asked.conversation)?)
            .await
    }

    pub(super) async fn send_draft(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id = parameters::id(&asked.conversation)?;
        let made = self.device().send_draft(&id).await?;
        Ok(json!({"message": made.to_string(), "state": shown::state(MessageState::Pending)}))
    }

    async fn shown_draft(&self, id: &ConversationId) -> Result<Value, RpcError> {
        let kept = self.device().draft(id).await?;
        let at = kept.as_ref().map(|kept| shown::time(kept.at_ms));
        let draft = kept.map(|kept| kept.draft);
        let reply = draft.as_ref().and_then(|draft| draft.in_reply_to);
        let files = draft.as_ref().map(|draft| draft.attachments.as_slice());
        Ok(json!({
            "conversation": id.to_string(),
            "text": draft.as_ref().map(|draft| &draft.text),
            "in_reply_to": reply.map(|id| id.to_string()),
            "attachments": files.unwrap_or_default(),
            "at": at,
        }))
    }
}
