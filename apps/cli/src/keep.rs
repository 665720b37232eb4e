//! Keeping conversations in order.

use clap::{Args, ValueEnum};
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::output::{minute, text};
use crate::profile::Profile;
use crate::search::moment;

#[derive(Args)]
pub(crate) struct Keep {
    /// Id of the conversation.
    conversation: String,
    /// Mute it: `forever`, until a day or moment, or `off`.
    #[arg(long, value_name = "UNTIL", value_parser = until)]
    muted: Option<String>,
    /// Put it away, at the end of the list; a new message brings it back unless it is muted.
    #[arg(long, value_name = "YES")]
    archived: Option<YesNo>,
    /// Keep it at the top of the list.
    #[arg(long, value_name = "YES")]
    pinned: Option<YesNo>,
    /// Mark it, to be looked at again; reading takes the mark back.
    #[arg(long, value_name = "YES")]
    unread: Option<YesNo>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

fn until(typed: &str) -> Result<String, String> {
    if ["forever", "off"].contains(&typed) {
        return Ok(typed.into());
    }
    Ok(moment(typed)?.to_string())
}

pub(crate) async fn keep(profile: &Profile, caller: &Caller, wanted: Keep) -> Result<(), RpcError> {
    let mut asked = json!({"conversation": wanted.conversation});
    if let Some(until) = wanted.muted {
        asked["muted_until"] = until.into();
    }
    let marks = [
        ("archived", wanted.archived),
        ("pinned", wanted.pinned),
        ("marked_unread", wanted.unread),
    ];
    for (name, mark) in marks {
        if let Some(mark) = mark {
            asked[name] = (mark == YesNo::Yes).into();
        }
    }
    let kept = caller.call("conversation.set", asked).await?;
    profile.output.either(&kept, || {
        let words = words(&kept);
        let shown = if words.is_empty() {
            "as it comes"
        } else {
            &words
        };
        format!("{}  {shown}", text(&kept, "conversation"))
    })
}

/// How a conversation is kept, in words; empty if there is nothing to say.
pub(crate) fn words(kept: &Value) -> String {
    let mut words = Vec::new();
    let marks = [
        ("pinned", "pinned"),
        ("archived", "archived"),
        ("marked_unread", "marked unread"),
        ("deleted", "deleted here"),
    ];
    for (name, word) in marks {
        if kept[name] == true {
            words.push(word.to_owned());
        }
    }
    match kept["muted_until"].as_str() {
        None => {}
        Some("forever") => words.push("muted".into()),
        Some(until) => words.push(format!("muted until {}", minute(until))),
    }
    if kept["draft"].is_string() {
        words.push("draft".into());
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_conversation_is_kept_is_said_in_words() {
        let kept =
            json!({"pinned": true, "archived": false, "muted_until": "forever", "draft": "x"});
        assert_eq!(words(&kept), "pinned, muted, draft");
        assert_eq!(words(&json!({"muted_until": null, "draft": null})), "");
    }

    #[test]
    fn muting_takes_a_word_or_a_time() {
        assert_eq!(until("off").unwrap(), "off");
        assert_eq!(
            until("2026-01-31T09:30:00Z").unwrap(),
            "2026-01-31T09:30:00Z"
        );
        assert!(until("soon").is_err());
    }
}
