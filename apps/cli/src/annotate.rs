//! A message that is there is answered, reacted to, changed, deleted.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::format::body;
use crate::given::{Given, kept};
use crate::message_arguments::{About, MessageVerb};
use crate::output::{Ink, minute, text};
use crate::profile::Profile;

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    verb: MessageVerb,
) -> Result<(), RpcError> {
    let mut said: Option<Given> = None;
    let (method, about, more) = match verb {
        MessageVerb::Reply(wanted) => {
            let more = json!({"text": wanted.text.text()});
            said = Some(wanted.text);
            ("message.reply", wanted.about, more)
        }
        MessageVerb::Edit(wanted) => {
            let more = json!({"text": wanted.text.text()});
            said = Some(wanted.text);
            ("message.edit", wanted.about, more)
        }
        MessageVerb::React { about, emoji, .. } => {
            let emoji = emoji.unwrap_or_default();
            ("message.react", about, json!({"emoji": emoji}))
        }
        MessageVerb::Delete {
            about,
            for_everyone,
        } => {
            let more = json!({"for_everyone": for_everyone});
            ("message.delete", about, more)
        }
        MessageVerb::History { about, reveal } => {
            return history(profile, caller, (&about, reveal)).await;
        }
    };
    let mut asked = more;
    asked["conversation"] = about.conversation.into();
    asked["message"] = about.message.into();
    let done = caller.call(method, asked).await;
    let mut done = done.map_err(|refusal| kept(profile, said.as_ref(), refusal))?;
    if text(&done, "state") != "hidden" {
        done["state"] = reached(profile, caller, &done).await?;
    }
    profile.output.either(&done, || {
        format!("{} {}", text(&done, "message"), text(&done, "state"))
    })
}

/// Lets it go out if it can, and gives how far it has come.
pub(crate) async fn reached(
    profile: &Profile,
    caller: &Caller,
    done: &Value,
) -> Result<Value, RpcError> {
    profile.settle(caller).await;
    let what = match &done["change"] {
        Value::Null => &done["message"],
        change => change,
    };
    let asked = json!({"message": what, "state": "pending"});
    let reached = caller.call("message.wait", asked).await?;
    if text(&reached, "state") == "pending" && caller.is_here() {
        profile.output.note(
            "The board was not reached. This is kept here and goes out the next time the profile is open.",
        );
    }
    Ok(reached["state"].clone())
}

async fn history(
    profile: &Profile,
    caller: &Caller,
    (about, reveal): (&About, bool),
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let mut since = Value::Null;
    loop {
        let asked = json!({
            "conversation": about.conversation, "message": about.message, "since": since,
        });
        let page = caller.call("message.history", asked).await?;
        for version in page["items"].as_array().into_iter().flatten() {
            output.either(version, || {
                let at = minute(text(version, "at"));
                let before = at.chars().count() + 2;
                let words = body(output, text(version, "text"), (before, reveal, &[]));
                let state = match text(version, "state") {
                    state @ ("pending" | "stored" | "unsent") => format!("  ({state})"),
                    _ => String::new(),
                };
                let (at, state) = (output.ink(Ink::Dim, &at), output.ink(Ink::Dim, &state));
                format!("{at}  {words}{state}")
            })?;
        }
        since = page["next"].clone();
        if since.is_null() {
            return Ok(());
        }
    }
}
