//! Whoever could not follow comes back by themselves: away for too long, with anybody's help who is in the conversation.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;

use heliograph_client::{ConversationId, DATABASE, GroupChange};
use heliograph_lab::{
    Mallory, Stolen, TwoFaced, accept, alarms, brought, card, changes, on_disk, state, texts,
    two_in_a_group,
};
use heliograph_store::{Store, StoreError, StoreKey};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn befriended(names: &[&str]) -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(names);
    let card = card(&mut world, ANNA);
    let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    let annas = accept(&mut world, ANNA);
    (world, annas, bens)
}

fn say(world: &mut TwoFaced, (at, id): (usize, ConversationId), text: &str) {
    let now = world.now;
    world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
}

/// What is due within a few minutes is done; the board says the hour.
fn minutes(world: &mut TwoFaced) {
    world.beat(None);
    for _ in 0..5 {
        world.pass(MINUTE);
        world.run();
    }
}

/// Somebody is away for a fortnight while the board goes on, and comes back. Marks tell its cells apart.
fn away(world: &mut TwoFaced, at: usize, mark: u8) {
    gone(world, at, mark);
    back(world, at);
}

fn gone(world: &mut TwoFaced, at: usize, mark: u8) {
    world.cut(at);
    world.stir(mark);
    world.pass(14 * DAY);
    world.beat(None);
}

fn back(world: &mut TwoFaced, at: usize) {
    world.restart(at);
    world.run();
}

#[test]
fn between_two_people_the_other_brings_back_whoever_was_away_too_long() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    say(&mut world, (BEN, bens), "See you in three weeks.");
    world.cut(BEN);
    say(&mut world, (ANNA, annas), "Safe travels.");
    away(&mut world, BEN, 0xB0);
    // Nobody has to leave the profile open for it.
    assert_eq!(state(&world, BEN, bens), "open");
    assert!(alarms(&world, BEN).contains(&"away-too-long".to_owned()));
    assert_eq!(changes(&world, BEN, bens), ["Anna brought you back."]);
    assert_eq!(changes(&world, ANNA, annas), ["You brought Ben back."]);
    say(&mut world, (BEN, bens), "I am back.");
    say(&mut world, (ANNA, annas), "Welcome.");
    let both = ["See you in three weeks.", "I am back.", "Welcome."];
    assert_eq!(texts(&world, BEN, bens), both);
    let said = [
        "See you in three weeks.",
        "Safe travels.",
        "I am back.",
        "Welcome.",
    ];
    assert_eq!(texts(&world, ANNA, annas), said);
}

/// Anna's group, in which she alone decides and adds, with Ben and Carl.
fn three() -> (TwoFaced, [ConversationId; 3]) {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carls = brought(&mut world, (BEN, bens), CARL);
    let now = world.now;
    let strict = GroupChange {
        members_add: Some(false),
        ..GroupChange::default()
    };
    world.engines[ANNA]
        .change_group(now, (annas, &strict))
        .unwrap();
    world.run();
    (world, [annas, bens, carls])
}

fn talk(world: &mut TwoFaced, sides: [ConversationId; 3], mark: &str) {
    for at in [ANNA, BEN, CARL] {
        say(world, (at, sides[at]), &format!("{mark} {at}"));
    }
}

fn heard(world: &TwoFaced, sides: [ConversationId; 3], mark: &str) {
    let all: Vec<String> = (0..3).map(|at| format!("{mark} {at}")).collect();
    for at in [ANNA, BEN, CARL] {
        assert_eq!(
            texts(world, at, sides[at]).last_chunk::<3>(),
            all.last_chunk()
        );
    }
}

#[test]
fn in_a_group_anybody_brings_back_whoever_asks_once_and_with_their_role() {
    let (mut world, sides) = three();
    let now = world.now;
    // Anna, who alone decides, is away; then Ben, after her, and twice.
    for (round, at) in [ANNA, BEN, ANNA].into_iter().enumerate() {
        talk(&mut world, sides, &format!("before {round}"));
        away(&mut world, at, u8::try_from(round).unwrap());
        minutes(&mut world);
        assert_eq!(state(&world, at, sides[at]), "open");
        talk(&mut world, sides, &format!("after {round}"));
        heard(&world, sides, &format!("after {round}"));
    }
    let told = |at: usize| -> Vec<String> {
        let all = changes(&world, at, sides[at]);
        all.into_iter().filter(|one| one.contains("back")).collect()
    };
    // Two were asked each time, and one was faster; the other has nothing to complain of.
    for at in [ANNA, BEN, CARL] {
        assert!(!alarms(&world, at).contains(&"not-added".to_owned()));
    }
    assert_eq!(
        [told(ANNA).len(), told(BEN).len(), told(CARL).len()],
        [3; 3]
    );
    assert!(
        told(ANNA)[0].ends_with("brought you back."),
        "{:?}",
        told(ANNA)
    );
    assert!(
        told(CARL)[1].ends_with("brought Ben back."),
        "{:?}",
        told(CARL)
    );
    let members = world.engines[CARL].group_members(now, sides[CARL]).unwrap();
    let admins: Vec<&str> = members
        .iter()
        .filter(|member| member.admin)
        .map(|member| member.name.as_str())
        .collect();
    assert_eq!((members.len(), admins), (3, vec!["Anna"]));
}

#[test]
fn whoever_finds_nobody_there_asks_again_each_day_until_somebody_is() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    world.engines[BEN]
        .set_draft(world.now, bens, "not sent yet")
        .unwrap();
    gone(&mut world, BEN, 0xB0);
    world.cut(ANNA);
    back(&mut world, BEN);
    for _ in 0..3 {
        minutes(&mut world);
        assert_eq!(state(&world, BEN, bens), "frozen");
        let before = world.cells_held();
        minutes(&mut world);
        assert_eq!(world.cells_held(), before, "it asks once a day");
        world.pass(DAY);
    }
    world.restart(ANNA);
    world.run();
    world.pass(DAY);
    minutes(&mut world);
    assert_eq!(state(&world, BEN, bens), "open");
    say(&mut world, (ANNA, annas), "There you are.");
    assert_eq!(texts(&world, BEN, bens), ["There you are."]);
    let kept = world.engines[BEN].kept(world.now, bens).unwrap();
    assert_eq!(kept.draft.unwrap().draft.text, "not sent yet");
}

#[test]
fn two_who_were_both_away_too_long_stay_stuck_and_are_told() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    world.cut(ANNA);
    away(&mut world, BEN, 0xB0);
    world.restart(ANNA);
    world.run();
    for _ in 0..3 {
        minutes(&mut world);
        world.pass(DAY);
    }
    for (at, id) in [(ANNA, annas), (BEN, bens)] {
        assert_eq!(state(&world, at, id), "frozen");
        assert!(alarms(&world, at).contains(&"away-too-long".to_owned()));
    }
}

#[test]
fn whoever_was_removed_or_left_does_not_ask_and_is_not_brought_back() {
    let (mut world, sides) = three();
    let now = world.now;
    let carl = world.engines[CARL].status().unwrap().person;
    world.engines[ANNA]
        .remove_person(now, (sides[ANNA], &carl))
        .unwrap();
    world.run();
    world.engines[BEN].leave(now, sides[BEN]).unwrap();
    world.run();
    minutes(&mut world);
    let held = world.cells_held();
    for _ in 0..2 {
        world.pass(DAY);
        minutes(&mut world);
    }
    // Nobody says anything any more: neither who is out nor who is left.
    assert_eq!(world.cells_held(), held);
    for (at, how) in [(BEN, "left"), (CARL, "frozen")] {
        assert_eq!(state(&world, at, sides[at]), how);
    }
}

#[test]
fn whoever_is_removed_after_they_asked_is_not_brought_back() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let carls = brought(&mut world, (BEN, bens), CARL);
    gone(&mut world, BEN, 0xB0);
    world.cut(ANNA);
    world.cut(CARL);
    back(&mut world, BEN);
    assert_eq!(state(&world, BEN, bens), "frozen");
    // The ask lies there; Anna removes Ben before anybody answers, and Carl hears of both at once.
    let (now, ben) = (world.now, world.engines[BEN].status().unwrap().person);
    world.engines[ANNA]
        .remove_person(now, (annas, &ben))
        .unwrap();
    for at in [ANNA, CARL] {
        world.restart(at);
        world.run();
        minutes(&mut world);
    }
    assert_eq!(state(&world, BEN, bens), "frozen");
    for (at, id) in [(ANNA, annas), (CARL, carls)] {
        let now = world.now;
        let members = world.engines[at].group_members(now, id).unwrap();
        let names: Vec<&str> = members.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Anna", "Carl"], "{at}");
    }
    say(&mut world, (CARL, carls), "the two of us");
    assert_eq!(texts(&world, ANNA, annas), ["the two of us"]);
}

#[test]
fn a_thief_with_a_devices_keys_who_asks_is_seen_and_the_device_is_told() {
    let homes = tempfile::tempdir().unwrap();
    let mut world = on_disk(&["Anna", "Ben"], homes.path());
    let annas_card = card(&mut world, ANNA);
    let bens = world.engines[BEN]
        .add_contact(world.now, &annas_card)
        .unwrap();
    world.run();
    let annas = accept(&mut world, ANNA);
    say(&mut world, (BEN, bens), "Hello.");
    let stolen = Stolen::copy(&homes.path().join("Ben"));
    // Time goes on, and Ben's device heals: what was stolen is worth nothing but its name.
    world.stir(0xB0);
    world.pass(14 * DAY);
    world.beat(None);
    say(&mut world, (BEN, bens), "Still me.");
    say(&mut world, (ANNA, annas), "I know.");
    let engine = stolen.start(world.now);
    let thief = world.join(BEN, engine);
    minutes(&mut world);
    assert_eq!(state(&world, thief, bens), "open", "the thief is in");
    let held = texts(&world, thief, bens);
    assert_eq!(held, ["Hello."], "and reads nothing of before");
    assert_eq!(changes(&world, ANNA, annas), ["You brought Ben back."]);
    assert_eq!(state(&world, BEN, bens), "frozen");
    assert!(alarms(&world, BEN).contains(&"replaced".to_owned()));
    world.pass(DAY);
    minutes(&mut world);
    assert_eq!(state(&world, BEN, bens), "frozen", "it does not fight");
}

/// People that a device is about to add or to bring back.
fn under_way(home: &Path) -> usize {
    let store = Store::open(&home.join(DATABASE), &StoreKey::new([7; 32])).unwrap();
    let all: Result<_, StoreError> = store.view(|view| view.contacts());
    all.unwrap().len()
}

#[test]
fn an_ask_is_good_only_from_who_is_in_for_the_place_it_was_signed_for() {
    for (signed, disguised, good) in [(1, false, true), (2, false, false), (1, true, false)] {
        let homes = tempfile::tempdir().unwrap();
        let mut world = on_disk(&["Anna"], homes.path());
        let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
        world.run();
        let mut mallory = Mallory::new("Mallory", world.now);
        mallory.knock(&mut world, &card);
        accept(&mut world, ANNA);
        minutes(&mut world);
        if disguised {
            mallory.disguise(world.now);
        }
        mallory.ask_back(&mut world, &card, signed);
        drop(world);
        let begun = under_way(&homes.path().join("Anna"));
        assert_eq!(begun, usize::from(good), "{signed} {disguised}");
    }
}

/// Mallory, at a machine that knows nothing of before, in a conversation of two or in a group.
fn again(now: i64, group: bool) -> Mallory {
    let mallory = Mallory::new("Mallory", now).anew();
    if group { mallory.in_group() } else { mallory }
}

/// Anna, who talked with Mallory, could not follow for a fortnight, and asked her, is answered; how it stands then.
fn answered(group: bool, by: impl FnOnce(i64) -> Mallory) -> String {
    let mut world = TwoFaced::new(&["Anna"]);
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    let mut mallory = Mallory::new("Mallory", world.now);
    if group {
        mallory = mallory.in_group();
    }
    mallory.knock(&mut world, &card);
    let annas = accept(&mut world, ANNA);
    away(&mut world, ANNA, 0xB0);
    minutes(&mut world);
    assert_eq!(state(&world, ANNA, annas), "frozen");
    let ask = mallory.asked_of_her(&world).unwrap();
    by(world.now).answer_ask(&mut world, &ask);
    state(&world, ANNA, annas)
}

#[test]
fn whoever_finds_places_taken_asks_at_the_one_that_is_left() {
    let mut world = TwoFaced::new(&["Anna"]);
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    let mut mallory = Mallory::new("Mallory", world.now);
    mallory.knock(&mut world, &card);
    accept(&mut world, ANNA);
    gone(&mut world, ANNA, 0xB0);
    mallory.fill_places(&mut world, 9);
    back(&mut world, ANNA);
    assert!(mallory.asked_of_her(&world).is_some());
}

fn stranger(now: i64, group: bool) -> Mallory {
    let mut stranger = again(now, false);
    stranger.disguise(now);
    if group { stranger.in_group() } else { stranger }
}

#[test]
fn a_conversation_comes_back_as_what_it_was_and_by_somebody_who_was_in_it() {
    for group in [false, true] {
        // She who was in it answers as she should, and it goes on.
        assert_eq!(answered(group, |now| again(now, group)), "open");
        // Of another kind under the same id, or by somebody who was never in it, it is not entered.
        assert_eq!(answered(group, |now| again(now, !group)), "frozen");
        assert_eq!(answered(group, |now| stranger(now, group)), "frozen");
    }
}
