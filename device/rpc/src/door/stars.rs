//! Finding again, forgetting, and being left alone.

use heliograph_client::ConversationId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use super::finding::{self, LIMIT, LIMIT_MAX};
use crate::parameters::{self, Nothing, OfConversation};
use crate::{RpcError, shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Star {
    conversation: String,
    message: String,
    starred: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Starred {
    conversation: Option<String>,
    limit: Option<u32>,
    after_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    person: String,
    blocked: bool,
}

impl Door {
    pub(super) async fn star(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Star = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        self.device().star(about, asked.starred).await?;
        Ok(json!({"message": about.1.to_string(), "starred": asked.starred}))
    }

    pub(super) async fn starred(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Starred = parameters::read(params)?;
        let conversation = asked.conversation.as_deref().map(parameters::id);
        let cursor = asked.after_cursor.as_deref().map(finding::cursor);
        let limit = asked.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        // One more tells whether there is a next page.
        let page = (cursor.transpose()?, limit + 1);
        let found = self.device().starred(conversation.transpose()?, page);
        Ok(finding::page(&found.await?, limit))
    }

    pub(super) async fn delete_conversation(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        self.device().delete_conversation(&id).await?;
        Ok(json!({"conversation": id.to_string(), "state": "deleted"}))
    }

    pub(super) async fn block(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Block = parameters::read(params)?;
        self.device().block(&asked.person, asked.blocked).await?;
        Ok(json!({"person": asked.person, "blocked": asked.blocked}))
    }

    pub(super) async fn blocked(&self, params: Value) -> Result<Value, RpcError> {
        let Nothing {} = parameters::read(params)?;
        let all = self.device().blocked().await?;
        let people: Vec<Value> = all
            .iter()
            .map(
                |who| json!({"person": who.person, "name": who.name, "at": shown::time(who.at_ms)}),
            )
            .collect();
        Ok(json!({"people": people}))
    }
}
