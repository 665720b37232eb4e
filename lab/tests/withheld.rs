//! A board that withholds: what it holds back is fetched, missed or told, and never taken for absent.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::ConversationId;
use heliograph_lab::TwoFaced;

const ANNA: usize = 0;
const BEN: usize = 1;

fn alarms(world: &TwoFaced, at: usize) -> Vec<String> {
    let status = world.engines[at].status().unwrap();
    status.alarms.into_iter().map(|alarm| alarm.kind).collect()
}

fn texts(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    let page = world.engines[at].messages(id, None, 100).unwrap();
    page.items.into_iter().map(|message| message.text).collect()
}

/// Ben knocked; Anna has not answered yet.
fn knocked() -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    let ben_side = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    let anna_side = world.engines[ANNA].requests().unwrap()[0].id;
    (world, anna_side, ben_side)
}

/// Anna accepts, which is a commit with bodies, and says something.
fn accept_and_say(world: &mut TwoFaced, anna_side: ConversationId) {
    world.engines[ANNA].accept(world.now, anna_side).unwrap();
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["hello Ben".into()])
        .unwrap();
    world.run();
}

#[test]
fn cells_shown_without_their_content_are_fetched_and_read() {
    let (mut world, anna_side, ben_side) = knocked();
    world.lies.bare_to = Some(BEN);
    accept_and_say(&mut world, anna_side);
    assert_eq!(texts(&world, BEN, ben_side), ["hello Ben"]);
    assert!(alarms(&world, BEN).is_empty());
}

#[test]
fn a_commit_that_the_board_denies_to_one_freezes_there_instead_of_being_passed_over() {
    let (mut world, anna_side, ben_side) = knocked();
    world.lies.bare_to = Some(BEN);
    world.lies.deny_to = Some(BEN);
    accept_and_say(&mut world, anna_side);
    assert_eq!(alarms(&world, BEN), ["conversation-frozen"]);
    let now = world.now;
    let refused = world.engines[BEN]
        .send(now, ben_side, &["into the void".into()])
        .unwrap_err();
    assert_eq!(refused.kind, "conversation-closed");
    // Once the board gives again what it has, the other brings it back, and they talk.
    world.lies.bare_to = None;
    world.lies.deny_to = None;
    for _ in 0..5 {
        world.pass(60_000);
    }
    let told = heliograph_lab::changes(&world, BEN, ben_side);
    assert_eq!(told, ["Anna brought you back."]);
    let now = world.now;
    for (at, side) in [(BEN, ben_side), (ANNA, anna_side)] {
        world.engines[at]
            .send(now, side, &[format!("heard from {at}")])
            .unwrap();
        world.run();
    }
    let both = ["heard from 1", "heard from 0"].map(str::to_owned);
    assert!(texts(&world, ANNA, anna_side).ends_with(&both));
    assert!(texts(&world, BEN, ben_side).ends_with(&both));
}

#[test]
fn a_message_that_the_board_denies_to_one_is_told() {
    let (mut world, anna_side, ben_side) = knocked();
    accept_and_say(&mut world, anna_side);
    world.lies.bare_to = Some(BEN);
    world.lies.deny_to = Some(BEN);
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["withheld".into()])
        .unwrap();
    world.run();
    assert_eq!(alarms(&world, BEN), ["message-withheld"]);
    world.lies = heliograph_lab::Lies::default();
    world.engines[ANNA]
        .send(now, anna_side, &["and on".into()])
        .unwrap();
    world.run();
    assert_eq!(texts(&world, BEN, ben_side), ["hello Ben", "and on"]);
}

#[test]
fn a_board_that_never_answers_is_given_up_and_told() {
    let (mut world, anna_side, ben_side) = knocked();
    world.lies.bare_to = Some(BEN);
    world.lies.silent = true;
    accept_and_say(&mut world, anna_side);
    assert!(alarms(&world, BEN).is_empty());
    for _ in 0..4 {
        world.pass(61_000);
    }
    assert_eq!(alarms(&world, BEN), ["board-stalls"]);
    world.lies = heliograph_lab::Lies::default();
    world.reconnect(BEN);
    world.run();
    assert_eq!(texts(&world, BEN, ben_side), ["hello Ben"]);
}

#[test]
fn a_put_that_is_never_answered_is_told_and_put_again() {
    let (mut world, anna_side, ben_side) = knocked();
    accept_and_say(&mut world, anna_side);
    world.lies.deaf = true;
    let now = world.now;
    let sent = world.engines[ANNA]
        .send(now, anna_side, &["heard?".into()])
        .unwrap();
    world.run();
    for _ in 0..4 {
        world.pass(61_000);
    }
    assert_eq!(alarms(&world, ANNA), ["board-stalls"]);
    world.lies = heliograph_lab::Lies::default();
    world.reconnect(ANNA);
    world.run();
    let state = world.engines[ANNA].message_state(sent[0]).unwrap();
    assert!(state >= heliograph_client::MessageState::Sent);
    assert_eq!(texts(&world, BEN, ben_side), ["hello Ben", "heard?"]);
}

#[test]
fn a_machine_that_slept_accuses_nobody_of_being_late() {
    let (mut world, anna_side, _) = knocked();
    accept_and_say(&mut world, anna_side);
    world.lies.deaf = true;
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["good night".into()])
        .unwrap();
    world.run();
    world.pass(8 * 3_600_000);
    world.pass(61_000);
    assert!(alarms(&world, ANNA).is_empty());
}

#[test]
fn ones_own_cells_shown_without_their_content_still_count() {
    let (mut world, anna_side, ben_side) = knocked();
    accept_and_say(&mut world, anna_side);
    world.lies.bare_to = Some(ANNA);
    let now = world.now;
    let sent = world.engines[ANNA]
        .send(now, anna_side, &["mine".into()])
        .unwrap();
    world.run();
    let state = world.engines[ANNA].message_state(sent[0]).unwrap();
    assert!(state >= heliograph_client::MessageState::Sent);
    assert_eq!(world.conflicts, 0);
    assert_eq!(texts(&world, BEN, ben_side), ["hello Ben", "mine"]);
}
