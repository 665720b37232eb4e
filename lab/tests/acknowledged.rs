//! Who is waited for before a message is delivered, and its cells go, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageId, MessageState};
use heliograph_lab::{Trio, TwoFaced, accept, alarms, brought, card, state, texts, two_in_a_group};
use heliograph_wire::Label;

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
/// Milliseconds.
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Somebody says something that leaves in one cell; its message, and that cell.
fn say(world: &mut TwoFaced, at: usize, id: ConversationId, text: &str) -> (MessageId, Label) {
    let (now, before) = (world.now, world.standing());
    let said = world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.serve_asked(at);
    let cells: Vec<Label> = world.standing().difference(&before).copied().collect();
    assert_eq!(cells.len(), 1);
    world.run();
    (said[0], cells[0])
}

fn far(world: &TwoFaced, message: MessageId) -> MessageState {
    world.engines[ANNA].message_state(message).unwrap()
}

fn stands(world: &TwoFaced, cell: Label) -> bool {
    world.standing().contains(&cell)
}

fn days(world: &mut TwoFaced) {
    for _ in 0..12 {
        world.pass(DAY / 4);
    }
}

fn remove(world: &mut TwoFaced, id: ConversationId, whom: usize) {
    let (now, person) = (world.now, world.engines[whom].status().unwrap().person);
    world.engines[ANNA]
        .remove_person(now, (id, &person))
        .unwrap();
    world.run();
}

#[test]
fn who_is_added_later_is_not_waited_for_and_who_was_there_is() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    world.pass(MINUTE);
    world.cut(BEN);
    let (said, cell) = say(&mut world, ANNA, annas, "the gate is open");
    let carls = brought(&mut world, (ANNA, annas), CARL);
    days(&mut world);
    assert!(texts(&world, CARL, carls).is_empty());
    assert_eq!(far(&world, said), MessageState::Sent);
    assert!(stands(&world, cell), "Ben has not read it");
    world.reconnect(BEN);
    world.run();
    world.pass(MINUTE);
    assert_eq!(far(&world, said), MessageState::Delivered);
    days(&mut world);
    assert!(!stands(&world, cell));
}

#[test]
fn who_is_removed_is_waited_for_no_more_and_nobody_has_to_say_anything_for_it() {
    let mut trio = Trio::meet();
    let (sides, world) = (trio.sides, &mut trio.world);
    world.pass(MINUTE);
    let (read, seen) = say(world, ANNA, sides[ANNA], "read by Ben alone");
    world.pass(MINUTE);
    world.cut(CARL);
    let (said, cell) = say(world, ANNA, sides[ANNA], "never heard by Carl");
    let now = world.now;
    world.engines[BEN]
        .mark_read(now, sides[BEN], (None, Some(read)))
        .unwrap();
    world.pass(MINUTE);
    assert_eq!(far(world, read), MessageState::Delivered);
    assert_eq!(far(world, said), MessageState::Sent);
    world.restart(ANNA);
    world.run();
    remove(world, sides[ANNA], CARL);
    assert_eq!(far(world, read), MessageState::Read);
    assert_eq!(far(world, said), MessageState::Delivered);
    days(world);
    assert!(!stands(world, seen), "all who were there have it");
    // Carl may still be on the way to it, up to where he was removed.
    assert!(stands(world, cell));
    world.reconnect(CARL);
    world.run();
    let heard = ["read by Ben alone", "never heard by Carl"];
    assert_eq!(texts(world, CARL, sides[CARL]), heard);
    assert_eq!(
        alarms(world, CARL),
        ["removed-from-group"],
        "nothing was withheld"
    );
}

#[test]
fn who_is_put_back_is_not_waited_for_with_what_they_cannot_read_any_more() {
    let mut trio = Trio::meet();
    let (sides, world) = (trio.sides, &mut trio.world);
    world.pass(MINUTE);
    let (known, _) = say(world, ANNA, sides[ANNA], "before you go");
    world.pass(MINUTE);
    world.cut(CARL);
    let (said, _) = say(world, ANNA, sides[ANNA], "while you are away");
    world.pass(MINUTE);
    assert_eq!(far(world, known), MessageState::Delivered);
    assert_eq!(far(world, said), MessageState::Sent);
    world.stir(0xC0);
    world.pass(14 * DAY);
    world.beat(None);
    world.restart(CARL);
    world.run();
    world.beat(None);
    for _ in 0..5 {
        world.pass(MINUTE);
    }
    assert_eq!(state(world, CARL, sides[CARL]), "open");
    assert_eq!(texts(world, CARL, sides[CARL]), ["before you go"]);
    assert_eq!(far(world, said), MessageState::Delivered);
    // What they have they can still read, and say so.
    for at in [BEN, CARL] {
        let now = world.now;
        world.engines[at]
            .mark_read(now, sides[at], (None, None))
            .unwrap();
        assert_eq!(far(world, known), MessageState::Delivered);
        world.pass(MINUTE);
    }
    assert_eq!(far(world, known), MessageState::Read);
}

#[test]
fn who_accepts_acknowledges_the_newest_messages_and_not_the_oldest() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let old: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    for some in old.chunks(250) {
        let now = world.now;
        world.engines[ANNA].send(now, annas, some).unwrap();
        world.run();
    }
    let now = world.now;
    world.engines[BEN]
        .mark_read(now, bens, (None, None))
        .unwrap();
    // Receipts go out by and by.
    for _ in 0..12 {
        world.pass(1_000);
    }
    remove(&mut world, annas, BEN);
    let again = card(&mut world, BEN);
    let now = world.now;
    world.engines[ANNA].bring(now, annas, &again).unwrap();
    world.run();
    let (newest, _) = say(&mut world, ANNA, annas, "newest");
    assert_eq!(accept(&mut world, BEN), bens);
    assert_eq!(texts(&world, BEN, bens).len(), 1_002);
    for _ in 0..12 {
        world.pass(1_000);
    }
    assert_eq!(far(&world, newest), MessageState::Delivered);
}
