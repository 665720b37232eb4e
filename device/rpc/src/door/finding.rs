//! Messages found by their words.

use heliograph_client::{FoundInfo, Search};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Door;
use crate::moment::time;
use crate::parameters;
use crate::{RpcError, shown};

/// Finds of a page when the caller names no number, and the most it may name.
pub(super) const LIMIT: u32 = 50;
pub(super) const LIMIT_MAX: u32 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    query: String,
    has: Option<Has>,
    conversation: Option<String>,
    from: Option<String>,
    before: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
    after_cursor: Option<String>,
}

/// What a message may have to have.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Has {
    File,
    Mention,
}

impl Door {
    pub(super) async fn search(&self, params: Value) -> Result<Value, RpcError> {
        let asked: Asked = parameters::read(params)?;
        let conversation = asked.conversation.as_deref().map(parameters::id);
        let cursor = asked.after_cursor.as_deref().map(cursor);
        let limit = asked.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
        let search = Search {
            words: asked.query,
            has_file: matches!(asked.has, Some(Has::File)),
            mentions_me: matches!(asked.has, Some(Has::Mention)),
            conversation: conversation.transpose()?,
            from: asked.from,
            before_ms: asked.before.as_deref().map(time).transpose()?,
            after_ms: asked.after.as_deref().map(time).transpose()?,
            cursor: cursor.transpose()?,
            // One more tells whether there is a next page.
            limit: limit + 1,
        };
        Ok(page(&self.device().search(search).await?, limit))
    }
}

/// As many finds as were asked for, and the cursor to ask on from if there are more.
pub(super) fn page(found: &[FoundInfo], limit: u32) -> Value {
    let limit = usize::try_from(limit).unwrap_or(1);
    let items = found.iter().map(item);
    let mut page = shown::page(items, limit, false);
    if !page["next"].is_null() {
        let kept = page["items"].as_array().map_or(0, Vec::len);
        let last = found.get(kept.saturating_sub(1));
        page["next"] = last.map_or(Value::Null, |find| find.cursor.to_string().into());
    }
    page
}

fn item(find: &FoundInfo) -> Value {
    let pieces = find.snippet.iter();
    let snippet: Vec<Value> = pieces
        .map(|piece| json!({"text": piece.text, "hit": piece.hit}))
        .collect();
    json!({
        "conversation": find.conversation.to_string(), "title": find.title,
        "id": find.id.to_string(), "from": find.from, "person": find.person,
        "at": shown::time(find.at_ms), "snippet": snippet,
    })
}

pub(super) fn cursor(text: &str) -> Result<i64, RpcError> {
    text.parse().map_err(|_| {
        RpcError::unchanged(
            "bad-parameters",
            "The parameters do not fit the method: no page ended there.",
            "Pass `next` of an earlier answer on as it was.",
        )
    })
}
