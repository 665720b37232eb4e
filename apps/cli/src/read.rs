//! The messages of a conversation, once or as they come.

use std::time::Duration;

use heliograph_rpc::{Caller, Events, RpcError, interrupted};
use serde_json::{Value, json};

use crate::arguments::Read;
use crate::daemon::Beside;
use crate::format;
use crate::output::{Ink, Output, end_of, minute, set_in, tame, text};
use crate::profile::Profile;
use crate::voice;

const PAGE: u32 = 200;
/// Of a message that is answered so much is repeated.
const QUOTE_CHARS: usize = 60;
/// A follower looks again this often even if no hint came.
const HEALING: Duration = Duration::from_secs(5);

pub(crate) async fn run(profile: &Profile, wanted: &Read) -> Result<(), RpcError> {
    let stop = interrupted()?;
    let caller = profile.caller().await?;
    let mut reader = Reader {
        caller: &caller,
        output: profile.output,
        wanted,
        since: wanted.since.clone().into(),
        last: wanted.last,
        unmarked: None,
    };
    let done = if wanted.follow {
        Box::pin(follow(profile, &mut reader, stop)).await
    } else {
        match profile.freshen(&caller).await {
            Ok(()) => reader.print().await,
            refused => refused,
        }
    };
    caller.close().await;
    done
}

/// Prints until interrupted. Whoever holds a profile for long serves it to other commands.
async fn follow(
    profile: &Profile,
    reader: &mut Reader<'_>,
    stop: impl Future<Output = ()>,
) -> Result<(), RpcError> {
    let beside = match reader.caller {
        Caller::Here(door) => Some(Beside::start(profile.home(), door)?),
        Caller::There(_) => None,
    };
    let mut events = reader.caller.events().await?;
    let done = tokio::select! {
        () = stop => Ok(()),
        ended = reader.keep_printing(&mut events) => ended,
    };
    if let Some(beside) = beside {
        beside.end().await;
    }
    done
}

struct Reader<'a> {
    caller: &'a Caller,
    output: Output,
    wanted: &'a Read,
    since: Value,
    /// Where to begin: so many from the end.
    last: Option<u32>,
    /// First and last of what was printed and is not marked yet.
    unmarked: Option<(Value, Value)>,
}

impl Reader<'_> {
    async fn keep_printing(&mut self, events: &mut Events) -> Result<(), RpcError> {
        loop {
            self.print().await?;
            if tokio::time::timeout(HEALING, self.hint(events)).await == Ok(false) {
                return Err(RpcError::holder_gone());
            }
        }
    }

    /// Waits for a hint that concerns this conversation; `false` when none will come any more.
    async fn hint(&self, events: &mut Events) -> bool {
        while let Some(event) = events.next().await {
            if event["changed"] == "typing" {
                self.show_writing(&event).await;
                continue;
            }
            let other = event["changed"] == "conversation"
                && event["conversation"] != self.wanted.conversation.as_str();
            if !other {
                return true;
            }
        }
        false
    }

    /// Says that somebody is writing, to a person; programs have the event.
    async fn show_writing(&self, event: &Value) {
        let conversation = self.wanted.conversation.as_str();
        if self.output.json || event["conversation"] != conversation {
            return;
        }
        let of = json!({"conversation": conversation});
        // A group says who is in it; between two there is one other, whose number can be compared.
        for (method, list) in [("group.members", "members"), ("contact.safety", "people")] {
            let Ok(all) = self.caller.call(method, of.clone()).await else {
                continue;
            };
            let mut people = all[list].as_array().into_iter().flatten();
            if let Some(who) = people.find(|person| person["person"] == event["person"]) {
                let name = tame(text(who, "name"));
                let words = format!("{name} is writing…");
                return self.output.note(&set_in(&words, 0, self.output.width()));
            }
        }
    }

    /// Prints what is new. A follower prints in the board's order, which one's own messages enter
    /// only when the board counts them; so it stops before the first that is not counted yet.
    async fn print(&mut self) -> Result<(), RpcError> {
        loop {
            let conversation = &self.wanted.conversation;
            let last = self.last.take();
            let asked = match last {
                Some(count) => {
                    json!({"conversation": conversation, "before": "end", "limit": count})
                }
                None => json!({"conversation": conversation, "since": self.since, "limit": PAGE}),
            };
            let page = self.caller.call("message.list", asked).await?;
            for message in page["items"].as_array().into_iter().flatten() {
                if self.wanted.follow && ["pending", "stored"].contains(&text(message, "state")) {
                    return self.mark().await;
                }
                self.output.either(message, || {
                    let wanted = (self.wanted.ids, self.wanted.reveal);
                    words(self.output, message, wanted)
                })?;
                self.since = message["id"].clone();
                // One's own are read as they are written, and one that waits stands after whatever comes meanwhile.
                if message["mine"] == false {
                    let first = self.unmarked.take().map(|(first, _)| first);
                    let first = first.unwrap_or_else(|| self.since.clone());
                    self.unmarked = Some((first, self.since.clone()));
                }
            }
            self.mark().await?;
            if page["next"].is_null() || last.is_some() {
                return Ok(());
            }
        }
    }

    /// Marks what was printed, and nothing that came before or meanwhile.
    async fn mark(&mut self) -> Result<(), RpcError> {
        if let (true, Some((from, upto))) = (self.wanted.mark_read, self.unmarked.take()) {
            let conversation = &self.wanted.conversation;
            let asked = json!({"conversation": conversation, "from": from, "upto": upto});
            match self.caller.call("message.mark_read", asked).await {
                // One end's time was up meanwhile; the others are marked when they are read again.
                Err(gone) if gone.kind == "unknown-message" => {}
                marked => drop(marked?),
            }
        }
        Ok(())
    }
}

/// A message as a person reads it. What belongs to it stands on lines set in by two: none of its
/// own lines is, so that its words cannot pass for a quote or a reaction.
pub(crate) fn words(output: Output, message: &Value, (ids, reveal): (bool, bool)) -> String {
    let (minute, width) = (minute(text(message, "at")), output.width());
    let first = end_of(&minute, 0) + 2;
    let at = output.ink(Ink::Dim, &minute);
    if text(message, "kind") == "change" {
        // It quotes titles, descriptions and names: words of others like those of a message.
        let words = set_in(&tame(text(message, "text")), first, width);
        return format!("{at}  {}", output.ink(Ink::Dim, &words));
    }
    let name = set_in(&tame(text(message, "from")), first, width);
    let before = end_of(&name, first) + 2;
    let from = output.ink(Ink::Bold, &name);
    let body = said(output, message, (before, reveal));
    let mut out = format!("{at}  {from}: {body}");
    for mark in marks(message) {
        out.push_str(&output.ink(Ink::Dim, &format!("  ({mark})")));
    }
    if let Some(at) = message["disappears"].as_str() {
        let when = format!("  (disappears {})", crate::output::minute(at));
        out.push_str(&output.ink(Ink::Dim, &when));
    }
    let mut beside = |line: &str| {
        let line = set_in(line, 2, width);
        out.push_str("\n  ");
        out.push_str(&output.ink(Ink::Dim, &line));
    };
    if let Some(name) = message["forwarded"].as_str() {
        beside(&match name {
            "" => "forwarded".to_owned(),
            name => format!("forwarded, from {}", tame(name)),
        });
    }
    passed_on(message).iter().for_each(|line| beside(line));
    if !message["in_reply_to"].is_null() {
        beside(&quoted(&message["quote"]));
    }
    let reactions: Vec<String> = list(message, "reactions")
        .map(|one| format!("{} {}", tame(text(one, "emoji")), tame(text(one, "from"))))
        .collect();
    if !reactions.is_empty() {
        beside(&format!("+ {}", reactions.join("  ")));
    }
    if ids {
        beside(text(message, "id"));
    }
    out
}

/// The words of a message, or what stands for them, behind `before` columns.
fn said(output: Output, message: &Value, (before, reveal): (usize, bool)) -> String {
    let names: Vec<&str> = list(message, "mentions")
        .map(|one| text(one, "name"))
        .collect();
    let shown = (before, reveal, names.as_slice());
    match text(message, "kind") {
        _ if message["deleted"] == true => output.ink(Ink::Dim, "(deleted)"),
        "text" => format::body(output, text(message, "text"), shown),
        "contact" => output.ink(Ink::Dim, "(a card)"),
        "file" => match text(message, "text") {
            "" if message["file"]["voice"].is_null() => output.ink(Ink::Dim, "(a file)"),
            "" => output.ink(Ink::Dim, "(a voice note)"),
            caption => format::body(output, caption, shown),
        },
        _ => output.ink(Ink::Dim, "(of a kind this version cannot show)"),
    }
}

fn list<'a>(message: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    message[name].as_array().into_iter().flatten()
}

/// What comes with a message: an address's preview, a card.
fn passed_on(message: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let (preview, contact) = (&message["preview"], &message["contact"]);
    if !preview.is_null() {
        // One line each: neither may look like a line of the program's own.
        let line = |name| tame(text(preview, name)).replace('\n', " ");
        out.push(format!("[{}] {}", line("address"), line("title")));
        if !text(preview, "text").is_empty() {
            out.push(format!("| {}", line("text")));
        }
    }
    let file = &message["file"];
    if !file.is_null() {
        let size = indicatif::HumanBytes(file["size"].as_u64().unwrap_or(0));
        let sides = match (
            file["picture"]["width"].as_u64(),
            file["picture"]["height"].as_u64(),
        ) {
            (Some(width), Some(height)) => format!("{width} × {height}, "),
            _ => String::new(),
        };
        match (
            voice::outline(&file["voice"]),
            file["voice"]["millis"].as_u64(),
        ) {
            (Some(outline), Some(millis)) => {
                out.push(format!("voice {}  {outline}", voice::length(millis)));
            }
            _ => out.push(format!("file {} ({sides}{size})", tame(text(file, "name")))),
        }
    }
    if !contact.is_null() {
        out.push(format!("card of {}", tame(text(contact, "name"))));
        out.push(tame(text(contact, "card")));
        out.push("passed on: compare safety numbers after `heliograph add`".to_owned());
    }
    out
}

/// What is to be said of a message beside its words.
fn marks(message: &Value) -> Vec<&str> {
    let deleted = message["deleted"] == true;
    let mut marks = Vec::new();
    if message["mentioned"] == true {
        marks.push("names you");
    }
    if message["pinned"] == true {
        marks.push("pinned");
    }
    if message["starred"] == true {
        marks.push("starred");
    }
    if message["edited"] == true {
        marks.push("edited");
    }
    marks.push(match text(message, "change") {
        "" => "",
        "unsent" if deleted => "the others were not told and may still have it",
        "unsent" => "your last change was not sent",
        _ if deleted => "the others are not told yet",
        _ => "your last change is on its way",
    });
    marks.push(match text(message, "state") {
        "received" => "",
        state => state,
    });
    marks.retain(|mark| !mark.is_empty());
    marks
}

/// The beginning of the message that was answered.
fn quoted(quote: &Value) -> String {
    if quote.is_null() {
        return "> (a message that is not here)".to_owned();
    }
    let line = tame(text(quote, "text").lines().next().unwrap_or_default());
    let short: String = line.chars().take(QUOTE_CHARS).collect();
    let more = if short.len() < text(quote, "text").len() {
        "…"
    } else {
        ""
    };
    format!("> {}: {short}{more}", tame(text(quote, "from")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_reactions_edits_and_deletions_are_shown() {
        let mut message = json!({
            "from": "Ben", "at": "?", "kind": "text", "text": "Fine.\n  + 👍 me", "state": "received",
            "in_reply_to": "m_1", "quote": {"from": "me", "text": "Meet at nine.\nBring tea."},
            "reactions": [{"emoji": "👍", "from": "me"}, {"emoji": "🎉", "from": "Carl"}],
            "edited": true, "deleted": false, "change": null, "id": "m_2",
        });
        let output = Output::new(false);
        assert_eq!(
            words(output, &message, (true, false)),
            "?  Ben: Fine.\n      + 👍 me  (edited)\n  > me: Meet at nine.…\n  + 👍 me  🎉 Carl\n  m_2"
        );
        message["quote"] = Value::Null;
        message["deleted"] = true.into();
        message["edited"] = false.into();
        message["reactions"] = json!([]);
        message["change"] = "pending".into();
        assert_eq!(
            words(output, &message, (false, false)),
            "?  Ben: (deleted)  (the others are not told yet)\n  > (a message that is not here)"
        );
    }

    #[test]
    fn what_somebody_did_to_a_group_cannot_look_like_a_message() {
        let change = json!({
            "from": "Ben", "at": "?", "kind": "change", "state": "received",
            "text": "Ben described the group: “Tides\n2026-11-23 21:58  me: I agree\u{1b}[2J”.",
        });
        assert_eq!(
            words(Output::new(true), &change, (false, false)),
            "?  Ben described the group: “Tides\n    2026-11-23 21:58  me: I agree\u{fffd}[2J”."
        );
    }
}
