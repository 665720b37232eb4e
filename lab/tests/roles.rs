//! Who decides in a group, who leaves it, and what everybody is told of it.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, GroupChange, Refusal};
use heliograph_lab::{TwoFaced, accept, brought, card, changes, state, texts, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

/// Anna's group with Ben and Carl in it; the group on each side.
fn three() -> (TwoFaced, [ConversationId; 3]) {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carls = brought(&mut world, (BEN, bens), CARL);
    (world, [annas, bens, carls])
}

fn person(world: &TwoFaced, at: usize) -> String {
    world.engines[at].status().unwrap().person
}

fn change(
    world: &mut TwoFaced,
    (by, id): (usize, ConversationId),
    change: &GroupChange,
) -> Result<(), Refusal> {
    let now = world.now;
    world.engines[by].change_group(now, (id, change))?;
    world.run();
    Ok(())
}

fn role(person: &str, admin: bool) -> GroupChange {
    GroupChange {
        admins: vec![(person.to_owned(), admin)],
        ..GroupChange::default()
    }
}

fn titled(title: &str) -> GroupChange {
    GroupChange {
        title: Some(title.to_owned()),
        ..GroupChange::default()
    }
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

#[test]
fn what_a_group_is_for_is_said_by_an_admin_and_read_by_everybody() {
    let (mut world, [annas, bens, carls]) = three();
    let said = |text: &str| GroupChange {
        description: Some(text.to_owned()),
        ..GroupChange::default()
    };
    let refused = change(&mut world, (BEN, bens), &said("ours")).unwrap_err();
    assert_eq!(refused.kind, "not-admin");
    let long = change(&mut world, (ANNA, annas), &said(&"x".repeat(1_001))).unwrap_err();
    assert_eq!(long.kind, "bad-description");
    change(
        &mut world,
        (ANNA, annas),
        &said("Night shift.\nBring lamps."),
    )
    .unwrap();
    for (at, id) in [(ANNA, annas), (BEN, bens), (CARL, carls)] {
        assert_eq!(
            world.engines[at].description(id).unwrap(),
            "Night shift.\nBring lamps."
        );
    }
    let told = changes(&world, BEN, bens).pop().unwrap();
    assert_eq!(
        told,
        "Anna described the group: \u{201c}Night shift.\nBring lamps.\u{201d}."
    );
    change(&mut world, (ANNA, annas), &said("")).unwrap();
    assert_eq!(world.engines[BEN].description(bens).unwrap(), "");
    let told = changes(&world, BEN, bens).pop().unwrap();
    assert_eq!(told, "Anna took the description away.");
}

#[test]
fn everybody_is_told_who_did_what_to_the_group() {
    let (mut world, [annas, bens, carls]) = three();
    change(&mut world, (ANNA, annas), &titled("Night shift")).unwrap();
    assert_eq!(
        changes(&world, BEN, bens),
        [
            "Anna added you.",
            "You added Carl.",
            "Anna called the group \u{201c}Night shift\u{201d}."
        ]
    );
    assert_eq!(
        changes(&world, ANNA, annas),
        [
            "You made the group.",
            "You added Ben.",
            "Ben added Carl.",
            "You called the group \u{201c}Night shift\u{201d}."
        ]
    );
    assert_eq!(
        changes(&world, CARL, carls),
        [
            "Ben added you.",
            "Anna called the group \u{201c}Night shift\u{201d}."
        ]
    );
    let titles = [(ANNA, annas), (BEN, bens), (CARL, carls)].map(|(at, id)| {
        let all = world.engines[at].conversations().unwrap();
        all.into_iter().find(|known| known.id == id).unwrap().title
    });
    assert_eq!(titles, ["Night shift"; 3]);
}

#[test]
fn only_admins_change_a_group_and_an_admin_makes_others_admins() {
    let (mut world, [annas, bens, carls]) = three();
    let (ben, carl) = (person(&world, BEN), person(&world, CARL));
    let now = world.now;
    let kind = |refused: Result<(), Refusal>| refused.unwrap_err().kind;
    let removal = world.engines[BEN].remove_person(now, (bens, &carl));
    assert_eq!(kind(removal), "not-admin");
    assert_eq!(
        kind(change(&mut world, (BEN, bens), &titled("Mine"))),
        "not-admin"
    );
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    assert_eq!(roll(&mut world, CARL, carls), ["Anna*", "Ben*", "Carl"]);
    world.engines[BEN]
        .remove_person(now, (bens, &carl))
        .unwrap();
    world.run();
    assert_eq!(roll(&mut world, ANNA, annas), ["Anna*", "Ben*"]);
    assert_eq!(
        changes(&world, CARL, carls).last().unwrap(),
        "Ben removed you."
    );
    change(&mut world, (BEN, bens), &role(&ben, false)).unwrap();
    assert_eq!(roll(&mut world, ANNA, annas), ["Anna*", "Ben"]);
    let anna = person(&world, ANNA);
    assert_eq!(
        kind(change(&mut world, (ANNA, annas), &role(&anna, false))),
        "last-admin"
    );
}

#[test]
fn where_only_admins_add_others_are_told_so() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let closed = GroupChange {
        members_add: Some(false),
        ..GroupChange::default()
    };
    change(&mut world, (ANNA, annas), &closed).unwrap();
    let carl = card(&mut world, CARL);
    let now = world.now;
    let refused = world.engines[BEN].bring(now, bens, &carl);
    assert_eq!(refused.unwrap_err().kind, "not-admin");
    world.engines[ANNA].bring(now, annas, &carl).unwrap();
    world.run();
    accept(&mut world, CARL);
    assert_eq!(roll(&mut world, BEN, bens), ["Anna*", "Ben", "Carl"]);
}

#[test]
fn two_admins_who_change_at_once_both_get_what_they_want() {
    let (mut world, [annas, bens, carls]) = three();
    let ben = person(&world, BEN);
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    let (now, carl) = (world.now, person(&world, CARL));
    world.engines[ANNA]
        .change_group(now, (annas, &titled("Day shift")))
        .unwrap();
    world.engines[BEN]
        .change_group(now, (bens, &role(&carl, true)))
        .unwrap();
    world.run();
    for (at, id) in [(ANNA, annas), (BEN, bens), (CARL, carls)] {
        assert_eq!(roll(&mut world, at, id), ["Anna*", "Ben*", "Carl*"]);
        let all = world.engines[at].conversations().unwrap();
        assert_eq!(all[0].title, "Day shift");
    }
}

#[test]
fn who_demotes_first_wins_and_the_other_is_told_that_nothing_came_of_theirs() {
    let (mut world, [annas, bens, _]) = three();
    let (anna, ben) = (person(&world, ANNA), person(&world, BEN));
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    let now = world.now;
    world.engines[ANNA]
        .change_group(now, (annas, &role(&ben, false)))
        .unwrap();
    world.engines[BEN]
        .change_group(now, (bens, &role(&anna, false)))
        .unwrap();
    world.run();
    let after = roll(&mut world, ANNA, annas);
    assert_eq!(after, roll(&mut world, BEN, bens));
    assert_eq!(after.iter().filter(|name| name.contains('*')).count(), 1);
    let told = [ANNA, BEN].map(|at| {
        let alarms = world.engines[at].status().unwrap().alarms;
        alarms.iter().any(|alarm| alarm.kind == "group-change-lost")
    });
    assert!(told[0] != told[1]);
}

#[test]
fn who_leaves_reads_nothing_more_and_everybody_is_told_once() {
    let (mut world, [annas, bens, carls]) = three();
    let now = world.now;
    let say = |world: &mut TwoFaced, text: &str| {
        let now = world.now;
        world.engines[ANNA]
            .send(now, annas, &[text.to_owned()])
            .unwrap();
        world.run();
    };
    say(&mut world, "before");
    world.engines[CARL].leave(now, carls).unwrap();
    world.run();
    say(&mut world, "meanwhile");
    assert_eq!(texts(&world, CARL, carls), ["before"]);
    assert_eq!(changes(&world, CARL, carls).last().unwrap(), "You left.");
    let refused = world.engines[CARL].send(now, carls, &["still?".into()]);
    assert_eq!(refused.unwrap_err().happened, "You have left this group.");
    assert_eq!(state(&world, CARL, carls), "left");
    assert!(world.engines[CARL].status().unwrap().alarms.is_empty());
    for (at, id) in [(ANNA, annas), (BEN, bens)] {
        let told = changes(&world, at, id);
        assert_eq!(told.iter().filter(|line| line.contains("Carl")).count(), 2);
        assert_eq!(told.last().unwrap(), "Carl left.");
        assert_eq!(roll(&mut world, at, id), ["Anna*", "Ben"]);
    }
    // Somebody who left is asked again like anybody else, and has their old conversation.
    assert_eq!(brought(&mut world, (BEN, bens), CARL), carls);
    assert_eq!(state(&world, CARL, carls), "open");
    say(&mut world, "after");
    assert_eq!(texts(&world, CARL, carls), ["before", "after"]);
}

#[test]
fn another_admin_removes_who_left_if_the_first_is_away() {
    let (mut world, [annas, bens, carls]) = three();
    let ben = person(&world, BEN);
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    world.cut(ANNA);
    let now = world.now;
    world.engines[CARL].leave(now, carls).unwrap();
    world.run();
    assert_eq!(roll(&mut world, BEN, bens), ["Anna*", "Ben*", "Carl-"]);
    for _ in 0..22 {
        world.pass(61_000);
    }
    assert_eq!(roll(&mut world, BEN, bens), ["Anna*", "Ben*"]);
    world.reconnect(ANNA);
    world.run();
    assert_eq!(roll(&mut world, ANNA, annas), ["Anna*", "Ben*"]);
}

#[test]
fn the_last_admin_stays_until_there_is_another() {
    let (mut world, [annas, bens, _]) = three();
    let now = world.now;
    let refused = world.engines[ANNA].leave(now, annas);
    assert_eq!(refused.unwrap_err().kind, "last-admin");
    let ben = person(&world, BEN);
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    world.engines[ANNA].leave(now, annas).unwrap();
    world.run();
    assert_eq!(roll(&mut world, BEN, bens), ["Ben*", "Carl"]);
    let alone = world.engines[CARL].create_group(now, "Alone").unwrap();
    world.engines[CARL].leave(now, alone).unwrap();
    assert_eq!(
        changes(&world, CARL, alone),
        ["You made the group.", "You left."]
    );
}

#[test]
fn the_next_change_by_any_admin_takes_along_who_left_and_tells_nobody_of_a_wish_they_had_not() {
    let (mut world, [annas, bens, carls]) = three();
    let (anna, ben) = (person(&world, ANNA), person(&world, BEN));
    change(&mut world, (ANNA, annas), &role(&ben, true)).unwrap();
    // Carl says that he leaves while Anna, whose device would see to it, is away and demoted.
    world.cut(ANNA);
    let now = world.now;
    world.engines[CARL].leave(now, carls).unwrap();
    world.run();
    world.engines[BEN]
        .change_group(now, (bens, &role(&anna, false)))
        .unwrap();
    world.run();
    assert_eq!(roll(&mut world, BEN, bens), ["Ben*", "Anna"]);
    world.reconnect(ANNA);
    world.run();
    assert_eq!(roll(&mut world, ANNA, annas), ["Ben*", "Anna"]);
    let alarms = world.engines[ANNA].status().unwrap().alarms;
    assert!(!alarms.iter().any(|alarm| alarm.kind == "group-change-lost"));
}
