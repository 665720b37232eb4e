//! Messages are pinned, texts, files and cards passed on.

use clap::Subcommand;
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::annotate::reached;
use crate::file::sent_off;
use crate::message_arguments::About;
use crate::output::text;
use crate::profile::Profile;
use crate::read;

#[derive(Subcommand)]
pub(crate) enum PassingVerb {
    /// Pin a message for everybody in the conversation.
    #[command(after_help = "Examples:
  heliograph pin c_2zk6… m_h4ql…
  heliograph pin c_2zk6… m_h4ql… --remove")]
    Pin {
        #[command(flatten)]
        about: About,
        /// Take the pin off.
        #[arg(long)]
        remove: bool,
    },
    /// List the pinned messages of a conversation, the latest message first.
    #[command(after_help = "Example:
  heliograph pins c_2zk6…")]
    Pins {
        /// Id of the conversation.
        conversation: String,
    },
    /// Tell the others that you are writing, if you switched that on.
    #[command(after_help = "Examples:
  heliograph settings typing on
  heliograph typing c_2zk6…

Off at first. Only those who switched it on too are told, at most once in five seconds; `heliograph read
--follow` shows it.")]
    Typing {
        /// Id of the conversation.
        conversation: String,
    },
    /// Pass a text or a file on into another conversation.
    #[command(after_help = "Examples:
  heliograph forward c_2zk6… m_h4ql… c_9qj2…
  heliograph forward c_2zk6… m_h4ql… c_9qj2… --with-name

It is marked as forwarded. Who wrote it first is said only with --with-name: they may not want it. A file
goes as it came, with its words; it is read from the board and put there again, and is not saved on this disk. A
command that is stopped on the way has lost nothing: the file goes on the next time the profile is open.")]
    Forward {
        #[command(flatten)]
        about: About,
        /// Id of the conversation that it goes to.
        to: String,
        /// Also say who wrote it.
        #[arg(long)]
        with_name: bool,
    },
    /// Pass somebody's card on. Ask them first: whoever has it can write to them.
    #[command(after_help = "Example:
  heliograph share c_2zk6… 'heliograph://card/…' --name Ben

Nobody is added by it. Whoever gets it can use `heliograph add`, and should compare safety numbers
with the person: a card that came through others may be another's.")]
    Share {
        /// Id of the conversation.
        conversation: String,
        /// The card.
        card: String,
        /// The name to give with it.
        #[arg(long)]
        name: String,
    },
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    verb: PassingVerb,
) -> Result<(), RpcError> {
    let (method, asked): (_, Value) = match verb {
        PassingVerb::Pin { about, remove } => (
            "message.pin",
            json!({
                "conversation": about.conversation, "message": about.message, "pinned": !remove,
            }),
        ),
        PassingVerb::Pins { conversation } => return pins(profile, caller, conversation).await,
        PassingVerb::Typing { conversation } => return typing(profile, caller, conversation).await,
        PassingVerb::Forward {
            about,
            to,
            with_name,
        } => (
            "message.forward",
            json!({
                "conversation": about.conversation, "message": about.message, "to": to,
                "with_name": with_name,
            }),
        ),
        PassingVerb::Share {
            conversation,
            card,
            name,
        } => (
            "contact.share",
            json!({"conversation": conversation, "card": card, "name": name}),
        ),
    };
    let mut done = caller.call(method, asked).await?;
    if method == "message.forward" {
        return sent_off(profile, caller, done).await;
    }
    done["state"] = reached(profile, caller, &done).await?;
    profile.output.either(&done, || {
        format!("{} {}", text(&done, "message"), text(&done, "state"))
    })
}

async fn pins(profile: &Profile, caller: &Caller, conversation: String) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let mut since = Value::Null;
    loop {
        let asked = json!({"conversation": conversation, "since": since});
        let page = caller.call("message.pins", asked).await?;
        for message in page["items"].as_array().into_iter().flatten() {
            output.either(message, || read::words(output, message, (true, false)))?;
        }
        since = page["next"].clone();
        if since.is_null() {
            return Ok(());
        }
    }
}

async fn typing(profile: &Profile, caller: &Caller, conversation: String) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let asked = json!({"conversation": conversation});
    let done = caller.call("conversation.typing", asked).await?;
    profile.settle(caller).await;
    profile.output.either(&done, || match done["told"] == true {
        true => "Told.".to_owned(),
        false => "Nobody was told: it is switched off (`heliograph settings typing on`), it was told a moment ago, or \
                  something else is on its way."
            .to_owned(),
    })
}
