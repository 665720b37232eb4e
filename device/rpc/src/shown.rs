//! The device's answers as JSON: field names are stable, times are RFC 3339 UTC.

use data_encoding::BASE64;
use heliograph_client::{
    Alarm, AskInfo, Changed, ContactState, ConversationInfo, Event, FOREVER, FileInfo, GroupMember,
    KeptInfo, LinkState, MentionInfo, MessageInfo, MessageState, Page, PreviewInfo, ReactionInfo,
    RequestInfo, SafetyInfo, Status, VersionInfo,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::text::{html, plain};

/// A conversation's last text and its draft are cut here; the whole is in its messages, in `draft.get`.
const PREVIEW_CHARS: usize = 200;

/// A page of a list stays well under the longest line.
const PAGE_BYTES: usize = 128 * 1_024;

pub(crate) fn time(ms: i64) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |at| at.to_string().into())
}

pub(crate) fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::Unsent => "unsent",
        MessageState::Pending => "pending",
        MessageState::Stored => "stored",
        MessageState::Sent => "sent",
        MessageState::Delivered => "delivered",
        MessageState::Read => "read",
        MessageState::Received => "received",
    }
}

pub(crate) fn contact_state(state: ContactState) -> &'static str {
    match state {
        ContactState::Waiting => "waiting",
        ContactState::Requested => "requested",
    }
}

pub(crate) fn status(status: &Status) -> Value {
    let (link, reason) = match &status.link {
        LinkState::Connecting => ("connecting", None),
        LinkState::Online => ("online", None),
        LinkState::Offline(reason) => ("offline", Some(reason)),
        LinkState::Astray => ("astray", None),
    };
    json!({
        "name": status.name, "person": status.person, "device": status.device,
        "board": status.board, "link": link, "reason": reason,
        "position": status.position, "waiting": status.waiting, "requests": status.requests,
        "alarms": status.alarms.iter().map(alarm).collect::<Vec<_>>(),
    })
}

fn alarm(alarm: &Alarm) -> Value {
    json!({
        "kind": alarm.kind, "happened": alarm.happened, "todo": alarm.todo,
        "at": time(alarm.at_ms),
    })
}

pub(crate) fn request(info: &RequestInfo) -> Value {
    json!({
        "id": info.id.to_string(), "name": info.name, "person": info.person,
        "level": info.level, "at": time(info.at_ms), "messages": info.messages,
        "group": info.group,
    })
}

pub(crate) fn conversation(info: &ConversationInfo) -> Value {
    let members: Vec<Value> = info
        .members
        .iter()
        .map(|m| json!({"person": m.person, "name": m.name, "level": m.level}))
        .collect();
    let last = info.last_ms.map(|at| {
        let text: Option<String> = info
            .last_text
            .as_ref()
            .map(|text| plain(text).chars().take(PREVIEW_CHARS).collect());
        json!({"at": time(at), "text": text})
    });
    let mut shown = kept(&info.kept);
    shown["id"] = info.id.to_string().into();
    shown["title"] = info.title.as_str().into();
    shown["members"] = members.into();
    shown["unread"] = info.unread.into();
    shown["mentions"] = info.mentions.into();
    shown["asks"] = info.asks.into();
    shown["last"] = last.into();
    shown["state"] = info.state.as_str().into();
    shown["group"] = info.group.into();
    shown["timer"] = info.timer_s.into();
    shown["edit_window"] = info.edit_window_s.into();
    shown
}

/// How a conversation is kept.
pub(crate) fn kept(kept: &KeptInfo) -> Value {
    let muted_until = kept.muted_until.map(|until| match until {
        FOREVER => "forever".into(),
        until => time(until),
    });
    let draft: Option<String> = kept
        .draft
        .as_ref()
        .map(|draft| draft.draft.text.chars().take(PREVIEW_CHARS).collect());
    json!({
        "muted_until": muted_until, "archived": kept.archived, "pinned": kept.pinned,
        "marked_unread": kept.marked_unread, "deleted": kept.deleted, "draft": draft,
    })
}

pub(crate) fn group_member(member: &GroupMember) -> Value {
    json!({
        "person": member.person, "name": member.name, "level": member.level,
        "role": if member.admin { "admin" } else { "member" },
        "leaving": member.leaving, "me": member.mine, "devices": member.devices,
    })
}

pub(crate) fn safety(info: &SafetyInfo) -> Value {
    json!({
        "person": info.person, "name": info.name, "level": info.level, "number": info.number,
    })
}

pub(crate) fn message(info: &MessageInfo) -> Value {
    let quote = info.quote.as_ref().map(|of| {
        let text: String = plain(&of.text).chars().take(PREVIEW_CHARS).collect();
        json!({"from": of.from, "text": text})
    });
    let worded = info.kind == "text" || (info.kind == "file" && !info.text.is_empty());
    let written = worded && !info.deleted;
    json!({
        "id": info.id.to_string(), "from": info.from, "person": info.person,
        "at": time(info.at_ms), "text": info.text, "kind": info.kind,
        "html": written.then(|| html(&info.text)),
        "state": state(info.state), "mine": info.mine,
        "in_reply_to": info.in_reply_to.map(|id| id.to_string()),
        "quote": quote,
        "reactions": info.reactions.iter().map(reaction).collect::<Vec<_>>(),
        "disappears": info.disappears_ms.map(time),
        "starred": info.starred, "mentions": info.mentions.iter().map(mention).collect::<Vec<_>>(),
        "mentioned": info.mentioned, "pinned": info.pinned, "forwarded": info.forwarded,
        "preview": info.preview.as_ref().map(preview),
        "file": info.file.as_ref().map(file),
        "contact": info.contact.as_ref().map(|of| json!({"card": of.card, "name": of.name})),
        "edited": info.edited, "deleted": info.deleted, "change": info.change.map(state),
    })
}

fn file(info: &FileInfo) -> Value {
    let picture = info.picture.as_ref().map(|of| {
        let blur = (!of.blur.is_empty()).then(|| BASE64.encode(&of.blur));
        json!({"width": of.width, "height": of.height, "blur": blur})
    });
    let voice = info
        .voice
        .as_ref()
        .map(|of| json!({"millis": of.millis, "waveform": BASE64.encode(&of.waveform)}));
    json!({
        "name": info.name, "media": info.media, "size": info.size, "picture": picture,
        "voice": voice,
    })
}

fn mention(info: &MentionInfo) -> Value {
    json!({"person": info.person, "name": info.name})
}

fn preview(info: &PreviewInfo) -> Value {
    let picture = (!info.picture.is_empty()).then(|| BASE64.encode(&info.picture));
    json!({
        "address": info.address, "title": info.title, "text": info.text, "picture": picture,
    })
}

fn reaction(info: &ReactionInfo) -> Value {
    json!({
        "emoji": info.emoji, "from": info.from, "person": info.person, "mine": info.mine,
    })
}

/// Somebody who waits for something, and since when.
pub(crate) fn ask_info(info: &AskInfo) -> Value {
    json!({"person": info.person, "name": info.name, "at": time(info.at_ms)})
}

pub(crate) fn version(info: &VersionInfo) -> Value {
    json!({
        "id": info.id.to_string(), "at": time(info.at_ms), "text": info.text,
        "state": state(info.state),
    })
}

pub(crate) fn event(event: &Event) -> Value {
    let changed = match &event.what {
        Changed::Conversation(id) => {
            return json!({
                "seq": event.seq, "changed": "conversation", "conversation": id.to_string(),
            });
        }
        Changed::Typing(id, person) => {
            return json!({
                "seq": event.seq, "changed": "typing", "conversation": id.to_string(),
                "person": person,
            });
        }
        Changed::Requests => "requests",
        Changed::Link => "link",
        Changed::Alarm => "alarm",
        Changed::Cards => "cards",
        Changed::CaughtUp => "caught-up",
    };
    json!({"seq": event.seq, "changed": changed})
}

/// What a listener is told who was too slow: read everything again.
pub(crate) fn events_lost() -> Value {
    json!({"seq": null, "changed": "all"})
}

/// As many items as one answer may carry, and the id to ask on from: the last one shown, if there
/// are more or the device says that there may be (`more`). Items that find no room are not even made: a
/// text of the worst marks takes its time.
pub(crate) fn page(items: impl IntoIterator<Item = Value>, limit: usize, more: bool) -> Value {
    let (mut kept, mut size, mut cut) = (Vec::new(), 0, more);
    for item in items {
        size += item.to_string().len();
        if kept.len() >= limit || (size > PAGE_BYTES && !kept.is_empty()) {
            cut = true;
            break;
        }
        kept.push(item);
    }
    let next = kept.last().filter(|_| cut).map(|item| item["id"].clone());
    json!({"items": kept, "next": next})
}

/// A page of the last messages, in board order. What does not fit is left out at its beginning, and is the next page.
pub(crate) fn page_back(page: &Page<MessageInfo>) -> Value {
    let (mut kept, mut size) = (Vec::new(), 0);
    for info in page.items.iter().rev() {
        let item = message(info);
        size += item.to_string().len();
        if size > PAGE_BYTES && !kept.is_empty() {
            break;
        }
        kept.push(item);
    }
    kept.reverse();
    let cut = page.next.is_some() || kept.len() < page.items.len();
    let next = kept.first().filter(|_| cut).map(|item| item["id"].clone());
    json!({"items": kept, "next": next})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LINE_MAX, TEXT_MAX};

    #[test]
    fn times_are_rfc_3339_in_utc() {
        assert_eq!(time(1_700_000_000_123), json!("2023-11-14T22:13:20.123Z"));
        assert_eq!(time(i64::MAX), Value::Null);
    }

    #[test]
    fn a_page_of_the_worst_texts_fits_on_a_line_and_says_where_to_go_on() {
        let worst = "\u{1}".repeat(TEXT_MAX);
        let items: Vec<Value> = (0..10).map(|n| json!({"id": n, "text": worst})).collect();
        let page = page(items, 100, false);
        assert!(page.to_string().len() < LINE_MAX);
        let shown = page["items"].as_array().unwrap().len();
        assert!(shown >= 1);
        assert_eq!(page["next"], json!(shown - 1));
    }

    #[test]
    fn a_last_page_has_no_next() {
        assert_eq!(page(vec![json!({"id": 1})], 5, false)["next"], Value::Null);
        assert_eq!(page(Vec::new(), 5, true)["next"], Value::Null);
    }
}
