//! Cards, contacts and requests: how two people meet.

use heliograph_client::ConversationId;
use serde_json::{Value, json};

use super::Door;
use crate::parameters::{self, AddContact, List, MakeCard, OfRequest};
use crate::{RpcError, shown};

/// Items of a list when the caller names no number, and the most it may name.
pub(super) const LIMIT: u32 = 100;
pub(super) const LIMIT_MAX: u32 = 1_000;

impl Door {
    pub(super) async fn make_card(&self, params: Value) -> Result<Value, RpcError> {
        let asked: MakeCard = parameters::read(params)?;
        let made = self.device().card(asked.once).await?;
        Ok(json!({"card": made.link, "published": made.published}))
    }

    pub(super) async fn add_contact(&self, params: Value) -> Result<Value, RpcError> {
        let asked: AddContact = parameters::read(params)?;
        let added = self.device().add(asked.card.trim()).await?;
        let state = shown::contact_state(added.state);
        Ok(json!({"conversation": added.conversation.to_string(), "state": state}))
    }

    pub(super) async fn requests(&self, params: Value) -> Result<Value, RpcError> {
        let asked: List = parameters::read(params)?;
        let all = self.device().requests().await?;
        list(all.iter().map(shown::request).collect(), &asked)
    }

    pub(super) async fn accept(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfRequest = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.id)?;
        self.device().accept(&id).await?;
        Ok(json!({"conversation": id.to_string(), "state": "accepted"}))
    }

    pub(super) async fn decline(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfRequest = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.id)?;
        self.device().decline(&id).await?;
        Ok(json!({"conversation": id.to_string(), "state": "declined"}))
    }

    pub(super) async fn conversations(&self, params: Value) -> Result<Value, RpcError> {
        let asked: List = parameters::read(params)?;
        let all = self.device().conversations().await?;
        list(all.iter().map(shown::conversation).collect(), &asked)
    }
}

/// The page after the item that was named.
fn list(mut items: Vec<Value>, asked: &List) -> Result<Value, RpcError> {
    if let Some(after) = &asked.after {
        let after: ConversationId = parameters::id(after)?;
        let text = after.to_string();
        let at = items.iter().position(|item| item["id"] == text.as_str());
        items.drain(..at.map_or(items.len(), |at| at + 1));
    }
    let limit = asked.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    Ok(shown::page(
        items,
        usize::try_from(limit).unwrap_or(1),
        false,
    ))
}
