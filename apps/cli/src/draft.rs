//! What was begun to be written: kept, shown, and sent once it is done.

use clap::Args;
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::annotate::reached;
use crate::file::{sent_off, whole};
use crate::given::{Given, kept};
use crate::output::{tame, text};
use crate::profile::Profile;
use crate::send::draft::may_be_sent;

#[derive(Args)]
pub(crate) struct Draft {
    /// Id of the conversation.
    conversation: String,
    /// The text to keep, or `-` for standard input; without anything to keep the draft is printed.
    pub(crate) text: Option<Given>,
    /// Id of the message that it answers.
    #[arg(long, value_name = "MESSAGE")]
    reply: Option<String>,
    /// A file that is to go with it; can be given several times. It stays where it is.
    #[arg(long, value_name = "PATH")]
    attach: Vec<String>,
    /// Send the draft: the text first, then the files.
    #[arg(long, conflicts_with_all = ["text", "reply", "attach", "clear"])]
    send: bool,
    /// Throw the draft away.
    #[arg(long, conflicts_with_all = ["text", "reply", "attach"])]
    clear: bool,
}

impl Draft {
    fn changes(&self) -> bool {
        self.clear || self.text.is_some() || self.reply.is_some() || !self.attach.is_empty()
    }
}

pub(crate) async fn draft(
    profile: &Profile,
    caller: &Caller,
    wanted: Draft,
) -> Result<(), RpcError> {
    if wanted.send || !wanted.changes() {
        let held = held(caller, &wanted.conversation).await?;
        return match wanted.send {
            true => send(profile, caller, held).await,
            false => show(profile, &held),
        };
    }
    let given = wanted.text.clone();
    let set = set(caller, wanted).await;
    let set = set.map_err(|refusal| kept(profile, given.as_ref(), refusal))?;
    let output = profile.output;
    if output.json {
        return output.either(&set, String::new);
    }
    output.note(match set["at"].is_null() {
        true => "There is no draft in this conversation.",
        false => "The draft is kept. `heliograph draft CONVERSATION --send` sends it.",
    });
    Ok(())
}

/// What is held, with what is wanted otherwise.
async fn set(caller: &Caller, wanted: Draft) -> Result<Value, RpcError> {
    let mut kept = held(caller, &wanted.conversation).await?;
    if wanted.clear {
        kept = json!({"conversation": wanted.conversation, "text": ""});
    }
    if let Some(new) = &wanted.text {
        kept["text"] = new.text().into();
    }
    if let Some(reply) = wanted.reply {
        kept["in_reply_to"] = reply.into();
    }
    if !wanted.attach.is_empty() {
        let paths: Result<Vec<String>, RpcError> =
            wanted.attach.iter().map(|path| whole(path)).collect();
        kept["attachments"] = paths?.into();
    }
    let asked = json!({
        "conversation": kept["conversation"], "text": kept["text"],
        "in_reply_to": kept["in_reply_to"],
        "attachments": attachments(&kept).collect::<Vec<_>>(),
    });
    caller.call("draft.set", asked).await
}

async fn held(caller: &Caller, conversation: &str) -> Result<Value, RpcError> {
    let asked = json!({"conversation": conversation});
    let mut kept = caller.call("draft.get", asked).await?;
    if kept["text"].is_null() {
        kept["text"] = "".into();
    }
    Ok(kept)
}

fn show(profile: &Profile, kept: &Value) -> Result<(), RpcError> {
    let output = profile.output;
    if output.json {
        let mut shown = kept.clone();
        if kept["at"].is_null() {
            shown["text"] = Value::Null;
        }
        return output.either(&shown, String::new);
    }
    if kept["at"].is_null() {
        output.note("There is no draft in this conversation.");
        return Ok(());
    }
    if let Some(message) = kept["in_reply_to"].as_str() {
        output.note(&format!("It answers {message}."));
    }
    for path in attachments(kept) {
        output.note(&format!("With {}", tame(path)));
    }
    output.line(&tame(text(kept, "text")))
}

fn attachments(kept: &Value) -> impl Iterator<Item = &str> {
    let paths = kept["attachments"].as_array().into_iter().flatten();
    paths.filter_map(Value::as_str)
}

/// Sends part after part. Each leaves the draft in the step that takes it over, so that nothing is lost and nothing
/// goes twice.
async fn send(profile: &Profile, caller: &Caller, kept: Value) -> Result<(), RpcError> {
    let conversation = &kept["conversation"];
    if text(&kept, "text").is_empty() && attachments(&kept).next().is_none() {
        return Err(RpcError::unchanged(
            "no-draft",
            "The draft of this conversation has neither a text nor a file.",
            "Keep one with `heliograph draft CONVERSATION TEXT`.",
        ));
    }
    if !text(&kept, "text").is_empty() {
        let asked = json!({"conversation": conversation});
        let mut said = caller.call("draft.send", asked).await?;
        said["state"] = reached(profile, caller, &said).await?;
        profile.output.either(&said, || {
            format!("{} {}", text(&said, "message"), text(&said, "state"))
        })?;
    }
    for path in attachments(&kept) {
        let asked = json!({"conversation": conversation, "path": path, "from_draft": true});
        match caller.call("file.send", asked).await {
            Ok(sent) => sent_off(profile, caller, sent).await?,
            // Somebody sent it meanwhile, or threw it away.
            Err(gone) if gone.kind == "no-draft" => profile.output.note(&gone.happened),
            // Of these it is not known what they left behind, and they say so.
            Err(unsure) if may_be_sent(&unsure) => return Err(unsure),
            Err(refusal) => {
                return Err(RpcError {
                    kept: "What went before it is sent; this file and the rest stay in the draft."
                        .to_owned(),
                    ..refusal
                });
            }
        }
    }
    Ok(())
}
