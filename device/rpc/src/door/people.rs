//! Cards, contacts and requests: how two people meet.

use heliograph_client::ConversationId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use crate::parameters::{
    self, AddContact, Confirm, List, MakeCard, OfConversation, OfRequest, Withdraw,
};
use crate::{RpcError, shown};

/// Items of a list when the caller names no number, and the most it may name.
pub(super) const LIMIT: u32 = 100;
pub(super) const LIMIT_MAX: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversations {
    after: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    unread: bool,
    #[serde(default)]
    deleted: bool,
}

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

    pub(super) async fn safety(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let people = self.device().safety(&id).await?;
        let people: Vec<Value> = people.iter().map(shown::safety).collect();
        Ok(json!({"people": people}))
    }

    pub(super) async fn confirm(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Confirm = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let number = Some(asked.number.as_str());
        let marked = self.device().mark_verified(&id, &asked.person, number);
        Ok(shown::safety(&marked.await?))
    }

    pub(super) async fn withdraw(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Withdraw = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let marked = self.device().mark_verified(&id, &asked.person, None);
        Ok(shown::safety(&marked.await?))
    }

    pub(super) async fn conversations(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Conversations = parameters::read(params)?;
        let mut all = self.device().conversations().await?;
        all.retain(|info| {
            let news = info.unread > 0 || info.kept.marked_unread;
            (asked.deleted || !info.kept.deleted) && (!asked.unread || news)
        });
        let (after, limit) = (asked.after, asked.limit);
        let page = List { after, limit };
        list(all.iter().map(shown::conversation).collect(), &page)
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
