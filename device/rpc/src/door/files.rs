//! Files go out and come in. Paths are those of the machine on which the profile is open.

use heliograph_client::{ConversationId, FileWords, MessageState, TransferInfo, Worker};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Door, unknown_method};
use crate::parameters::{self, Nothing};
use crate::{RpcError, shown};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendFile {
    conversation: String,
    path: String,
    #[serde(default)]
    caption: String,
    name: Option<String>,
    media: Option<String>,
    #[serde(default)]
    original: bool,
    in_reply_to: Option<String>,
    #[serde(default)]
    from_draft: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SendVoice {
    conversation: String,
    path: String,
    #[serde(default)]
    caption: String,
    in_reply_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaveFile {
    conversation: String,
    message: String,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseFile {
    conversation: String,
    message: String,
    paused: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfMessage {
    conversation: String,
    message: String,
}

/// How this program is started to be the one that reads pictures.
pub const PICTURES: &str = "picture-worker";

/// This very program, as the process that reads pictures.
pub(super) fn cleaner() -> Result<Worker, RpcError> {
    // By this name it is the same program even after its file was replaced.
    let program = match cfg!(target_os = "linux") {
        true => "/proc/self/exe".into(),
        false => std::env::current_exe().map_err(RpcError::bug)?,
    };
    Ok(Worker {
        program,
        arguments: vec![PICTURES.to_owned()],
    })
}

fn transfer(info: &TransferInfo) -> Value {
    json!({
        "conversation": info.conversation.to_string(), "message": info.message.to_string(),
        "direction": if info.sending { "out" } else { "in" }, "path": info.path,
        "size": info.size, "moved": info.moved, "stage": info.stage, "problem": info.problem,
        "forwarded": info.forwarded,
    })
}

/// Whether a method is about files; voice notes are some.
pub(super) fn is_one(method: &str) -> bool {
    ["file.", "voice."]
        .iter()
        .any(|kind| method.starts_with(kind))
}

impl Door {
    pub(super) async fn of_files(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match method {
            "file.send" => self.send_file(params).await,
            "file.save" => self.save_file(params).await,
            "file.pause" => self.pause_file(params).await,
            "file.cancel" => self.cancel_file(params).await,
            "file.list" => self.files(params).await,
            "voice.send" => self.send_voice(params).await,
            _ => Err(unknown_method()),
        }
    }

    async fn send_file(&self, params: Value) -> Result<Value, RpcError> {
        let asked: SendFile = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let words = FileWords {
            caption: asked.caption,
            name: asked.name,
            media: asked.media.unwrap_or_default(),
            in_reply_to: parameters::perhaps(asked.in_reply_to.as_deref())?,
            from_draft: asked.from_draft.then(|| asked.path.clone()),
        };
        let cleaner = match asked.original {
            true => None,
            false => Some(cleaner()?),
        };
        let made = self
            .device()
            .send_file(id, (asked.path.into(), cleaner), words)
            .await?;
        Ok(json!({"message": made.to_string(), "state": shown::state(MessageState::Pending)}))
    }

    async fn send_voice(&self, params: Value) -> Result<Value, RpcError> {
        let asked: SendVoice = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let words = FileWords {
            caption: asked.caption,
            in_reply_to: parameters::perhaps(asked.in_reply_to.as_deref())?,
            ..FileWords::default()
        };
        let made = self
            .device()
            .send_voice(id, asked.path.into(), words)
            .await?;
        Ok(json!({"message": made.to_string(), "state": shown::state(MessageState::Pending)}))
    }

    async fn save_file(&self, params: Value) -> Result<Value, RpcError> {
        let asked: SaveFile = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        let path = self.device().save_file(about, asked.path).await?;
        Ok(json!({"message": asked.message, "path": path}))
    }

    async fn pause_file(&self, params: Value) -> Result<Value, RpcError> {
        let asked: PauseFile = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        self.device().pause_file(about, asked.paused).await?;
        Ok(json!({"message": asked.message, "paused": asked.paused}))
    }

    async fn cancel_file(&self, params: Value) -> Result<Value, RpcError> {
        let asked: OfMessage = parameters::read(params)?;
        let about = parameters::about(&asked.conversation, &asked.message)?;
        self.device().cancel_file(about).await?;
        Ok(json!({"message": asked.message}))
    }

    async fn files(&self, params: Value) -> Result<Value, RpcError> {
        let Nothing {} = parameters::read(params)?;
        let transfers = self.device().transfers().await?;
        let items: Vec<Value> = transfers.iter().map(transfer).collect();
        Ok(json!({"items": items}))
    }
}
