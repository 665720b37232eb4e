//! Finding again, forgetting, and being left alone.

use clap::{Args, Subcommand};
use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::ask::agreed;
use crate::message_arguments::About;
use crate::output::{Ink, Output, end_of, minute, set_in, tame, text};
use crate::profile::Profile;
use crate::{search, timer};

#[derive(Subcommand)]
pub(crate) enum OrderVerb {
    /// Star a message, to find it again; nobody else learns of it.
    #[command(after_help = "Examples:
  heliograph star c_2zk6… m_h4ql…
  heliograph star c_2zk6… m_h4ql… --remove")]
    Star {
        #[command(flatten)]
        about: About,
        /// Take the star off.
        #[arg(long)]
        remove: bool,
    },
    /// List starred messages, the latest star first.
    #[command(after_help = "Examples:
  heliograph starred
  heliograph starred --in c_2zk6…")]
    Starred {
        /// Only in this conversation.
        #[arg(long = "in", value_name = "CONVERSATION")]
        within: Option<String>,
    },
    /// Delete a conversation from this device: everything that was said in it, and its draft.
    #[command(after_help = "Examples:
  heliograph delete-conversation c_2zk6…
  heliograph delete-conversation c_2zk6… --yes

Nothing is sent and nobody is told; the others keep what they have. You stay in it: it is listed
again when something is said in it. To hear nothing more, leave the group or block the person.")]
    DeleteConversation {
        /// Id of the conversation.
        conversation: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Hear nothing more from a person between the two of you; they are not told.
    #[command(after_help = "Example:
  heliograph block p_9fj3…

What they write to you alone is never shown, not even after the block is taken back. They see it
as sent and never as delivered. Requests and invitations of theirs do not reach you. In groups you
still see what they say, as everybody else does.")]
    Block(Person),
    /// Take a block back.
    #[command(after_help = "Example:
  heliograph unblock p_9fj3…")]
    Unblock(Person),
    /// Have messages of a conversation disappear once they are read, on every device in it.
    #[command(after_help = "Examples:
  heliograph timer c_2zk6… 1d
  heliograph timer c_2zk6… off
  heliograph timer c_2zk6…                 print what holds now

What is said from then on disappears on every device so long after it was read there, on yours after
it was sent; unread after four weeks. In a group an admin decides. What was said before stays. Files
that somebody saved stay too.")]
    Timer(timer::Timer),
    /// List the people you blocked.
    #[command(after_help = "Example:
  heliograph blocked")]
    Blocked,
}

#[derive(Args)]
pub(crate) struct Person {
    /// Id of the person, as `heliograph conversations --json` and `heliograph verify` print it.
    person: String,
}

pub(crate) async fn run(
    profile: &Profile,
    caller: &Caller,
    verb: OrderVerb,
) -> Result<(), RpcError> {
    match verb {
        OrderVerb::Star { about, remove } => star(profile, caller, (&about, !remove)).await,
        OrderVerb::Starred { within } => starred(profile, caller, within).await,
        OrderVerb::DeleteConversation { conversation, yes } => {
            delete(profile, caller, (&conversation, yes)).await
        }
        OrderVerb::Block(wanted) => block(profile, caller, (&wanted.person, true)).await,
        OrderVerb::Unblock(wanted) => block(profile, caller, (&wanted.person, false)).await,
        OrderVerb::Timer(wanted) => timer::run(profile, caller, &wanted).await,
        OrderVerb::Blocked => blocked(profile, caller).await,
    }
}

async fn star(
    profile: &Profile,
    caller: &Caller,
    (about, starred): (&About, bool),
) -> Result<(), RpcError> {
    let asked = json!({
        "conversation": about.conversation, "message": about.message, "starred": starred,
    });
    let done = caller.call("message.star", asked).await?;
    profile.output.either(&done, || {
        let word = if starred { "starred" } else { "not starred" };
        format!("{} {word}", text(&done, "message"))
    })
}

async fn starred(
    profile: &Profile,
    caller: &Caller,
    within: Option<String>,
) -> Result<(), RpcError> {
    let output = profile.output;
    let (mut cursor, mut count) = (Value::Null, 0);
    loop {
        let asked = json!({"conversation": within, "after_cursor": cursor});
        let page = caller.call("message.starred", asked).await?;
        for find in page["items"].as_array().into_iter().flatten() {
            output.either(find, || search::words(output, find))?;
            count += 1;
        }
        cursor = page["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    if count == 0 && !output.json {
        output.note("No message is starred.");
    }
    Ok(())
}

async fn delete(
    profile: &Profile,
    caller: &Caller,
    (conversation, yes): (&str, bool),
) -> Result<(), RpcError> {
    let warning = "Everything that was said in this conversation will be deleted from this device.";
    if !yes && !agreed(warning, "yes")? {
        return Err(RpcError::unchanged(
            "not-deleted",
            "The conversation was not deleted.",
            "Give --yes, or type the word when asked.",
        ));
    }
    let asked = json!({"conversation": conversation});
    let done = caller.call("conversation.delete", asked).await?;
    profile.output.either(&done, || {
        format!("{} is deleted on this device.", text(&done, "conversation"))
    })
}

async fn block(
    profile: &Profile,
    caller: &Caller,
    (person, blocked): (&str, bool),
) -> Result<(), RpcError> {
    let asked = json!({"person": person, "blocked": blocked});
    let done = caller.call("person.block", asked).await?;
    profile.output.either(&done, || {
        let word = if blocked { "blocked" } else { "not blocked" };
        format!("{} {word}", text(&done, "person"))
    })
}

async fn blocked(profile: &Profile, caller: &Caller) -> Result<(), RpcError> {
    let output = profile.output;
    let answer = caller.call("person.blocked", json!({})).await?;
    let people = answer["people"].as_array().map_or(&[][..], Vec::as_slice);
    for who in people {
        output.either(who, || line(output, who))?;
    }
    if people.is_empty() && !output.json {
        output.note("Nobody is blocked.");
    }
    Ok(())
}

fn line(output: Output, who: &Value) -> String {
    let before = format!("{}  ", text(who, "person"));
    let name = set_in(&tame(text(who, "name")), end_of(&before, 0), output.width());
    format!(
        "{before}{}  {}",
        output.ink(Ink::Bold, &name),
        output.ink(Ink::Dim, &format!("since {}", minute(text(who, "at")))),
    )
}
