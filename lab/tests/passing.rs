//! Mentions, pins, texts and cards passed on, and what a later version says, told as stories.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageId, MessageInfo, PreviewInfo, Search};
use heliograph_conversation::content::{Kind, More};
use heliograph_lab::{Mallory, Trio, TwoFaced};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn the(trio: &Trio, at: usize, id: MessageId) -> MessageInfo {
    let seen = trio.seen(at);
    seen.into_iter().find(|message| message.id == id).unwrap()
}

fn counts(trio: &Trio, at: usize) -> (u64, u64) {
    let list = trio.world.engines[at].conversations().unwrap();
    (list[0].unread, list[0].mentions)
}

fn named(message: &MessageInfo) -> Vec<&str> {
    let names = message.mentions.iter();
    names.map(|one| one.name.as_str()).collect()
}

/// Messages with the words that name somebody, as they find them.
fn naming(trio: &Trio, at: usize, words: &str) -> Vec<MessageId> {
    let search = Search {
        words: words.to_owned(),
        mentions_me: true,
        limit: 9,
        ..Search::default()
    };
    let found = trio.world.engines[at].search(&search).unwrap();
    found.into_iter().map(|find| find.id).collect()
}

#[test]
fn a_mention_counts_for_whom_it_names_as_the_text_stands() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let nine = trio.say(ANNA, "@Ben, at nine?");
    trio.world.run();
    assert_eq!((counts(&trio, BEN), counts(&trio, CARL)), ((1, 1), (1, 0)));
    for at in [ANNA, BEN, CARL] {
        let message = the(&trio, at, nine);
        assert_eq!(
            (named(&message), message.mentioned),
            (vec!["Ben"], at == BEN)
        );
    }
    // What stands is what counts.
    trio.world.engines[ANNA]
        .edit(now, (sides[ANNA], nine), "@Carl, at nine?")
        .unwrap();
    trio.world.run();
    assert_eq!((counts(&trio, BEN), counts(&trio, CARL)), ((1, 0), (1, 1)));
    assert!(the(&trio, CARL, nine).mentioned && !the(&trio, BEN, nine).mentioned);
    trio.world.engines[CARL]
        .mark_read(now, sides[CARL], (None, None))
        .unwrap();
    assert_eq!(counts(&trio, CARL), (0, 0));
    let nobody = trio.say(BEN, "ben@Anna.example @Annabel @Dora");
    trio.world.run();
    assert!(the(&trio, ANNA, nobody).mentions.is_empty());
    assert_eq!(naming(&trio, CARL, ""), [nine], "found without a word");
    assert_eq!(naming(&trio, CARL, "nine"), [nine]);
    assert!(naming(&trio, CARL, "ten").is_empty());
    assert!(naming(&trio, ANNA, "").is_empty() && naming(&trio, BEN, "").is_empty());
    // A deleted message names nobody.
    let gone = trio.say(ANNA, "@Ben");
    trio.world.run();
    trio.world.engines[ANNA]
        .delete(now, (sides[ANNA], gone))
        .unwrap();
    trio.world.run();
    assert_eq!(counts(&trio, BEN).1, 0);
    assert!(naming(&trio, BEN, "").is_empty());
}

fn pins(trio: &Trio, at: usize) -> Vec<MessageId> {
    let pins = trio.world.engines[at].pins(trio.sides[at]).unwrap();
    pins.iter().map(|message| message.id).collect()
}

#[test]
fn everybody_sees_the_same_pins_and_the_latest_word_counts() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let (first, second) = (trio.say(ANNA, "first"), trio.say(ANNA, "second"));
    trio.world.run();
    for (at, message) in [(BEN, first), (CARL, second)] {
        trio.world.engines[at]
            .pin(now, (sides[at], message), true)
            .unwrap();
    }
    assert_eq!(pins(&trio, BEN), [first], "one's own stands at once");
    trio.world.run();
    for at in [ANNA, BEN, CARL] {
        assert_eq!(pins(&trio, at), [second, first]);
        assert!(the(&trio, at, first).pinned);
        assert_eq!(trio.seen(at).len(), 2, "a pin is no message");
    }
    trio.world.engines[ANNA]
        .pin(now, (sides[ANNA], first), false)
        .unwrap();
    trio.world.engines[ANNA]
        .delete(now, (sides[ANNA], second))
        .unwrap();
    trio.world.run();
    for at in [ANNA, BEN, CARL] {
        assert!(pins(&trio, at).is_empty());
    }
    let refused = trio.world.engines[BEN].pin(now, (sides[BEN], second), true);
    assert_eq!(refused.unwrap_err().kind, "message-deleted");
    let nothing = trio.world.engines[BEN].pin(now, (sides[BEN], MessageId([9; 16])), true);
    assert_eq!(nothing.unwrap_err().kind, "unknown-message");
}

/// A second group of Anna alone.
fn alone(trio: &mut Trio) -> ConversationId {
    let now = trio.world.now;
    trio.world.engines[ANNA].create_group(now, "Notes").unwrap()
}

#[test]
fn a_text_passed_on_says_who_wrote_it_only_if_wanted() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let nine = trio.say(BEN, "@Carl, at nine.");
    trio.world.run();
    trio.world.engines[BEN]
        .edit(now, (sides[BEN], nine), "@Carl, at ten.")
        .unwrap();
    trio.world.run();
    let notes = alone(&mut trio);
    let anna = &mut trio.world.engines[ANNA];
    for with_name in [false, true] {
        let about = (sides[ANNA], nine);
        anna.forward(now, about, (notes, with_name)).unwrap();
    }
    let page = anna.messages(notes, None, 100).unwrap().items;
    let passed: Vec<_> = page
        .iter()
        .filter(|message| message.kind == "text")
        .collect();
    for message in &passed {
        assert_eq!(message.text, "@Carl, at ten.");
        assert!(message.mentions.is_empty() && !message.edited);
    }
    let names: Vec<_> = passed.iter().map(|m| m.forwarded.as_deref()).collect();
    assert_eq!(names, [Some(""), Some("Ben")]);
    let stranger = anna.forward(now, (notes, nine), (sides[ANNA], false));
    assert_eq!(stranger.unwrap_err().kind, "unknown-message");
    trio.world.engines[BEN]
        .delete(now, (sides[BEN], nine))
        .unwrap();
    trio.world.run();
    let gone = trio.world.engines[ANNA].forward(now, (sides[ANNA], nine), (notes, false));
    assert_eq!(gone.unwrap_err().kind, "message-deleted");
}

#[test]
fn a_card_passed_on_is_shown_and_adds_nobody() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let (_, card) = trio.world.engines[CARL].make_card(now, false).unwrap();
    trio.world.run();
    let shared = trio.world.engines[ANNA]
        .share(now, sides[ANNA], (&card, "Carl"))
        .unwrap();
    trio.world.run();
    let message = the(&trio, BEN, shared);
    let contact = message.contact.unwrap();
    assert_eq!(
        (message.kind.as_str(), message.text.as_str()),
        ("contact", "Carl")
    );
    assert_eq!(
        (contact.card.as_str(), contact.name.as_str()),
        (card.as_str(), "Carl")
    );
    assert_eq!(trio.world.engines[BEN].conversations().unwrap().len(), 1);
    assert_eq!(counts(&trio, BEN), (1, 0));
    assert!(trio.world.engines[CARL].requests().unwrap().is_empty());
    let state = trio.world.engines[ANNA].message_state(shared).unwrap();
    assert!(state >= heliograph_client::MessageState::Sent);
    let edited = trio.world.engines[ANNA].edit(now, (sides[ANNA], shared), "Carla");
    assert_eq!(edited.unwrap_err().kind, "not-a-text");
    let cut = trio.world.engines[ANNA].share(now, sides[ANNA], (&card[..60], "Carl"));
    assert_eq!(cut.unwrap_err().kind, "card-truncated");
    let nameless = trio.world.engines[ANNA].share(now, sides[ANNA], (&card, " \u{202e}"));
    assert_eq!(nameless.unwrap_err().kind, "bad-name");
}

#[test]
fn a_preview_is_the_senders_and_stands_only_with_the_address_that_is_seen() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let preview = PreviewInfo {
        address: "https://tide.example/today".to_owned(),
        title: "Tides".to_owned(),
        text: String::new(),
        picture: vec![1; 8_000],
    };
    let said = ("see https://tide.example/today", &preview);
    let seen = trio.world.engines[ANNA]
        .send_previewed(now, sides[ANNA], said)
        .unwrap();
    trio.world.run();
    assert_eq!(the(&trio, BEN, seen).preview.as_ref(), Some(&preview));
    let elsewhere = trio.world.engines[ANNA].send_previewed(
        now,
        sides[ANNA],
        ("see https://tide.example", &preview),
    );
    assert_eq!(elsewhere.unwrap_err().kind, "bad-preview");
    trio.world.engines[ANNA]
        .edit(now, (sides[ANNA], seen), "see https://other.example")
        .unwrap();
    trio.world.run();
    assert_eq!(the(&trio, BEN, seen).preview, None);
}

#[test]
fn typing_is_told_only_between_those_who_want_it_and_kept_by_nobody() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let tell = |trio: &mut Trio, now: i64| trio.world.engines[ANNA].typing(now, sides[ANNA]);
    assert!(!tell(&mut trio, now).unwrap(), "off at first");
    for at in [ANNA, BEN] {
        let set = trio.world.engines[at].setting("typing", Some("on"));
        assert_eq!(set.unwrap(), "on");
    }
    assert!(tell(&mut trio, now).unwrap());
    assert!(
        !tell(&mut trio, now + 4_999).unwrap(),
        "one in five seconds"
    );
    trio.world.run();
    assert_eq!(trio.world.writing, [0, 1, 0]);
    for at in [ANNA, BEN, CARL] {
        assert!(trio.seen(at).is_empty());
        assert_eq!(counts(&trio, at), (0, 0));
        assert_eq!(trio.world.engines[at].status().unwrap().waiting, 0);
    }
    // The conversation goes on as if nothing had been said.
    let nine = trio.say(ANNA, "nine");
    assert!(
        !tell(&mut trio, now + 6_000).unwrap(),
        "a text is on its way"
    );
    trio.world.run();
    assert_eq!(the(&trio, CARL, nine).text, "nine");
    trio.world.restart(ANNA);
    assert_eq!(
        trio.world.engines[ANNA].setting("typing", None).unwrap(),
        "on"
    );
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
fn what_a_later_version_says_is_shown_as_such_and_survives() {
    let (mut trio, mut mallory) = with_mallory();
    // [1, {id, at, kind: 77, song: "la"}], as a later version would say it.
    let mut said = vec![0x82, 0x01, 0xa4, 0x62, b'i', b'd', 0x50];
    said.extend([5; 16]);
    said.extend([
        0x62, b'a', b't', 0x05, 0x64, b'k', b'i', b'n', b'd', 0x18, 77,
    ]);
    said.extend([0x64, b's', b'o', b'n', b'g', 0x62, b'l', b'a']);
    mallory.say_bytes(&mut trio.world, &said);
    trio.world.restart(ANNA);
    trio.world.run();
    let seen = trio.seen(ANNA);
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].kind.as_str(), seen[0].text.as_str()),
        ("unknown", "")
    );
    assert_eq!(counts(&trio, ANNA), (1, 0));
    assert!(trio.world.engines[ANNA].status().unwrap().alarms.is_empty());
    let about = (trio.sides[ANNA], seen[0].id);
    let passed = trio.world.engines[ANNA].forward(trio.world.now, about, (about.0, false));
    assert_eq!(passed.unwrap_err().kind, "not-to-pass-on");
}

#[test]
fn forged_cards_mentions_and_previews_are_contained() {
    let (mut trio, mut mallory) = with_mallory();
    let contact = |card: &str, name: &str| Kind::Contact {
        card: card.to_owned(),
        name: name.to_owned(),
    };
    mallory.say(
        &mut trio.world,
        1,
        contact("heliograph://card/nonsense", "Ben"),
    );
    mallory.say(
        &mut trio.world,
        2,
        contact("javascript:alert(1)", "Ben\u{202e}"),
    );
    let text = Kind::Text {
        text: "@Nobody @Mallory".to_owned(),
        in_reply_to: None,
        more: More {
            mentions: vec![[0; 32]; 50],
            forwarded: Some("x".repeat(200)),
            preview: None,
        },
    };
    mallory.say(&mut trio.world, 3, text);
    let seen = trio.seen(ANNA);
    let kinds: Vec<&str> = seen.iter().map(|message| message.kind.as_str()).collect();
    assert_eq!(kinds, ["unknown", "unknown", "text"]);
    assert!(seen.iter().all(|message| message.contact.is_none()));
    assert!(seen[2].mentions.is_empty() && !seen[2].mentioned);
    assert_eq!(counts(&trio, ANNA), (3, 0));
}
