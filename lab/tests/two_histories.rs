//! A board that shows two histories is found out by the first message that crosses; an honest one
//! accuses nobody.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageState};
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

/// Anna gives a card, Ben uses it, Anna accepts.
fn befriend(world: &mut TwoFaced) -> (ConversationId, ConversationId) {
    let now = world.now;
    let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
    world.run();
    let ben_side = world.engines[BEN].add_contact(now, &card).unwrap();
    world.run();
    let anna_side = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(now, anna_side).unwrap();
    world.run();
    (anna_side, ben_side)
}

#[test]
fn an_honest_board_raises_no_alarm() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    for turn in 0..6 {
        let (at, id) = if turn % 2 == 0 {
            (ANNA, anna_side)
        } else {
            (BEN, ben_side)
        };
        let now = world.now;
        world.engines[at]
            .send(now, id, &[format!("turn {turn}")])
            .unwrap();
        world.run();
        world.pass(61_000);
    }
    assert_eq!(texts(&world, ANNA, anna_side), texts(&world, BEN, ben_side));
    assert_eq!(texts(&world, ANNA, anna_side).len(), 6);
    assert!(alarms(&world, ANNA).is_empty() && alarms(&world, BEN).is_empty());
    let chains: Vec<u64> = world
        .engines
        .iter()
        .map(|e| e.status().unwrap().position)
        .collect();
    assert_eq!(
        chains[ANNA], chains[BEN],
        "both devices read the same chain"
    );
}

#[test]
fn a_board_with_two_histories_is_reported_at_the_next_message() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    world.plant(BEN);
    world.stir(0xAA);
    assert!(alarms(&world, BEN).is_empty(), "nothing has crossed yet");
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["Do we see the same?".into()])
        .unwrap();
    world.run();
    assert_eq!(texts(&world, BEN, ben_side), ["Do we see the same?"]);
    assert_eq!(alarms(&world, BEN), ["board-two-histories"]);
    let status = world.engines[BEN].status().unwrap();
    assert!(
        status.alarms[0]
            .happened
            .contains("two different histories")
    );
    // Ben's prompt receipt crosses the other way.
    world.pass(1_000);
    assert_eq!(alarms(&world, ANNA), ["board-two-histories"]);
}

#[test]
fn a_message_sealed_before_a_commit_counts_once_in_the_epoch_after_it() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    // Each turn after a minute heals: commits and messages of both sides meet in the same ticks.
    for turn in 0..12 {
        let now = world.now;
        let a = world.engines[ANNA]
            .send(now, anna_side, &[format!("a{turn}")])
            .unwrap()[0];
        let b = world.engines[BEN]
            .send(now, ben_side, &[format!("b{turn}")])
            .unwrap()[0];
        world.run();
        world.pass(61_000);
        for (at, id) in [(ANNA, a), (BEN, b)] {
            let state = world.engines[at].message_state(id).unwrap();
            assert!(state >= MessageState::Delivered, "turn {turn}: {state:?}");
        }
    }
    let (anna, ben) = (texts(&world, ANNA, anna_side), texts(&world, BEN, ben_side));
    assert_eq!(anna, ben, "one order for both");
    assert_eq!(anna.len(), 24);
    assert!(alarms(&world, ANNA).is_empty() && alarms(&world, BEN).is_empty());
}
