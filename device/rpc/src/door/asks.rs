//! Links to groups, and those who ask by them to be let in.

use heliograph_client::ConversationId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use crate::parameters::{self, OfConversation};
use crate::{RpcError, shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    link: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    conversation: String,
    person: String,
}

impl Door {
    pub(super) async fn group_link(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let made = self.device().group_link(&id).await?;
        Ok(json!({"link": made.link, "published": made.published}))
    }

    pub(super) async fn unlink_group(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let revoked = self.device().unlink(&id).await?;
        Ok(json!({"conversation": id.to_string(), "revoked": revoked}))
    }

    pub(super) async fn ask_to_join(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Join = parameters::read(params)?;
        let added = self.device().ask_to_join(asked.link.trim()).await?;
        let state = shown::contact_state(added.state);
        Ok(json!({"conversation": added.conversation.to_string(), "state": state}))
    }

    pub(super) async fn asks(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let all = self.device().asks(&id).await?;
        let people: Vec<Value> = all.iter().map(shown::ask_info).collect();
        Ok(json!({"people": people}))
    }

    pub(super) async fn answer_ask(&self, params: Value, admit: bool) -> Result<Value, RpcError> {
        let asked: Answer = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let answer = self.device().answer_ask(&id, (&asked.person, admit));
        answer.await?;
        Ok(json!({"conversation": id.to_string(), "person": asked.person}))
    }
}
