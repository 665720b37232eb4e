//! What stays true of a device that a board led astray, however the board goes about it, and what its person's decision leaves.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, LinkState};
use heliograph_lab::{TwoFaced, accept, alarms, card, link, state, texts};

const ANNA: usize = 0;
const BEN: usize = 1;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn befriended() -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let card = card(&mut world, ANNA);
    let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    let annas = accept(&mut world, ANNA);
    (world, annas, bens)
}

fn follow(world: &mut TwoFaced, at: usize) -> u64 {
    let now = world.now;
    let waiting = world.engines[at].follow_anew(now).unwrap();
    world.run();
    waiting
}

#[test]
fn a_record_that_parted_long_ago_is_another_one_and_staying_away_is_no_decision() {
    let (mut world, annas, bens) = befriended();
    world.plant(BEN);
    let own = world.record(BEN);
    for _ in 0..3 {
        world.plant(ANNA);
    }
    // For hours nothing is said: what differs is older than what a device asks for.
    world.pass(3 * HOUR);
    world.beat(None);
    world.show(BEN, world.record(ANNA));
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Astray);
    let now = world.now;
    world.engines[BEN]
        .send(now, bens, &["Is this the same board?".to_owned()])
        .unwrap();
    world.run();
    world.pass(14 * DAY);
    for _ in 0..2 {
        world.restart(BEN);
        world.run();
        assert_eq!(link(&world, BEN), LinkState::Astray);
        assert_eq!(state(&world, BEN, bens), "open");
        assert!(texts(&world, ANNA, annas).is_empty());
    }
    assert!(!alarms(&world, BEN).contains(&"away-too-long".to_owned()));
    // A verdict of another connection is none on this one, on which it may be the record that Ben followed again.
    world.show(BEN, own);
    let now = world.now;
    let refused = world.engines[BEN].follow_anew(now).unwrap_err();
    assert_eq!(refused.kind, "board-followed");
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Online);
}

#[test]
fn a_conversation_that_was_stuck_already_asks_again_on_the_other_record() {
    let (mut world, annas, bens) = befriended();
    world.cut(BEN);
    world.stir(0xB0);
    world.pass(14 * DAY);
    world.beat(None);
    world.cut(ANNA);
    let backup = world.record(ANNA);
    world.restart(BEN);
    world.run();
    assert_eq!(state(&world, BEN, bens), "frozen");
    // The ask goes with what the board forgets.
    world.go_back(&backup);
    assert_eq!(link(&world, BEN), LinkState::Astray);
    assert_eq!(state(&world, BEN, bens), "frozen");
    assert_eq!(follow(&mut world, BEN), 1);
    assert_eq!(state(&world, BEN, bens), "open");
    let now = world.now;
    world.engines[ANNA]
        .send(now, annas, &["There you are.".to_owned()])
        .unwrap();
    world.run();
    assert_eq!(texts(&world, BEN, bens), ["There you are."]);
}

#[test]
fn whoever_was_being_met_is_told_as_failed_and_can_be_met_again() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let annas_card = card(&mut world, ANNA);
    world.plant(BEN);
    world.lies.silent = true;
    let now = world.now;
    let first = world.engines[BEN].add_contact(now, &annas_card).unwrap();
    world.run();
    world.show(BEN, world.record(ANNA));
    world.run();
    world.lies.silent = false;
    assert_eq!(
        follow(&mut world, BEN),
        0,
        "nobody waits to be brought back"
    );
    assert_eq!(state(&world, BEN, first), "failed");
    let again = world.engines[BEN].add_contact(now, &annas_card).unwrap();
    world.run();
    accept(&mut world, ANNA);
    assert_eq!(state(&world, BEN, again), "open");
}
