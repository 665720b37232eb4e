//! Pinning messages, passing texts and cards on, and telling that one writes.

use heliograph_client::{ConversationId, MessageId, MessageState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use super::annotate::written;
use crate::parameters::{self, OfConversation};
use crate::{RpcError, shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    conversation: String,
    message: String,
    pinned: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pins {
    conversation: String,
    since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    conversation: String,
    message: String,
    to: String,
    #[serde(default)]
    with_name: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    conversation: String,
    card: String,
    name: String,
}

/// Its pin may have been taken off since an earlier page; where the list goes on is then not known.
fn not_pinned() -> RpcError {
    RpcError::unchanged(
        "unknown-message",
        "There is no pinned message with this id.",
        "List the pinned messages from the first one on.",
    )
}

fn sent(made: &MessageId) -> Value {
    json!({"message": made.to_string(), "state": shown::state(MessageState::Pending)})
}

impl Door {
    pub(super) async fn pin(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Pin = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let made = self.device().pin(about, asked.pinned).await?;
        Ok(written(&about.1, &made))
    }

    pub(super) async fn pins(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Pins = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let since: Option<MessageId> = parameters::perhaps(asked.since.as_deref())?;
        let mut pins = self.device().pins(id).await?;
        if let Some(since) = since {
            let at = pins.iter().position(|message| message.id == since);
            pins.drain(..=at.ok_or_else(not_pinned)?);
        }
        let items = pins.iter().map(shown::message);
        Ok(shown::page(items, pins.len(), false))
    }

    pub(super) async fn forward(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Forward = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let to: ConversationId = parameters::id(&asked.to)?;
        let made = self.device().forward(about, (to, asked.with_name)).await?;
        Ok(sent(&made))
    }

    pub(super) async fn typing(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let told = self.device().typing(id).await?;
        Ok(json!({"conversation": id.to_string(), "told": told}))
    }

    pub(super) async fn share(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Share = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let made = self.device().share(id, (asked.card, asked.name)).await?;
        Ok(sent(&made))
    }
}
