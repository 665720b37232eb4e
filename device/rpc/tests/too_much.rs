//! Texts and signs that no message can hold, and words about messages that are not there: refused
//! with a reason, and the conversation goes on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use heliograph_rpc::{Door, Passphrase, RpcError, create_profile};
use serde_json::{Value, json};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";

fn passphrase() -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new("secret".to_owned()))
}

#[tokio::test]
async fn too_much_and_about_nothing_is_refused_with_a_reason_and_talk_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let made = create_profile(home.path(), "Anna", BOARD, passphrase).await;
    made.unwrap();
    let door = Door::open(home.path(), Duration::ZERO, passphrase)
        .await
        .unwrap();
    let group = door.call("group.create", json!({"title": "Crew"})).await;
    let id = group.unwrap()["conversation"].clone();
    let send = |text: String| {
        let asked = json!({"conversation": id, "texts": [text]});
        door.call("message.send", asked)
    };
    let joined = |n: usize| "👩".to_owned() + &"\u{200d}".repeat(n);
    let sent = send("Meet at nine.".to_owned()).await.unwrap();
    let nine = sent["messages"][0].clone();
    for text in ["x".repeat(10_000_000), joined(10_000)] {
        let refused = send(text).await.unwrap_err();
        assert_eq!(refused.kind, "message-too-long");
        assert!(refused.kept.contains("Nothing was sent"));
    }
    let nothing = "m_".to_owned() + nine.as_str().unwrap().trim_start_matches("m_");
    assert_eq!(nine, nothing.as_str());
    let about = |message: &Value, more: Value| {
        let mut asked = json!({"conversation": id, "message": message});
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        asked
    };
    let react = about(&nine, json!({"emoji": joined(10_000)}));
    let refused = door.call("message.react", react).await.unwrap_err();
    assert_eq!(refused.kind, "bad-reaction");
    let edit = about(&nine, json!({"text": "x".repeat(10_000_000)}));
    let refused = door.call("message.edit", edit).await.unwrap_err();
    assert_eq!(refused.kind, "message-too-long");
    // A reaction to what was never said: the group has no such message.
    let other = door.call("group.create", json!({"title": "Other"})).await;
    let elsewhere = json!({
        "conversation": other.unwrap()["conversation"], "message": nine, "emoji": "👍",
    });
    let refused = door.call("message.react", elsewhere).await.unwrap_err();
    assert_eq!(refused.kind, "unknown-message");
    // As many joiners as a message holds are shown, and so are the worst marks.
    send(joined(3_900)).await.unwrap();
    send("> ".repeat(6_000)).await.unwrap();
    let asked = json!({"conversation": id});
    let page = door.call("message.list", asked).await.unwrap();
    let texts = page["items"].as_array().unwrap().iter();
    let texts = texts.filter(|message| message["kind"] == "text").count();
    assert_eq!(texts, 3);
    door.close().await;
}
