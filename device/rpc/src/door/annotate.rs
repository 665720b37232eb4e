//! What is done with a message that is there: answered, reacted to, changed, deleted.

use heliograph_client::{MessageId, MessageState};
use serde_json::{Value, json};

use super::Door;
use crate::parameters::{self, Delete, History, React, Rewrite};
use crate::{RpcError, shown};

pub(super) fn written(message: &MessageId, change: &MessageId) -> Value {
    json!({
        "message": message.to_string(), "change": change.to_string(),
        "state": shown::state(MessageState::Pending),
    })
}

impl Door {
    pub(super) async fn reply(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Rewrite = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let made = self.device().reply(about, asked.text).await?;
        Ok(json!({
            "message": made.to_string(), "state": shown::state(MessageState::Pending),
        }))
    }

    pub(super) async fn react(&self, params: Value) -> Result<Value, RpcError> {
        let asked: React = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let made = self.device().react(about, asked.emoji).await?;
        Ok(written(&about.1, &made))
    }

    pub(super) async fn edit(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Rewrite = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let made = self.device().edit(about, asked.text).await?;
        Ok(written(&about.1, &made))
    }

    pub(super) async fn delete(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Delete = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        if asked.for_everyone {
            let made = self.device().delete(about).await?;
            return Ok(written(&about.1, &made));
        }
        self.device().hide(about).await?;
        Ok(json!({"message": about.1.to_string(), "change": null, "state": "hidden"}))
    }

    pub(super) async fn history(&self, params: Value) -> Result<Value, RpcError> {
        let asked: History = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let since: Option<MessageId> = asked.since.as_deref().map(parameters::id).transpose()?;
        let mut versions = self.device().history(about).await?;
        if let Some(since) = since {
            let at = versions.iter().position(|version| version.id == since);
            versions.drain(..at.map_or(0, |at| at + 1));
        }
        let items: Vec<Value> = versions.iter().map(shown::version).collect();
        let most = items.len();
        Ok(shown::page(items, most, false))
    }
}
