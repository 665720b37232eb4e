//! Groups in which a message can be edited for a while only, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{GroupChange, MessageId, MessageInfo};
use heliograph_conversation::content::{Content, Kind, More};
use heliograph_lab::{Mallory, Trio, TwoFaced, accept, changes};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
const MINUTE: i64 = 60_000;

fn the(trio: &Trio, at: usize, id: MessageId) -> MessageInfo {
    let seen = trio.seen(at);
    seen.into_iter().find(|message| message.id == id).unwrap()
}

fn let_edit_for(trio: &mut Trio, by: usize, seconds: u32) -> Result<(), String> {
    let change = GroupChange {
        edit_window_s: Some(seconds),
        ..GroupChange::default()
    };
    let (now, id) = (trio.world.now, trio.sides[by]);
    let done = trio.world.engines[by].change_group(now, (id, &change));
    trio.world.run();
    done.map_err(|refusal| refusal.kind.to_owned())
}

fn edit(trio: &mut Trio, id: MessageId, text: &str) -> Result<(), String> {
    let (now, side) = (trio.world.now, trio.sides[ANNA]);
    let done = trio.world.engines[ANNA].edit(now, (side, id), text);
    trio.world.run();
    done.map(drop).map_err(|refusal| refusal.kind.to_owned())
}

#[test]
fn a_message_is_edited_as_long_as_the_group_lets_it_be() {
    let mut trio = Trio::meet();
    let old = trio.say(ANNA, "old");
    trio.world.run();
    assert_eq!(edit(&mut trio, old, "old, edited"), Ok(()));
    assert_eq!(let_edit_for(&mut trio, BEN, 900).unwrap_err(), "not-admin");
    for seconds in [1, 59, 28 * 86_400 + 1] {
        let refused = let_edit_for(&mut trio, ANNA, seconds).unwrap_err();
        assert_eq!(refused, "bad-edit-window");
    }
    trio.world.pass(20 * MINUTE);
    let_edit_for(&mut trio, ANNA, 900).unwrap();
    for at in [ANNA, BEN, CARL] {
        let all = trio.world.engines[at].conversations().unwrap();
        assert_eq!(all[0].edit_window_s, Some(900));
        let said = changes(&trio.world, at, trio.sides[at]);
        let who = if at == ANNA { "You" } else { "Anna" };
        let words = format!("{who} let messages be edited for 15 minutes.");
        assert_eq!(said.last(), Some(&words));
        // What was edited before stands.
        assert_eq!(the(&trio, at, old).text, "old, edited");
    }
    let late = edit(&mut trio, old, "rewritten");
    assert_eq!(late.unwrap_err(), "too-late-to-edit");
    let new = trio.say(ANNA, "new");
    trio.world.run();
    trio.world.pass(15 * MINUTE);
    assert_eq!(edit(&mut trio, new, "new, edited"), Ok(()));
    trio.world.pass(MINUTE);
    let late = edit(&mut trio, new, "rewritten");
    assert_eq!(late.unwrap_err(), "too-late-to-edit");
    trio.world.restart(ANNA);
    trio.world.restart(CARL);
    trio.world.run();
    for at in [ANNA, BEN, CARL] {
        assert_eq!(the(&trio, at, new).text, "new, edited");
    }
    // Deleting has no limit, and nor has editing once the group says so.
    let_edit_for(&mut trio, ANNA, 0).unwrap();
    assert_eq!(edit(&mut trio, new, "at last"), Ok(()));
    for at in [ANNA, BEN, CARL] {
        assert_eq!(the(&trio, at, new).text, "at last");
        let all = trio.world.engines[at].conversations().unwrap();
        assert_eq!(all[0].edit_window_s, None);
    }
}

#[test]
fn an_edit_under_way_when_the_rule_comes_is_judged_alike_by_all() {
    let mut trio = Trio::meet();
    let old = trio.say(ANNA, "old");
    trio.world.run();
    trio.world.pass(20 * MINUTE);
    // Anna edits while she is cut off, and wants the rule before the edit counts.
    let now = trio.world.now;
    trio.world.cut(ANNA);
    trio.world.engines[ANNA]
        .edit(now, (trio.sides[ANNA], old), "rewritten")
        .unwrap();
    let change = GroupChange {
        edit_window_s: Some(900),
        ..GroupChange::default()
    };
    trio.world.engines[ANNA]
        .change_group(now, (trio.sides[ANNA], &change))
        .unwrap();
    trio.world.reconnect(ANNA);
    trio.world.run();
    let texts: Vec<String> = (ANNA..=CARL).map(|at| the(&trio, at, old).text).collect();
    assert_eq!(texts, [&*texts[0]; 3], "all have the same");
    let first = trio.world.engines[BEN].history((trio.sides[BEN], old));
    assert_eq!(first.unwrap()[0].text, "old");
}

#[test]
fn a_changed_program_edits_too_late_in_vain_unless_it_lies_about_when() {
    let mut world = TwoFaced::new(&["Anna"]);
    let mut mallory = Mallory::new("Mallory", world.now)
        .in_group()
        .letting_edit_for(900);
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &card);
    let id = accept(&mut world, ANNA);
    mallory.follow(&world);
    let text = Kind::Text {
        text: "first".into(),
        in_reply_to: None,
        more: More::default(),
    };
    let written = world.now;
    mallory.say(&mut world, 1, text);
    let message = mallory.id_of(&[1; 16]);
    let shown = |world: &TwoFaced| {
        let page = world.engines[ANNA].messages(id, None, 100).unwrap();
        page.items
            .into_iter()
            .find(|one| one.id == message)
            .unwrap()
    };
    world.pass(16 * MINUTE);
    let rewritten = Kind::Edit {
        replaces: message.0,
        text: "rewritten".into(),
        mentions: Vec::new(),
    };
    mallory.say(&mut world, 2, rewritten.clone());
    assert_eq!(
        (shown(&world).text.as_str(), shown(&world).edited),
        ("first", false)
    );
    // The time is a claim: against a lie there is the history, in which the first text stays.
    let lie = Content {
        id: [3; 16],
        at: written + MINUTE,
        tick: None,
        kind: rewritten,
    };
    mallory.say_bytes(&mut world, &lie.encode().unwrap());
    assert_eq!(
        (shown(&world).text.as_str(), shown(&world).edited),
        ("rewritten", true)
    );
    let history = world.engines[ANNA].history((id, message)).unwrap();
    assert_eq!(history[0].text, "first");
}
