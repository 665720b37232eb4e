//! Pinned messages page by page, on a profile whose board cannot be reached.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use heliograph_rpc::{Door, LINE_MAX, Passphrase, RpcError, create_profile};
use serde_json::{Value, json};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";

fn passphrase() -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new("secret".into()))
}

/// Pins so many long messages in a conversation; their ids, the latest first.
async fn pinned(door: &Door, id: &Value, count: usize) -> Vec<Value> {
    let mut messages = Vec::new();
    for n in 0..count {
        let text = format!("{n} {}", "x".repeat(11_000));
        let asked = json!({"conversation": id, "texts": [text]});
        let sent = door.call("message.send", asked).await.unwrap();
        let message = sent["messages"][0].clone();
        let asked = json!({"conversation": id, "message": message, "pinned": true});
        door.call("message.pin", asked).await.unwrap();
        messages.push(message);
    }
    messages.reverse();
    messages
}

#[tokio::test]
async fn pinned_messages_that_find_no_room_on_a_page_are_on_the_next() {
    let home = tempfile::tempdir().unwrap();
    create_profile(home.path(), "Anna", BOARD, passphrase)
        .await
        .unwrap();
    let door = Door::open(home.path(), Duration::ZERO, passphrase)
        .await
        .unwrap();
    let group = door.call("group.create", json!({"title": "Crew"})).await;
    let id = group.unwrap()["conversation"].clone();
    let messages = pinned(&door, &id, 20).await;
    let pins = |since: Value| {
        let asked = json!({"conversation": id, "since": since});
        door.call("message.pins", asked)
    };

    let (mut listed, mut since, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page = pins(since).await.unwrap();
        assert!(page.to_string().len() < LINE_MAX);
        let items = page["items"].as_array().unwrap();
        listed.extend(items.iter().map(|message| message["id"].clone()));
        pages += 1;
        assert!(pages < 20, "a page goes on where the one before it ended");
        since = page["next"].clone();
        if since.is_null() {
            break;
        }
    }
    assert_eq!(listed, messages);
    assert!(pages > 1);

    // A pin that was taken off tells no place any more.
    let off = json!({"conversation": id, "message": messages[3], "pinned": false});
    door.call("message.pin", off).await.unwrap();
    let gone = pins(messages[3].clone()).await.unwrap_err();
    assert_eq!(gone.kind, "unknown-message");
    assert_eq!(pins("m_1".into()).await.unwrap_err().kind, "not-an-id");
    let last = pins(messages[19].clone()).await.unwrap();
    assert_eq!(last, json!({"items": [], "next": null}));
    door.close().await;
}
