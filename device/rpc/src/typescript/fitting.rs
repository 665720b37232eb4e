//! Whether the types are those of the door: it is asked for real.

use std::time::Duration;

use heliograph_client::{ConversationId, Fault, RequestInfo, SafetyInfo};
use serde_json::{Value, json};

use super::{Method, methods, wrong};
use crate::{Door, Passphrase, RpcError, create_profile, shown};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";

fn passphrase() -> Result<Passphrase, RpcError> {
    Passphrase::new(zeroize::Zeroizing::new("secret".into()))
}

struct Asked {
    door: Door,
    methods: Vec<Method>,
}

impl Asked {
    fn method(&self, name: &str) -> &Method {
        let found = self.methods.iter().find(|method| method.name == name);
        found.unwrap_or_else(|| panic!("{name} has no types"))
    }

    /// The answer to a call, if it fits its type in every field.
    async fn ask(&self, name: &str, params: Value) -> Value {
        let complaint = (self.method(name).complaint)(params.clone());
        assert_eq!(complaint, None, "{name}");
        let answer = self.door.call(name, params).await.unwrap();
        self.fits(name, &answer);
        answer
    }

    fn fits(&self, name: &str, answer: &Value) {
        let again = (self.method(name).again)(answer.clone());
        let again = again.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&again, answer, "{name}");
    }
}

async fn asked(home: &std::path::Path) -> Asked {
    create_profile(home, "Anna", BOARD, passphrase)
        .await
        .unwrap();
    let door = Door::open(home, Duration::ZERO, passphrase);
    Asked {
        door: door.await.unwrap(),
        methods: methods(),
    }
}

#[tokio::test]
async fn the_door_takes_the_fields_that_the_types_name_and_no_other() {
    let home = tempfile::tempdir().unwrap();
    let asked = asked(home.path()).await;
    for method in &asked.methods {
        if method.name == "event.subscribe" {
            continue;
        }
        for params in wrong() {
            let Some(complaint) = (method.complaint)(params.clone()) else {
                continue;
            };
            let refused = asked.door.call(method.name, params).await.unwrap_err();
            assert_eq!(refused.kind, "bad-parameters", "{}", method.name);
            assert!(
                refused.happened.contains(&complaint),
                "{}: the types say {complaint}, the door says {}",
                method.name,
                refused.happened
            );
        }
    }
    asked.door.close().await;
}

/// More fields in an object of parameters.
fn with(params: &Value, more: Value) -> Value {
    let mut params = params.clone();
    let Value::Object(more) = more else {
        unreachable!("parameters have names");
    };
    params.as_object_mut().unwrap().extend(more);
    params
}

/// Calls about a group of one's own and two messages in it.
fn calls((of, first, second): (&Value, &Value, &Value)) -> Vec<(&'static str, Value)> {
    let first_calls = vec![
        ("rpc.hello", json!({"version": 1})),
        ("profile.status", json!({})),
        (
            "group.add",
            with(of, json!({"cards": ["no card"], "members": ["nobody"]})),
        ),
        (
            "group.change",
            with(of, json!({"title": "Night", "adding": "admins"})),
        ),
        ("group.members", of.clone()),
        ("group.asks", of.clone()),
        ("group.unlink", of.clone()),
        (
            "message.wait",
            json!({"message": first["message"], "state": "pending"}),
        ),
        ("message.reply", with(first, json!({"text": "answer"}))),
        ("message.react", with(first, json!({"emoji": "👍"}))),
        (
            "message.edit",
            with(first, json!({"text": "the lighthouse"})),
        ),
        ("message.history", first.clone()),
        ("message.star", with(first, json!({"starred": true}))),
        ("message.starred", json!({})),
        ("message.search", json!({"query": "light"})),
        ("message.list", of.clone()),
        ("message.list", with(of, json!({"before": "end"}))),
    ];
    let last_calls = vec![
        ("message.delete", second.clone()),
        ("message.delete", with(first, json!({"for_everyone": true}))),
        ("message.list", of.clone()),
        ("contact.safety", of.clone()),
        ("person.blocked", json!({})),
        (
            "setting.set",
            json!({"name": "receipts", "value": "prompt"}),
        ),
        ("conversation.delete", of.clone()),
        ("request.list", json!({})),
    ];
    [first_calls, calls_of_keeping((of, first)), last_calls].concat()
}

/// Calls about what is kept of a group, and the first message in it.
fn calls_of_keeping((of, first): (&Value, &Value)) -> Vec<(&'static str, Value)> {
    vec![
        ("message.mark_read", of.clone()),
        (
            "message.mark_read",
            with(
                of,
                json!({"from": first["message"], "upto": first["message"]}),
            ),
        ),
        (
            "draft.set",
            with(
                of,
                json!({"text": "Dear", "attachments": ["/tmp/plan.pdf"]}),
            ),
        ),
        ("draft.get", of.clone()),
        ("draft.send", of.clone()),
        ("timer.set", with(of, json!({"seconds": 3_600}))),
        ("timer.get", of.clone()),
        (
            "conversation.set",
            with(of, json!({"muted_until": "forever"})),
        ),
        ("conversation.list", json!({})),
    ]
}

#[tokio::test]
async fn real_answers_fit_their_types() {
    let home = tempfile::tempdir().unwrap();
    let asked = asked(home.path()).await;
    let crew = json!({"title": "Crew", "cards": ["no card"]});
    let made = asked.ask("group.create", crew).await;
    let of = json!({"conversation": made["conversation"]});
    let texts = with(&of, json!({"texts": ["lighthouse", "again"]}));
    let sent = asked.ask("message.send", texts).await["messages"].clone();
    let first = with(&of, json!({"message": sent[0]}));
    let second = with(&of, json!({"message": sent[1]}));
    for (name, params) in calls((&of, &first, &second)) {
        asked.ask(name, params).await;
    }
    asked.door.close().await;
}

/// A tenth of a second of one channel at 8 kHz, 8 bits.
fn a_short_wav() -> Vec<u8> {
    let mut wav = b"RIFF\x44\x03\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend_from_slice(b"\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x20\x03\0\0");
    wav.extend((0..800).map(|at| if at % 20 < 10 { 100 } else { 156 }));
    wav
}

#[tokio::test]
async fn answers_about_what_is_pinned_and_passed_on_fit_their_types() {
    let home = tempfile::tempdir().unwrap();
    let asked = asked(home.path()).await;
    let made = asked.ask("group.create", json!({"title": "Crew"})).await;
    let of = json!({"conversation": made["conversation"]});
    let texts = with(&of, json!({"texts": ["lighthouse"]}));
    let sent = asked.ask("message.send", texts).await["messages"].clone();
    let first = with(&of, json!({"message": sent[0]}));
    let wav = home.path().join("note.wav");
    std::fs::write(&wav, a_short_wav()).unwrap();
    // No board answers: the card is one all the same.
    let card = asked.ask("card.create", json!({})).await;
    let calls = [
        ("message.pin", with(&first, json!({"pinned": true}))),
        ("message.pins", of.clone()),
        ("conversation.typing", of.clone()),
        (
            "message.forward",
            with(&first, json!({"to": of["conversation"], "with_name": true})),
        ),
        (
            "message.send",
            with(
                &of,
                json!({
                    "texts": ["@Anna https://a.example"],
                    "preview": {"address": "https://a.example", "title": "A"},
                }),
            ),
        ),
        (
            "contact.share",
            with(&of, json!({"card": card["card"], "name": "Anna"})),
        ),
        (
            "file.send",
            with(
                &of,
                json!({"path": concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "caption": "Look."}),
            ),
        ),
        ("voice.send", with(&of, json!({"path": wav}))),
        ("file.list", json!({})),
        ("message.list", of),
    ];
    for (name, params) in calls {
        asked.ask(name, params).await;
    }
    asked.door.close().await;
}

#[test]
fn answers_that_need_other_people_fit_their_types() {
    let methods = methods();
    let fits = |name: &str, answer: Value| {
        let method = methods.iter().find(|method| method.name == name).unwrap();
        assert_eq!((method.again)(answer.clone()).unwrap(), answer, "{name}");
    };
    let request = shown::request(&RequestInfo {
        id: ConversationId([1; 16]),
        name: "Ben".into(),
        person: "p_1".into(),
        level: "self-declared".into(),
        at_ms: 1_795_000_000_000,
        messages: 2,
        group: None,
    });
    fits("request.list", json!({"items": [request], "next": null}));
    let safety = shown::safety(&SafetyInfo {
        person: "p_1".into(),
        name: "Ben".into(),
        level: "self-declared".into(),
        number: "12345".into(),
    });
    fits("contact.confirm", safety.clone());
    fits("contact.safety", json!({"people": [safety]}));
}

#[test]
fn a_refusal_and_an_event_fit_their_types() {
    use super::answers::{Event, Refusal};
    let refused: RpcError = heliograph_client::Refusal {
        kind: "board-unreachable",
        fault: Fault::Server,
        happened: "a".into(),
        kept: "b".into(),
        todo: "c".into(),
    }
    .into();
    let refused = serde_json::to_value(&refused).unwrap();
    assert_eq!(super::again::<Refusal>(refused.clone()).unwrap(), refused);
    let lost = shown::events_lost();
    assert_eq!(super::again::<Event>(lost.clone()).unwrap(), lost);
    let told = shown::event(&heliograph_client::Event {
        seq: 3,
        what: heliograph_client::Changed::Conversation(ConversationId([1; 16])),
    });
    assert_eq!(super::again::<Event>(told.clone()).unwrap(), told);
}
