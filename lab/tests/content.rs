//! Answers, reactions, edits and deletions, told as stories and as random histories.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::engine::Engine;
use heliograph_client::{DATABASE, Device, MessageId, MessageInfo, MessageState};
use heliograph_conversation::content::{Kind, More};
use heliograph_lab::{Mallory, Trio, TwoFaced, key, rewritten, rounds};
use heliograph_store::{Store, StoreKey};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
/// The key of every database here.
const KEY: [u8; 32] = [7; 32];

fn the(trio: &Trio, at: usize, id: MessageId) -> MessageInfo {
    let seen = trio.seen(at);
    seen.into_iter().find(|message| message.id == id).unwrap()
}

fn signs(message: &MessageInfo) -> Vec<(&str, &str, bool)> {
    let all = message.reactions.iter();
    all.map(|one| (one.emoji.as_str(), one.from.as_str(), one.mine))
        .collect()
}

#[test]
fn an_answer_a_reaction_and_an_edit_are_seen_by_all() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let nine = trio.say(ANNA, "Meet at nine.");
    trio.world.run();
    let fine = trio.world.engines[BEN]
        .reply(now, (sides[BEN], nine), "Fine.")
        .unwrap();
    for sign in ["🎉", "👍"] {
        trio.world.engines[CARL]
            .react(now, (sides[CARL], nine), sign)
            .unwrap();
    }
    trio.world.run();
    trio.world.engines[ANNA]
        .edit(now, (sides[ANNA], nine), "Meet at ten.")
        .unwrap();
    // Whoever edits sees it at once.
    let own = the(&trio, ANNA, nine);
    assert_eq!((own.text.as_str(), own.edited), ("Meet at ten.", true));
    assert_eq!(own.change, Some(MessageState::Pending));
    assert_eq!(trio.world.engines[ANNA].status().unwrap().waiting, 1);
    assert!(trio.world.engines[ANNA].synced(true).unwrap().is_none());
    trio.world.run();
    for at in [ANNA, BEN, CARL] {
        let message = the(&trio, at, nine);
        assert_eq!(
            (message.text.as_str(), message.edited, message.change),
            ("Meet at ten.", true, None)
        );
        let from = if at == CARL { "me" } else { "Carl" };
        assert_eq!(signs(&message), [("👍", from, at == CARL)]);
        let answer = the(&trio, at, fine);
        assert_eq!(answer.in_reply_to, Some(nine));
        assert_eq!(answer.quote.unwrap().text, "Meet at ten.");
        let history = trio.world.engines[at].history((sides[at], nine)).unwrap();
        let texts: Vec<&str> = history.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["Meet at nine.", "Meet at ten."]);
        assert_eq!(trio.seen(at).len(), 2, "only messages are in the list");
    }
    let conversations = trio.world.engines[BEN].conversations().unwrap();
    assert_eq!(conversations[0].unread, 1);
    for word in ["ok", "👍 👍", &"👍".repeat(17)] {
        let refused = trio.world.engines[CARL].react(now, (sides[CARL], nine), word);
        assert_eq!(refused.unwrap_err().kind, "bad-reaction");
    }
    trio.world.engines[CARL]
        .react(now, (sides[CARL], nine), "")
        .unwrap();
    trio.world.run();
    assert!(the(&trio, BEN, nine).reactions.is_empty());
}

#[test]
fn only_whoever_wrote_a_message_changes_it_or_deletes_it_for_everyone() {
    let mut trio = Trio::meet();
    let now = trio.world.now;
    let nine = trio.say(ANNA, "Meet at nine.");
    trio.world.run();
    let about = (trio.sides[BEN], nine);
    let ben = &mut trio.world.engines[BEN];
    let edited = ben.edit(now, about, "Never.").unwrap_err();
    let deleted = ben.delete(now, about).unwrap_err();
    assert_eq!(
        (edited.kind, deleted.kind),
        ("not-your-message", "not-your-message")
    );
    assert_eq!(the(&trio, BEN, nine).text, "Meet at nine.");
    assert_eq!(trio.world.engines[BEN].status().unwrap().waiting, 0);
}

/// Every text and content that the rows of a database hold for a conversation.
fn kept(home: &std::path::Path, messages: &[MessageId]) -> String {
    let store = Store::open(&home.join(DATABASE), &StoreKey::new(KEY)).unwrap();
    let rows = store.view(|view| {
        let mut out = Vec::new();
        for conversation in view.conversations()? {
            out.extend(
                view.outbox(conversation.id, 1_000)?
                    .into_iter()
                    .map(|row| row.content),
            );
            for id in messages {
                let row = view.message(conversation.id, &id.0)?.unwrap();
                out.push(row.content);
                out.extend(row.text.map(String::into_bytes));
                let about = view.annotations(conversation.id, &id.0)?;
                out.extend(about.into_iter().map(|row| row.body.into_bytes()));
            }
        }
        Ok::<_, heliograph_store::StoreError>(out)
    });
    String::from_utf8_lossy(&rows.unwrap().concat()).into_owned()
}

#[test]
fn what_was_deleted_is_gone_from_every_database_and_its_place_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let home = |name: &str| directory.path().join(name);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap();
    let start = i64::try_from(now.as_millis()).unwrap();
    let names = ["Anna", "Ben", "Carl"];
    let world = TwoFaced::of(&names, start, |name, board, seed| {
        let home = home(name);
        std::fs::create_dir(&home).unwrap();
        let key = key();
        let made = Device::create(&home, &key, name, board);
        runtime.block_on(made).unwrap();
        Engine::open(&home, &KEY, seed, start).unwrap()
    });
    let mut trio = Trio::in_world(world);
    let (now, sides) = (trio.world.now, trio.sides);
    let before = trio.say(ANNA, "before");
    let secret = trio.say(ANNA, "the harbour at nine");
    let after = trio.say(ANNA, "after");
    trio.world.run();
    let about = (sides[ANNA], secret);
    trio.world.engines[ANNA]
        .edit(now, about, "the harbour at ten")
        .unwrap();
    trio.world.run();
    for name in names {
        assert!(kept(&home(name), &[secret]).contains("the harbour at ten"));
    }
    trio.world.engines[ANNA].delete(now, about).unwrap();
    // Here it has gone at once.
    assert!(the(&trio, ANNA, secret).deleted);
    trio.world.run();
    for (at, name) in names.iter().enumerate() {
        let ids: Vec<MessageId> = trio.seen(at).iter().map(|message| message.id).collect();
        assert_eq!(ids, [before, secret, after]);
        let stone = the(&trio, at, secret);
        assert_eq!((stone.text.as_str(), stone.deleted), ("", true));
        let gone = trio.world.engines[at].history((sides[at], secret));
        assert_eq!(gone.unwrap_err().kind, "message-deleted");
        let rows = kept(&home(name), &[before, secret, after]);
        assert!(
            rows.contains("before") && !rows.contains("harbour"),
            "{name}"
        );
    }
    let again = trio.world.engines[ANNA]
        .edit(now, about, "back")
        .unwrap_err();
    assert_eq!(again.kind, "message-deleted");
}

#[test]
fn what_was_deleted_for_oneself_is_gone_here_alone_and_nothing_brings_it_back() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let nine = trio.say(ANNA, "Meet at nine.");
    trio.world.run();
    trio.world.engines[BEN]
        .hide(now, (sides[BEN], nine))
        .unwrap();
    assert!(trio.seen(BEN).is_empty());
    assert_eq!(trio.world.engines[BEN].status().unwrap().waiting, 0);
    trio.world.engines[ANNA]
        .edit(now, (sides[ANNA], nine), "Meet at ten.")
        .unwrap();
    trio.world.engines[CARL]
        .react(now, (sides[CARL], nine), "👍")
        .unwrap();
    trio.world.run();
    assert!(trio.seen(BEN).is_empty());
    assert_eq!(
        trio.world.engines[BEN].conversations().unwrap()[0].unread,
        0
    );
    let refused = trio.world.engines[BEN].history((sides[BEN], nine));
    assert_eq!(refused.unwrap_err().kind, "unknown-message");
    assert_eq!(the(&trio, CARL, nine).text, "Meet at ten.");
}

#[test]
fn what_was_to_be_said_about_a_message_when_the_conversation_ended_is_shown_as_unsent() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let nine = trio.say(BEN, "Meet at nine.");
    trio.world.run();
    trio.world.lies.deaf = true;
    let change = trio.world.engines[BEN]
        .edit(now, (sides[BEN], nine), "Meet at ten.")
        .unwrap();
    trio.world.serve_asked(BEN);
    trio.world.lies.deaf = false;
    let ben = trio.world.engines[BEN].status().unwrap().person;
    trio.world.engines[ANNA]
        .remove_person(now, (sides[ANNA], &ben))
        .unwrap();
    trio.world.run();
    let message = the(&trio, BEN, nine);
    assert_eq!(
        (message.text.as_str(), message.edited),
        ("Meet at nine.", false)
    );
    assert_eq!(message.change, Some(MessageState::Unsent));
    let history = trio.world.engines[BEN].history((sides[BEN], nine)).unwrap();
    assert_eq!(
        (history[1].text.as_str(), history[1].state),
        ("Meet at ten.", MessageState::Unsent)
    );
    let waited = trio.world.engines[BEN].reached(change, MessageState::Pending);
    assert_eq!(waited.unwrap_err().kind, "message-unsent");
    assert_eq!(the(&trio, ANNA, nine).text, "Meet at nine.");
    assert_eq!(trio.world.engines[BEN].status().unwrap().waiting, 0);
}

/// Mallory and Anna in a group.
fn with_mallory() -> (Trio, Mallory) {
    let mut world = TwoFaced::new(&["Anna"]);
    let mut mallory = Mallory::new("Mallory", world.now).in_group();
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &card);
    let id = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(world.now, id).unwrap();
    world.run();
    mallory.follow(&world);
    let sides = [id; 3];
    (Trio { world, sides }, mallory)
}

#[test]
fn a_forged_edit_or_deletion_of_somebody_elses_message_changes_nothing() {
    let (mut trio, mut mallory) = with_mallory();
    let nine = trio.say(ANNA, "Meet at nine.");
    trio.world.run();
    let (replaces, text, mentions) = (nine.0, "Never.".to_owned(), Vec::new());
    let edit = Kind::Edit {
        replaces,
        text,
        mentions,
    };
    mallory.say(&mut trio.world, 1, edit);
    mallory.say(&mut trio.world, 2, Kind::Deletion { replaces });
    let message = the(&trio, ANNA, nine);
    assert_eq!(
        (message.text.as_str(), message.edited, message.deleted),
        ("Meet at nine.", false, false)
    );
    let history = trio.world.engines[ANNA].history((trio.sides[ANNA], nine));
    assert_eq!(history.unwrap().len(), 1);
    let (in_reply_to, emoji) = (nine.0, "👎".to_owned());
    mallory.say(&mut trio.world, 3, Kind::Reaction { in_reply_to, emoji });
    assert_eq!(signs(&the(&trio, ANNA, nine)), [("👎", "Mallory", false)]);
    assert!(trio.world.engines[ANNA].status().unwrap().alarms.is_empty());
}

#[test]
fn what_is_said_about_a_message_before_it_comes_is_kept_for_it() {
    let (mut trio, mut mallory) = with_mallory();
    let (edited, deleted) = ([10; 16], [11; 16]);
    let (later, gone) = (mallory.id_of(&edited), mallory.id_of(&deleted));
    let text = |text: &str| Kind::Text {
        text: text.to_owned(),
        in_reply_to: None,
        more: More::default(),
    };
    let words = [
        Kind::Edit {
            replaces: later.0,
            text: "second".to_owned(),
            mentions: Vec::new(),
        },
        Kind::Reaction {
            in_reply_to: later.0,
            emoji: "👍".to_owned(),
        },
        Kind::Deletion { replaces: gone.0 },
    ];
    for (nonce, said) in (1..).zip(words) {
        mallory.say(&mut trio.world, nonce, said);
    }
    assert!(
        trio.seen(ANNA).is_empty(),
        "about nothing, nothing is shown"
    );
    assert_eq!(
        trio.world.engines[ANNA].conversations().unwrap()[0].unread,
        0
    );
    trio.world.restart(ANNA);
    trio.world.run();
    mallory.say(&mut trio.world, 10, text("first"));
    mallory.say(&mut trio.world, 11, text("never seen"));
    let message = the(&trio, ANNA, later);
    assert_eq!((message.text.as_str(), message.edited), ("second", true));
    assert_eq!(signs(&message), [("👍", "Mallory", false)]);
    let stone = the(&trio, ANNA, gone);
    assert_eq!((stone.text.as_str(), stone.deleted), ("", true));
}

#[test]
fn sixty_histories_of_rewriting_end_alike_for_everyone_and_as_they_were_told() {
    let mut done = 0;
    for seed in 1..=u64::from(rounds(60)) {
        match rewritten(seed) {
            Ok(changes) => done += changes,
            Err(wrong) => panic!("seed {seed}: {wrong}"),
        }
    }
    assert!(done > 0);
}
