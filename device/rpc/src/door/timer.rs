//! How long messages stay.

use heliograph_client::{ConversationId, TimerInfo};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use crate::RpcError;
use crate::parameters::{self, OfConversation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTimer {
    conversation: String,
    seconds: u32,
}

fn shown(id: &ConversationId, timer: TimerInfo) -> Value {
    json!({"conversation": id.to_string(), "seconds": timer.timer_s, "agreed": timer.agreed})
}

impl Door {
    pub(super) async fn set_timer(&self, params: Value) -> Result<Value, RpcError> {
        let asked: SetTimer = parameters::read(params)?;
        let id = parameters::id(&asked.conversation)?;
        let timer = self.device().set_timer(&id, asked.seconds).await?;
        Ok(shown(&id, timer))
    }

    pub(super) async fn timer(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfConversation = parameters::read(params)?;
        let id = parameters::id(&asked.conversation)?;
        let timer = self.device().timer(&id).await?;
        Ok(shown(&id, timer))
    }
}
