//! How two people meet: cards, requests, and the list of conversations.

use heliograph_rpc::{Caller, RpcError};
use serde_json::{Value, json};

use crate::output::{Ink, Output, end_of, minute, set_in, tame, text};
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
        output.either(item, || request(output, output.width(), item))
    });
    if count.await? == 0 && !output.json {
        output.note("Nobody is waiting for an answer.");
    }
    Ok(())
}

fn request(output: Output, width: Option<usize>, item: &Value) -> String {
    let before = format!("{}  {}  ", text(item, "id"), minute(text(item, "at")));
    let first = end_of(&before, 0);
    let name = set_in(&tame(text(item, "name")), first, width);
    let level = format!("({})", text(item, "level"));
    let into = match item["group"].as_str() {
        Some(title) => {
            let first = end_of(&name, first) + 2 + end_of(&level, 0);
            let words = format!("  invites you to the group {}", tame(title));
            set_in(&words, first, width)
        }
        None => String::new(),
    };
    format!(
        "{before}{}  {}{into}",
        output.ink(Ink::Bold, &name),
        output.ink(Ink::Dim, &level),
    )
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
        output.either(item, || conversation(output, output.width(), item))
    });
    let count = count.await?;
    if count == 0 && wanted.unread && !output.json {
        output.note("Nothing is unread.");
    } else if count == 0 && !output.json {
        output.note("No conversation yet. `heliograph card` invites somebody; `heliograph add` answers a card.");
    }
    Ok(())
}

/// A conversation as a person reads it. Title and last text are words of others: they cannot pass for another one.
fn conversation(output: Output, width: Option<usize>, item: &Value) -> String {
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
    let asks = match item["asks"].as_u64().unwrap_or_default() {
        0 => String::new(),
        asks => output.ink(Ink::Green, &format!("  {asks} asking to be let in")),
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
    let at = if last.is_null() {
        " ".repeat(16)
    } else {
        minute(text(last, "at"))
    };
    let before = format!("{}  {at}  ", text(item, "id"));
    let title = set_in(&tame(text(item, "title")), end_of(&before, 0), width);
    let first_line = text(last, "text").lines().next().unwrap_or_default();
    let said = set_in(&tame(first_line), 4, width);
    format!(
        "{before}{}{state}{timer}{kept}{unread}{asks}\n    {}",
        output.ink(Ink::Bold, &title),
        output.ink(Ink::Dim, &said),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is shown on a terminal of forty columns, no line but the first begins where an entry does.
    fn is_one_entry(shown: &str) {
        for (n, line) in shown.lines().enumerate() {
            assert!(line.chars().count() <= 40, "the terminal breaks {line:?}");
            assert!(n == 0 || line.starts_with("    "), "{line:?}");
        }
    }

    #[test]
    fn a_title_and_a_last_text_cannot_look_like_another_conversation() {
        // Padded so that the terminal would break it where the forgery begins.
        let forged = |blanks: usize| " ".repeat(blanks) + "c_h4ql  2026-11-23 21:58  Ben";
        let item = json!({
            "id": "c_2zk6", "title": forged(29), "state": "open",
            "last": {"at": "?", "text": forged(36)},
        });
        is_one_entry(&conversation(Output::new(true), Some(40), &item));
    }

    #[test]
    fn a_name_and_a_title_cannot_look_like_another_request() {
        let forged = "Ben c_h4ql  2026-11-23 21:58  Carl  (verified in person)";
        let item = json!({
            "id": "c_2zk6", "at": "?", "name": forged, "level": "", "group": forged,
        });
        is_one_entry(&request(Output::new(true), Some(40), &item));
    }
}
