//! How two people meet: cards, requests, and the list of conversations.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::output::{Ink, Output, minute, tame, text};
use crate::profile::{Profile, all, all_of};
use crate::qr;
use crate::{keep, timer};

pub(crate) async fn card(
    profile: &Profile,
    caller: &Caller,
    (once, qr): (bool, bool),
) -> Result<(), RpcError> {
    let made = caller.call("card.create", json!({"once": once})).await?;
    profile
        .output
        .either(&made, || text(&made, "card").to_owned())?;
    if qr {
        profile
            .output
            .line(&qr::drawn(text(&made, "card"), profile.output)?)?;
    }
    if made["published"] != true {
        profile.output.note(
            "The board was not reached. The card is good once it was: run `heliograph sync` before you pass it on.",
        );
    }
    Ok(())
}

pub(crate) async fn add(profile: &Profile, caller: &Caller, card: &str) -> Result<(), RpcError> {
    let added = caller.call("contact.add", json!({"card": card})).await?;
    profile.settle(caller).await;
    profile.output.either(&added, || {
        let word = if text(&added, "state") == "requested" {
            "They have your request; you can write already."
        } else {
            "The board was not reached; the request goes out when it is."
        };
        format!("{}\n{word}", text(&added, "conversation"))
    })
}

pub(crate) async fn requests(profile: &Profile, caller: &Caller) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let count = all(caller, "request.list", |item| {
        output.either(item, || {
            let into = match item["group"].as_str() {
                Some(title) => format!("  invites you to the group {}", tame(title)),
                None => String::new(),
            };
            format!(
                "{}  {}  {}  {}{into}",
                text(item, "id"),
                minute(text(item, "at")),
                output.ink(Ink::Bold, &tame(text(item, "name"))),
                output.ink(Ink::Dim, &format!("({})", text(item, "level"))),
            )
        })
    });
    if count.await? == 0 && !output.json {
        output.note("Nobody is waiting for an answer.");
    }
    Ok(())
}

pub(crate) async fn accept(profile: &Profile, caller: &Caller, id: &str) -> Result<(), RpcError> {
    answer(profile, caller, ("request.accept", id)).await
}

pub(crate) async fn decline(profile: &Profile, caller: &Caller, id: &str) -> Result<(), RpcError> {
    answer(profile, caller, ("request.decline", id)).await
}

async fn answer(
    profile: &Profile,
    caller: &Caller,
    (method, id): (&str, &str),
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let done = caller.call(method, json!({"id": id})).await?;
    profile.settle(caller).await;
    profile.output.either(&done, || {
        format!("{} {}", text(&done, "conversation"), text(&done, "state"))
    })
}

#[derive(clap::Args)]
pub(crate) struct Conversations {
    /// Only those with something unread, or marked so.
    #[arg(long)]
    unread: bool,
    /// Also those that were deleted on this device and had nothing new since.
    #[arg(long)]
    deleted: bool,
}

pub(crate) async fn conversations(
    profile: &Profile,
    caller: &Caller,
    wanted: &Conversations,
) -> Result<(), RpcError> {
    profile.freshen(caller).await?;
    let output = profile.output;
    let asked = json!({"unread": wanted.unread, "deleted": wanted.deleted});
    let count = all_of(caller, ("conversation.list", asked), |item| {
        output.either(item, || conversation(output, item))
    });
    let count = count.await?;
    if count == 0 && wanted.unread && !output.json {
        output.note("Nothing is unread.");
    } else if count == 0 && !output.json {
        output.note("No conversation yet. `heliograph card` invites somebody; `heliograph add` answers a card.");
    }
    Ok(())
}

fn conversation(output: Output, item: &Value) -> String {
    let last = &item["last"];
    let unread = item["unread"].as_u64().unwrap_or_default();
    let unread = if unread == 0 {
        String::new()
    } else {
        let naming = match item["mentions"].as_u64().unwrap_or_default() {
            0 => String::new(),
            naming => format!(", {naming} naming you"),
        };
        output.ink(Ink::Green, &format!("  {unread} unread{naming}"))
    };
    let state = match text(item, "state") {
        "open" => String::new(),
        other => format!("  [{other}]"),
    };
    let kept = match keep::words(item) {
        words if words.is_empty() => words,
        words => output.ink(Ink::Dim, &format!("  ({words})")),
    };
    let timer = match item["timer"].as_u64() {
        None => String::new(),
        Some(seconds) => {
            let words = format!("  (disappears after {})", timer::words(seconds));
            output.ink(Ink::Dim, &words)
        }
    };
    let first_line = text(last, "text").lines().next().unwrap_or_default();
    format!(
        "{}  {}  {}{state}{timer}{kept}{unread}\n    {}",
        text(item, "id"),
        if last.is_null() {
            " ".repeat(16)
        } else {
            minute(text(last, "at"))
        },
        output.ink(Ink::Bold, &tame(text(item, "title"))),
        output.ink(Ink::Dim, &tame(first_line)),
    )
}
