//! Cut off in the middle, away for days, a lane that stays quiet, a clock that lies: what goes on
//! goes on, and what cannot says so and lets the rest be.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::ConversationId;
use heliograph_lab::TwoFaced;

const ANNA: usize = 0;
const BEN: usize = 1;
const DAY: i64 = 86_400_000;

fn alarms(world: &TwoFaced, at: usize) -> Vec<String> {
    let status = world.engines[at].status().unwrap();
    status.alarms.into_iter().map(|alarm| alarm.kind).collect()
}

fn texts(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    let page = world.engines[at].messages(id, None, 100).unwrap();
    page.items.into_iter().map(|message| message.text).collect()
}

fn befriend(world: &mut TwoFaced) -> (ConversationId, ConversationId) {
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    let ben_side = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    let anna_side = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(world.now, anna_side).unwrap();
    world.run();
    world.pass(1_000);
    (anna_side, ben_side)
}

#[test]
fn a_first_contact_cut_off_anywhere_for_three_days_is_completed_and_read() {
    for cut_after in 0..20 {
        let mut world = TwoFaced::new(&["Anna", "Ben"]);
        let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
        world.run();
        let ben_side = world.engines[BEN].add_contact(world.now, &card).unwrap();
        let now = world.now;
        world.engines[BEN]
            .send(now, ben_side, &["hello".into()])
            .unwrap();
        world.run_then_cut(BEN, cut_after);
        for _ in 0..3 {
            world.pass(DAY);
            world.stir(u8::try_from(world.now / DAY % 200).unwrap());
        }
        world.restart(BEN);
        world.run();
        world.pass(61_000);
        let requests = world.engines[ANNA].requests().unwrap();
        assert_eq!(requests.len(), 1, "cut after {cut_after} requests");
        assert_eq!(
            texts(&world, ANNA, requests[0].id),
            ["hello"],
            "cut after {cut_after}"
        );
        assert!(
            world.engines[BEN].synced(true).unwrap().is_some(),
            "cut after {cut_after}"
        );
    }
}

#[test]
fn thirteen_quiet_days_on_a_connection_are_not_an_absence() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    for _ in 0..20 {
        world.pass(DAY);
        world.beat(None);
        world.pass(61_000);
    }
    world.cut(BEN);
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["still there?".into()])
        .unwrap();
    world.run();
    world.restart(BEN);
    world.run();
    assert_eq!(texts(&world, BEN, ben_side), ["still there?"]);
    assert!(alarms(&world, BEN).is_empty(), "{:?}", alarms(&world, BEN));
}

#[test]
fn an_hour_the_board_invents_does_not_make_a_device_skip_what_it_has_not_read() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    world.beat(Some(u32::MAX));
    world.pass(61_000);
    world.cut(BEN);
    let now = world.now;
    world.engines[ANNA]
        .send(now, anna_side, &["unread".into()])
        .unwrap();
    world.run();
    world.pass(3 * DAY);
    world.restart(BEN);
    world.run();
    assert_eq!(texts(&world, BEN, ben_side), ["unread"]);
    assert!(alarms(&world, BEN).is_empty(), "{:?}", alarms(&world, BEN));
}

#[test]
fn an_absence_of_fourteen_days_freezes_says_so_and_leaves_nothing_hanging() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna_side, ben_side) = befriend(&mut world);
    world.cut(BEN);
    let now = world.now;
    world.engines[BEN]
        .send(now, ben_side, &["written offline".into()])
        .unwrap();
    world.engines[ANNA]
        .send(now, anna_side, &["too late for Ben".into()])
        .unwrap();
    world.run();
    world.pass(14 * DAY);
    // Nobody is there who could bring Ben back.
    world.cut(ANNA);
    world.restart(BEN);
    world.run();
    assert_eq!(
        alarms(&world, BEN),
        ["conversation-frozen", "away-too-long"]
    );
    assert!(
        world.engines[BEN].synced(true).unwrap().is_some(),
        "comes to rest"
    );
    assert_eq!(
        texts(&world, BEN, ben_side),
        ["written offline"],
        "the text is kept"
    );
    assert_eq!(
        texts(&world, ANNA, anna_side),
        ["too late for Ben"],
        "nothing old was put"
    );
    let refused = world.engines[BEN]
        .send(world.now, ben_side, &["more".into()])
        .unwrap_err();
    assert_eq!(refused.kind, "conversation-closed");
}

#[test]
fn a_clock_that_is_weeks_off_is_told() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    befriend(&mut world);
    world.cut(BEN);
    world.wrong_clock(BEN, -21 * DAY);
    world.reconnect(BEN);
    world.run();
    assert_eq!(alarms(&world, BEN), ["clock-differs"]);
    assert!(alarms(&world, ANNA).is_empty());
}
