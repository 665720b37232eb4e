//! Groups, told as stories. What random histories find is in `crew.rs`.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::engine::Input;
use heliograph_client::{ConversationId, MessageState};
use heliograph_lab::{TwoFaced, accept, card, texts, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn members(world: &mut TwoFaced, at: usize, id: ConversationId) -> usize {
    let epoch = world.engines[at].epoch(world.now, id).unwrap();
    epoch.map_or(0, |epoch| epoch.devices.len())
}

/// Carl's addition counts, his invitation has not left yet, and Ben has said something since.
fn said_before_the_invitation() -> TwoFaced {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carl = card(&mut world, CARL);
    let now = world.now;
    world.engines[ANNA].bring(now, annas, &carl).unwrap();
    while members(&mut world, ANNA, annas) < 3 {
        world.serve_asked(ANNA);
        world.announce();
    }
    world.engines[BEN]
        .send(now, bens, &["welcome, Carl".into()])
        .unwrap();
    for _ in 0..3 {
        world.serve_asked(BEN);
        world.announce();
    }
    assert!(world.engines[CARL].requests().unwrap().is_empty());
    world
}

#[test]
fn who_is_added_reads_what_was_said_before_the_invitation_came() {
    let mut world = said_before_the_invitation();
    world.run();
    let carls = accept(&mut world, CARL);
    assert_eq!(texts(&world, CARL, carls), ["welcome, Carl"]);
}

#[test]
fn who_restarts_before_the_invitation_comes_reads_the_past_again_for_it() {
    let mut world = said_before_the_invitation();
    // His position is written down by the minute, so that nothing is fetched at the restart.
    let later = world.now + 61_000;
    world.engines[CARL].input(later, Input::Wake);
    world.restart(CARL);
    while world.engines[CARL].synced(false).unwrap().is_none() {
        world.serve_asked(CARL);
        world.deliver(CARL);
    }
    world.run();
    let carls = accept(&mut world, CARL);
    assert_eq!(texts(&world, CARL, carls), ["welcome, Carl"]);
    assert!(world.engines[CARL].status().unwrap().alarms.is_empty());
}

#[test]
fn who_is_removed_reads_nothing_more_and_is_told_and_comes_back_when_added_again() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let (now, ben) = (world.now, world.engines[BEN].status().unwrap().person);
    let say = |world: &mut TwoFaced, text: &str| {
        world.engines[ANNA]
            .send(now, annas, &[text.to_owned()])
            .unwrap();
        world.run();
    };
    say(&mut world, "before");
    world.engines[ANNA]
        .remove_person(now, (annas, &ben))
        .unwrap();
    world.run();
    say(&mut world, "meanwhile");
    assert_eq!(texts(&world, BEN, bens), ["before"]);
    let alarms = world.engines[BEN].status().unwrap().alarms;
    assert_eq!(alarms[0].kind, "removed-from-group");
    let refused = world.engines[BEN].send(now, bens, &["still?".into()]);
    assert_eq!(refused.unwrap_err().kind, "conversation-closed");

    let again = card(&mut world, BEN);
    world.engines[ANNA].bring(now, annas, &again).unwrap();
    world.run();
    assert_eq!(accept(&mut world, BEN), bens);
    say(&mut world, "after");
    assert_eq!(texts(&world, BEN, bens), ["before", "after"]);
}

#[test]
fn what_was_written_before_one_was_removed_does_not_go_to_those_who_are_in_the_group_later() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let (now, ben) = (world.now, world.engines[BEN].status().unwrap().person);
    world.lies.deaf = true;
    let said = world.engines[BEN]
        .send(now, bens, &["for you alone".into()])
        .unwrap();
    world.serve_asked(BEN);
    world.lies.deaf = false;
    world.engines[ANNA]
        .remove_person(now, (annas, &ben))
        .unwrap();
    world.run();
    let again = card(&mut world, BEN);
    world.engines[ANNA].bring(now, annas, &again).unwrap();
    world.run();
    accept(&mut world, BEN);
    world.reconnect(BEN);
    world.run();
    assert!(texts(&world, ANNA, annas).is_empty());
    // What he typed is still where he typed it.
    let page = world.engines[BEN].messages(bens, None, 100).unwrap();
    let shown = page.items.iter().filter(|m| m.kind == "text");
    let kept: Vec<_> = shown.map(|m| (&*m.text, m.state)).collect();
    assert_eq!(kept, [("for you alone", MessageState::Unsent)]);
    let waited = world.engines[BEN].reached(said[0], MessageState::Pending);
    assert_eq!(waited.unwrap_err().kind, "message-unsent");
    assert_eq!(world.engines[BEN].status().unwrap().waiting, 0);
}

#[test]
fn a_request_shows_the_group_and_who_invited_even_when_they_are_gone() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carl = card(&mut world, CARL);
    let now = world.now;
    world.engines[BEN].bring(now, bens, &carl).unwrap();
    world.run();
    let ben = world.engines[BEN].status().unwrap().person;
    world.engines[ANNA]
        .remove_person(now, (annas, &ben))
        .unwrap();
    world.run();
    let asked = &world.engines[CARL].requests().unwrap()[0];
    assert_eq!(
        (asked.name.as_str(), asked.group.as_deref()),
        ("Ben", Some("Crew"))
    );
    let carls = accept(&mut world, CARL);
    world.engines[CARL]
        .send(now, carls, &["here".into()])
        .unwrap();
    world.run();
    assert_eq!(texts(&world, ANNA, annas), ["here"]);
}

#[test]
fn a_group_heals_by_itself_about_once_a_week() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben"]);
    let epoch = |world: &mut TwoFaced| {
        let now = world.now;
        world.engines[ANNA]
            .epoch(now, annas)
            .unwrap()
            .unwrap()
            .number
    };
    let first = epoch(&mut world);
    for hour in 0..10 * 24 {
        world.stir(u8::try_from(hour % 200).unwrap());
        world.pass(3_600_000);
    }
    let healed = epoch(&mut world) - first;
    assert!(
        (2..=4).contains(&healed),
        "each of two within five to nine days: {healed}"
    );
}

#[test]
fn two_people_stay_two() {
    let mut world = TwoFaced::new(&["Anna", "Ben", "Carl"]);
    let (anna, carl) = (card(&mut world, ANNA), card(&mut world, CARL));
    let now = world.now;
    let bens = world.engines[BEN].add_contact(now, &anna).unwrap();
    world.run();
    accept(&mut world, ANNA);
    let refused = world.engines[BEN].bring(now, bens, &carl);
    assert_eq!(refused.unwrap_err().kind, "not-a-group");
}

#[test]
fn nobody_is_added_twice() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben"]);
    let (ben, now) = (card(&mut world, BEN), world.now);
    let refused = world.engines[ANNA].bring(now, annas, &ben);
    assert_eq!(refused.unwrap_err().kind, "already-member");
}
