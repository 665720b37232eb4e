//! Admins of a group who leave it one after the other, or at once: somebody who decides always stays.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, GroupChange};
use heliograph_lab::{TwoFaced, alarms, brought, changes, state, texts, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn promote(world: &mut TwoFaced, (by, id): (usize, ConversationId), whom: usize) {
    let (now, person) = (world.now, world.engines[whom].status().unwrap().person);
    let change = GroupChange {
        admins: vec![(person, true)],
        ..GroupChange::default()
    };
    world.engines[by].change_group(now, (id, &change)).unwrap();
    world.run();
}

/// A group of three in which Anna and Ben decide; the group on each side.
fn two_admins() -> (TwoFaced, [ConversationId; 3]) {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carls = brought(&mut world, (ANNA, annas), CARL);
    promote(&mut world, (ANNA, annas), BEN);
    (world, [annas, bens, carls])
}

fn leave(world: &mut TwoFaced, sides: [ConversationId; 3], at: usize) {
    let now = world.now;
    world.engines[at].leave(now, sides[at]).unwrap();
}

/// Names of everybody in it, admins with a star, people on their way out with a minus.
fn roll(world: &mut TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    let now = world.now;
    let members = world.engines[at].group_members(now, id).unwrap();
    let shown = members.iter().map(|member| {
        let star = if member.admin { "*" } else { "" };
        let minus = if member.leaving { "-" } else { "" };
        format!("{}{star}{minus}", member.name)
    });
    shown.collect()
}

/// Of Anna and Ben one has left and the other decides, and everybody says so.
fn one_stays(world: &mut TwoFaced, sides: [ConversationId; 3], (stays, goes): (usize, usize)) {
    let names = ["Anna", "Ben"];
    assert_eq!(state(world, goes, sides[goes]), "left");
    assert_eq!(state(world, stays, sides[stays]), "open");
    let wanted = [format!("{}*", names[stays]), "Carl".to_owned()];
    for at in [stays, CARL] {
        assert_eq!(roll(world, at, sides[at]), wanted);
        let told = changes(world, at, sides[at]);
        let left: Vec<&String> = told.iter().filter(|line| line.ends_with("left.")).collect();
        assert_eq!(left, [&format!("{} left.", names[goes])]);
    }
    assert!(alarms(world, stays).contains(&"group-change-lost".to_owned()));
    assert!(!alarms(world, goes).contains(&"group-change-lost".to_owned()));
    // Whoever stays is in it like before: they speak, and go once there is another.
    let now = world.now;
    world.engines[stays]
        .send(now, sides[stays], &["still here".into()])
        .unwrap();
    world.run();
    assert_eq!(texts(world, CARL, sides[CARL]), ["still here"]);
    promote(world, (stays, sides[stays]), CARL);
    leave(world, sides, stays);
    world.run();
    assert_eq!(state(world, stays, sides[stays]), "left");
    assert_eq!(roll(world, CARL, sides[CARL]), ["Carl*"]);
}

#[test]
fn of_two_admins_who_leave_in_the_same_tick_the_first_in_order_goes() {
    let (mut world, sides) = two_admins();
    leave(&mut world, sides, ANNA);
    leave(&mut world, sides, BEN);
    world.run();
    one_stays(&mut world, sides, (BEN, ANNA));
}

#[test]
fn of_two_admins_whose_leaving_crosses_the_earlier_one_goes() {
    let (mut world, sides) = two_admins();
    leave(&mut world, sides, BEN);
    world.serve_asked(BEN);
    // The board has counted Ben's, and Anna has not heard of it.
    world.tick_all();
    leave(&mut world, sides, ANNA);
    world.restart(CARL);
    world.run();
    one_stays(&mut world, sides, (ANNA, BEN));
}

#[test]
fn who_is_the_last_admin_but_for_one_on_their_way_out_is_told_so() {
    let (mut world, sides) = two_admins();
    leave(&mut world, sides, ANNA);
    world.serve_asked(ANNA);
    world.announce();
    // Ben has heard of it, and his device has not removed her yet.
    assert!(roll(&mut world, BEN, sides[BEN]).contains(&"Anna*-".to_owned()));
    let now = world.now;
    let refused = world.engines[BEN].leave(now, sides[BEN]).unwrap_err();
    assert_eq!(refused.kind, "last-admin");
    world.run();
    assert_eq!(roll(&mut world, CARL, sides[CARL]), ["Ben*", "Carl"]);
}

#[test]
fn the_last_admin_is_not_kept_where_nobody_else_is_left() {
    let (mut world, sides) = two_admins();
    leave(&mut world, sides, CARL);
    world.serve_asked(CARL);
    world.announce();
    for at in [ANNA, BEN] {
        leave(&mut world, sides, at);
    }
    world.run();
    for at in [ANNA, BEN, CARL] {
        assert_eq!(state(&world, at, sides[at]), "left", "{at}");
    }
}
