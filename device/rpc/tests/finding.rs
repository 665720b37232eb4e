//! Search and order through the door, on a profile whose board cannot be reached.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use heliograph_rpc::{Door, Passphrase, RpcError, create_profile};
use serde_json::{Value, json};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";
/// An id that no conversation has.
const NONE: &str = "c_aaaaaaaaaaaaaaaaaaaaaaaaaa";

fn passphrase() -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new("secret".into()))
}

async fn refused(door: &Door, method: &str, params: Value) -> String {
    door.call(method, params).await.unwrap_err().kind
}

#[tokio::test]
async fn search_and_order_are_asked_strictly_and_no_words_are_wrong() {
    let home = tempfile::tempdir().unwrap();
    create_profile(home.path(), "Anna", BOARD, passphrase)
        .await
        .unwrap();
    let door = Door::open(home.path(), Duration::ZERO, passphrase)
        .await
        .unwrap();
    for query in ["", "\"", "NEAR(a", "text:*", "灯", "a\u{0}b OR ^c -d"] {
        let page = door.call("message.search", json!({"query": query})).await;
        assert_eq!(page.unwrap(), json!({"items": [], "next": null}));
    }
    let asked = |name: &str, value: Value| json!({"query": "a", name: value});
    for (name, value, kind) in [
        ("before", json!("tomorrow"), "bad-parameters"),
        ("after_cursor", json!("m_1"), "bad-parameters"),
        ("loudly", json!(true), "bad-parameters"),
        ("from", json!("Carl"), "unknown-person"),
        ("conversation", json!(NONE), "unknown-conversation"),
        ("conversation", json!("c_1"), "not-an-id"),
    ] {
        let kind_now = refused(&door, "message.search", asked(name, value)).await;
        assert_eq!(kind_now, kind, "{name}");
    }
    let one = |more: Value| {
        let mut asked = json!({"conversation": NONE});
        let more = more.as_object().unwrap().clone();
        asked.as_object_mut().unwrap().extend(more);
        asked
    };
    for (method, more, kind) in [
        (
            "conversation.set",
            json!({"pinned": true}),
            "unknown-conversation",
        ),
        (
            "conversation.set",
            json!({"muted_until": "soon"}),
            "bad-parameters",
        ),
        ("draft.set", json!({"text": "a"}), "unknown-conversation"),
        (
            "draft.set",
            json!({"text": "a".repeat(40_000)}),
            "message-too-long",
        ),
        ("draft.get", json!({}), "unknown-conversation"),
    ] {
        assert_eq!(refused(&door, method, one(more)).await, kind, "{method}");
    }
    door.close().await;
}
