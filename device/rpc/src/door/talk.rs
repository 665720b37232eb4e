//! Messages: written, waited for, read.

use std::time::Duration;

use data_encoding::BASE64;
use heliograph_client::{ConversationId, MessageId, PreviewInfo};
use serde_json::{Value, json};

use super::Door;
use super::files::cleaner;
use super::people::{LIMIT, LIMIT_MAX};
use crate::parameters::{self, MarkRead, Messages, Preview, Send, Wait};
use crate::{RpcError, TEXTS_MAX, shown};

const WAIT_PATIENCE: Duration = Duration::from_secs(30);

fn bad_preview() -> RpcError {
    RpcError::unchanged(
        "bad-parameters",
        "The parameters do not fit the method: a preview stands with one text, and its picture is base64.",
        "Send the text alone, with `picture` in base64 or without.",
    )
}

fn preview(asked: Preview) -> Result<PreviewInfo, RpcError> {
    let picture = asked.picture.unwrap_or_default();
    let picture = BASE64.decode(picture.as_bytes());
    Ok(PreviewInfo {
        address: asked.address,
        title: asked.title,
        text: asked.text,
        picture: picture.map_err(|_| bad_preview())?,
    })
}

impl Door {
    pub(super) async fn send(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Send = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        if asked.texts.is_empty() || asked.texts.len() > TEXTS_MAX {
            return Err(RpcError::unchanged(
                "bad-parameters",
                format!("One call takes 1 to {TEXTS_MAX} texts."),
                "Send the rest in further calls.",
            ));
        }
        let ids = match asked.preview {
            None => self.device().send(&id, asked.texts).await?,
            Some(shown) => {
                let [text] = <[String; 1]>::try_from(asked.texts).map_err(|_| bad_preview())?;
                let said = (text, preview(shown)?);
                vec![self.device().send_previewed(id, said, cleaner()?).await?]
            }
        };
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        Ok(json!({"messages": ids, "state": "pending"}))
    }

    pub(super) async fn wait(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Wait = parameters::read(params)?;
        let message: MessageId = parameters::id(&asked.message)?;
        let wanted = parameters::state(&asked.state)?;
        let within = parameters::within(asked.within_ms, WAIT_PATIENCE);
        let reached = self.device().wait(&message, wanted, within).await?;
        Ok(json!({"message": message.to_string(), "state": shown::state(reached)}))
    }

    pub(super) async fn messages(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Messages = parameters::read(params)?;
        let (id, since) = asked.ids()?;
        let limit = asked.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        if let Some(before) = asked.before()? {
            if since.is_some() {
                return Err(RpcError::unchanged(
                    "bad-parameters",
                    "`since` and `before` lead in two directions.",
                    "Give one of them.",
                ));
            }
            let page = self.device().messages_before(&id, before, limit).await?;
            return Ok(shown::page_back(&page));
        }
        let page = self.device().messages(&id, since, limit).await?;
        let items = page.items.iter().map(shown::message);
        let limit = usize::try_from(limit).unwrap_or(1);
        Ok(shown::page(items, limit, page.next.is_some()))
    }

    pub(super) async fn mark_read(&self, params: Value) -> Result<Value, RpcError> {
        let asked: MarkRead = parameters::read(params)?;
        let id: ConversationId = parameters::id(&asked.conversation)?;
        let from = asked.from.as_deref().map(parameters::id).transpose()?;
        let upto = asked.upto.as_deref().map(parameters::id).transpose()?;
        let read = self.device().mark_read(&id, (from, upto)).await?;
        Ok(json!({"read": read}))
    }
}
