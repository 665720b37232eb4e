//! A member without manners: what she can do to others, and what she cannot.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageState};
use heliograph_delivery::split;
use heliograph_lab::{Mallory, TwoFaced, accept};
use heliograph_wire::Class;

const ANNA: usize = 0;
const BEN: usize = 1;

fn alarms(world: &TwoFaced, at: usize) -> Vec<String> {
    let status = world.engines[at].status().unwrap();
    status.alarms.into_iter().map(|alarm| alarm.kind).collect()
}

fn card(world: &mut TwoFaced, at: usize) -> String {
    let (_, card) = world.engines[at].make_card(world.now, false).unwrap();
    world.run();
    card
}

/// Mallory knocked at Anna and was let in.
fn let_in(world: &mut TwoFaced, mut mallory: Mallory) -> (Mallory, ConversationId) {
    let anna = card(world, ANNA);
    mallory.knock(world, &anna);
    let id = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(world.now, id).unwrap();
    world.run();
    mallory.follow(world);
    (mallory, id)
}

/// Anna and Mallory in a conversation between two.
fn two() -> (TwoFaced, Mallory, ConversationId) {
    let mut world = TwoFaced::new(&["Anna"]);
    let mallory = Mallory::new("Mallory", world.now);
    let (mallory, id) = let_in(&mut world, mallory);
    (world, mallory, id)
}

#[test]
fn a_stranger_who_adds_somebody_else_never_shows_under_their_name() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let (anna, ben) = (card(&mut world, ANNA), card(&mut world, BEN));
    let mut mallory = Mallory::new("Mallory", world.now).in_group();
    mallory.knock(&mut world, &anna);
    let asked = &world.engines[ANNA].requests().unwrap()[0];
    assert_eq!(asked.name, "Mallory");
    assert_eq!(asked.group.as_deref(), Some("Friends"));

    let package = Mallory::package_on(&world, &ben);
    mallory.add(&mut world, package);
    let requests = world.engines[ANNA].requests().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].name, "Mallory");

    // Ben himself is not taken for known because of her.
    let said = world.engines[BEN].add_contact(world.now, &anna).unwrap();
    let now = world.now;
    world.engines[BEN]
        .send(now, said, &["it is me".into()])
        .unwrap();
    world.run();
    let requests = world.engines[ANNA].requests().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].name, "Ben");
    assert_eq!(requests[1].group, None);
}

#[test]
fn who_is_added_to_an_open_group_is_announced() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let mallory = Mallory::new("Mallory", world.now).in_group();
    let (mut mallory, _) = let_in(&mut world, mallory);
    let ben = card(&mut world, BEN);
    let package = Mallory::package_on(&world, &ben);
    mallory.add(&mut world, package);
    assert_eq!(alarms(&world, ANNA), ["member-added"]);
}

#[test]
fn a_message_that_readers_gave_up_is_not_shown_as_sent_and_goes_out_again() {
    let (mut world, mut mallory, id) = two();
    let now = world.now;
    let long = "long ".repeat(600);
    let sent = world.engines[ANNA].send(now, id, &[long]).unwrap();
    // The first fragment goes out and is announced.
    world.serve_asked(ANNA);
    world.announce();
    mallory.read_on(&world);
    // Forty begun messages overtake the second.
    let begun: Vec<Vec<u8>> = (0..40)
        .map(|mark| split(&[mark; 3_000]).unwrap().remove(0))
        .collect();
    mallory.squat(&mut world, 1, &begun);
    mallory.read_on(&world);
    world.serve_asked(ANNA);
    world.announce();
    mallory.read_on(&world);
    let state = |world: &TwoFaced| world.engines[ANNA].message_state(sent[0]).unwrap();
    assert_eq!(mallory.read, 0, "no reader has it");
    assert_eq!(state(&world), MessageState::Stored);

    world.run();
    mallory.read_on(&world);
    assert_eq!(mallory.read, 1);
    assert_eq!(state(&world), MessageState::Sent);
}

#[test]
fn labels_that_only_begin_alike_take_nobodys_place() {
    for class in [Class::Small, Class::Large] {
        let (mut world, mut mallory, id) = two();
        mallory.resemble(&mut world, class);
        world.run();
        let now = world.now;
        let said = world.engines[ANNA]
            .send(now, id, &["still here".into()])
            .unwrap()[0];
        world.run();
        let state = world.engines[ANNA].message_state(said).unwrap();
        assert!(state >= MessageState::Sent, "{class:?}: {state:?}");
    }
}

#[test]
fn a_head_whose_bodies_nobody_put_is_void_for_whoever_read_the_feed() {
    let (mut world, mut mallory, id) = two();
    mallory.put_head_without_bodies(&mut world);
    assert!(alarms(&world, ANNA).is_empty());
    let now = world.now;
    world.engines[ANNA]
        .send(now, id, &["still here".into()])
        .unwrap();
    world.run();
    mallory.read_on(&world);
    assert_eq!(mallory.read, 1);
}

#[test]
fn a_declined_stranger_does_not_come_back_with_the_same_welcome() {
    let mut world = TwoFaced::new(&["Anna"]);
    let anna = card(&mut world, ANNA);
    let mut mallory = Mallory::new("Mallory", world.now);
    mallory.knock(&mut world, &anna);
    let id = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].decline(world.now, id).unwrap();
    mallory.knock_again(&mut world, &anna);
    assert!(world.engines[ANNA].requests().unwrap().is_empty());
    assert!(world.engines[ANNA].conversations().unwrap().is_empty());
}

#[test]
fn a_key_package_that_the_library_refuses_is_given_up_and_keeps_nobody_else_out() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let crew = world.engines[ANNA].create_group(world.now, "Crew").unwrap();
    let mut mallory = Mallory::new("Mallory", world.now);
    let hers = mallory.offer(&mut world, 1);
    // A second person whose device has the same key: each package is good by itself, and no group takes both.
    mallory.change_sides("Somebody", world.now);
    let twins = mallory.offer(&mut world, 2);
    let bens = card(&mut world, BEN);
    world.engines[ANNA].bring(world.now, crew, &hers).unwrap();
    world.run();
    world.cut(ANNA);
    for offered in [&twins, &bens] {
        world.engines[ANNA].bring(world.now, crew, offered).unwrap();
    }
    world.reconnect(ANNA);
    world.run();
    let bens_side = accept(&mut world, BEN);
    let members = world.engines[BEN]
        .group_members(world.now, bens_side)
        .unwrap();
    let names: Vec<&str> = members.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Anna", "Mallory", "Ben"]);
    assert!(alarms(&world, ANNA).contains(&"not-added".to_owned()));
    let now = world.now;
    world.engines[ANNA]
        .send(now, crew, &["Welcome.".to_owned()])
        .unwrap();
    world.run();
    let page = world.engines[BEN].messages(bens_side, None, 10).unwrap();
    assert!(page.items.iter().any(|one| one.text == "Welcome."));
}
