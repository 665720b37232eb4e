//! A board shows a device another record than the one it followed, because it lied or went back to a backup: nothing goes
//! or comes, and its person decides.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;
use std::process::Command;

use heliograph_client::{ConversationId, GroupChange, LinkState, MessageState};
use heliograph_lab::{
    Board, Cli, Trio, TwoFaced, accept, alarms, card, changes, introduce, link, state, texts,
};

const ANNA: usize = 0;
const BEN: usize = 1;
const MINUTE: i64 = 60_000;

fn befriended(names: &[&str]) -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(names);
    let (annas, bens) = befriend(&mut world);
    (world, annas, bens)
}

fn befriend(world: &mut TwoFaced) -> (ConversationId, ConversationId) {
    let card = card(world, ANNA);
    let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    (accept(world, ANNA), bens)
}

fn say(world: &mut TwoFaced, (at, id): (usize, ConversationId), text: &str) {
    let now = world.now;
    world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
}

fn minutes(world: &mut TwoFaced) {
    world.beat(None);
    for _ in 0..5 {
        world.pass(MINUTE);
        world.run();
    }
}

fn follow(world: &mut TwoFaced, at: usize) -> u64 {
    let now = world.now;
    let frozen = world.engines[at].follow_anew(now).unwrap();
    world.run();
    frozen
}

/// Ben is shown a record of his own, and then the one that Anna follows.
fn led_astray(world: &mut TwoFaced) {
    world.plant(BEN);
    world.stir(0xAA);
    world.show(BEN, world.record(ANNA));
    world.run();
}

#[test]
fn nothing_goes_or_comes_while_the_record_is_another_and_all_goes_on_when_it_is_back() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    world.plant(BEN);
    say(&mut world, (ANNA, annas), "On both records.");
    let own = world.record(BEN);
    world.show(BEN, world.record(ANNA));
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Astray);
    assert!(alarms(&world, BEN).contains(&"board-two-histories".to_owned()));
    let refused = world.engines[BEN].synced(false).unwrap_err();
    assert_eq!(refused.kind, "board-two-histories");
    say(&mut world, (BEN, bens), "Is this the same board?");
    say(&mut world, (ANNA, annas), "Are you there?");
    // It is found again by a device that starts anew.
    world.restart(BEN);
    assert_eq!(world.engines[BEN].is_astray(), None);
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Astray);
    assert!(
        texts(&world, ANNA, annas)
            .iter()
            .all(|text| !text.starts_with("Is"))
    );
    let both = ["On both records.", "Is this the same board?"];
    assert_eq!(texts(&world, BEN, bens), both);
    // The record that Ben followed is shown again, and goes on.
    world.show(BEN, own);
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Online);
    minutes(&mut world);
    assert!(texts(&world, ANNA, annas).contains(&"Is this the same board?".to_owned()));
    assert_eq!(state(&world, BEN, bens), "open");
}

#[test]
fn only_a_device_that_is_led_astray_follows_anew() {
    let (mut world, _, _) = befriended(&["Anna", "Ben"]);
    let now = world.now;
    let refused = world.engines[BEN].follow_anew(now).unwrap_err();
    assert_eq!(refused.kind, "board-followed");
    world.cut(BEN);
    let refused = world.engines[BEN].follow_anew(now).unwrap_err();
    assert_eq!(refused.kind, "board-followed");
    assert!(alarms(&world, BEN).is_empty());
}

#[test]
fn whoever_follows_anew_is_brought_back_and_keeps_what_was_said() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    say(&mut world, (ANNA, annas), "Before.");
    led_astray(&mut world);
    say(&mut world, (BEN, bens), "Does this go?");
    assert_eq!(follow(&mut world, BEN), 1);
    assert_eq!(link(&world, BEN), LinkState::Online);
    assert_eq!(
        alarms(&world, BEN),
        [
            "board-two-histories",
            "conversation-frozen",
            "followed-anew"
        ]
    );
    minutes(&mut world);
    assert_eq!(state(&world, BEN, bens), "open");
    assert_eq!(changes(&world, BEN, bens), ["Anna brought you back."]);
    say(&mut world, (ANNA, annas), "Welcome.");
    say(&mut world, (BEN, bens), "Thank you.");
    assert_eq!(
        texts(&world, BEN, bens),
        ["Before.", "Does this go?", "Welcome.", "Thank you."]
    );
    assert_eq!(
        texts(&world, ANNA, annas),
        ["Before.", "Welcome.", "Thank you."]
    );
    let page = world.engines[BEN].messages(bens, None, 10).unwrap();
    let lost = page.items.iter().find(|one| one.text == "Does this go?");
    assert_eq!(lost.unwrap().state, MessageState::Unsent);
    // A crash later it is still the record that is followed.
    world.restart(BEN);
    world.run();
    assert_eq!(link(&world, BEN), LinkState::Online);
    say(&mut world, (ANNA, annas), "Still here?");
    assert_eq!(texts(&world, BEN, bens).last().unwrap(), "Still here?");
}

#[test]
fn a_crash_between_the_decision_and_the_board_changes_nothing() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    led_astray(&mut world);
    let now = world.now;
    world.engines[BEN].follow_anew(now).unwrap();
    world.restart(BEN);
    world.run();
    minutes(&mut world);
    say(&mut world, (ANNA, annas), "Welcome.");
    assert_eq!(texts(&world, BEN, bens), ["Welcome."]);
    assert_eq!(state(&world, BEN, bens), "open");
}

#[test]
fn a_board_that_went_back_to_a_backup_is_followed_by_all_who_decide_and_cards_are_good_again() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben", "Carl"]);
    let backup = world.record(ANNA);
    for text in ["One.", "Two.", "Three."] {
        say(&mut world, (ANNA, annas), text);
    }
    let late = card(&mut world, ANNA);
    world.go_back(&backup);
    for at in [ANNA, BEN] {
        assert_eq!(link(&world, at), LinkState::Astray, "{at}");
        assert_eq!(follow(&mut world, at), 1);
        assert_eq!(link(&world, at), LinkState::Online, "{at}");
    }
    minutes(&mut world);
    // Neither can help the other: they meet anew, by a card that the backup did not hold.
    assert_eq!(state(&world, BEN, bens), "frozen");
    let now = world.now;
    let again = world.engines[BEN].add_contact(now, &late).unwrap();
    world.run();
    let annas_again = accept(&mut world, ANNA);
    say(&mut world, (BEN, again), "Here again.");
    assert_eq!(texts(&world, ANNA, annas_again), ["Here again."]);
    assert_eq!(texts(&world, BEN, bens), ["One.", "Two.", "Three."]);
}

#[test]
fn what_is_said_on_a_shorter_record_comes_after_what_was_said_before() {
    let (mut world, annas, bens) = befriended(&["Anna", "Ben"]);
    // On Ben's record everything has a higher number than on Anna's.
    for _ in 0..50 {
        world.plant(BEN);
    }
    say(&mut world, (ANNA, annas), "Before.");
    world.show(BEN, world.record(ANNA));
    world.run();
    follow(&mut world, BEN);
    minutes(&mut world);
    say(&mut world, (ANNA, annas), "After.");
    let read = world.engines[BEN].messages(bens, None, 10).unwrap();
    let read: Vec<&str> = read.items.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(read, ["Before.", "Anna brought you back.", "After."]);
    // And so it stays after a crash.
    world.restart(BEN);
    world.run();
    say(&mut world, (ANNA, annas), "At last.");
    assert_eq!(texts(&world, BEN, bens), ["Before.", "After.", "At last."]);
}

#[test]
fn whoever_helps_and_gets_stuck_meanwhile_leaves_it_to_others() {
    let Trio { mut world, sides } = Trio::meet();
    let (now, carl) = (world.now, 2);
    let strict = GroupChange {
        members_add: Some(false),
        ..GroupChange::default()
    };
    let annas = (sides[ANNA], &strict);
    world.engines[ANNA].change_group(now, annas).unwrap();
    world.run();
    // Ben is away for too long, and Carl for a moment.
    world.cut(BEN);
    world.stir(0xB0);
    world.pass(14 * 24 * 60 * MINUTE);
    world.beat(None);
    world.cut(carl);
    // Anna hears Ben's ask and looks for the card on it; before it comes she is led astray.
    world.lies.silent = true;
    world.restart(BEN);
    world.run();
    world.pass(MINUTE);
    for _ in 0..3 {
        world.plant(ANNA);
    }
    world.show(ANNA, world.record(BEN));
    world.run();
    assert_eq!(follow(&mut world, ANNA), 1);
    world.lies.silent = false;
    world.reconnect(ANNA);
    minutes(&mut world);
    for at in [ANNA, BEN] {
        assert_eq!(state(&world, at, sides[at]), "frozen", "{at}");
    }
    world.restart(carl);
    world.run();
    minutes(&mut world);
    for (at, side) in sides.into_iter().enumerate() {
        assert_eq!(state(&world, at, side), "open", "{at}");
        say(&mut world, (at, side), &format!("again {at}"));
    }
    for (at, side) in sides.into_iter().enumerate() {
        let heard = texts(&world, at, side);
        assert_eq!(heard, ["again 0", "again 1", "again 2"]);
    }
    let told = changes(&world, carl, sides[carl]);
    let told = told.iter().filter(|one| one.starts_with("You brought"));
    assert_eq!(told.count(), 2);
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

fn synced(who: &Cli) {
    let said = who.run(&["sync", "--until-idle"]);
    assert!(said.status.success(), "{}", said.error);
}

#[test]
fn the_command_line_says_astray_and_follows_a_server_that_was_put_back_to_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let (data, kept) = (dir.path().join("board"), dir.path().join("kept"));
    let mut board = Board::start(&data, &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    synced(&ben);
    synced(&anna);
    board.kill();
    copy(&data, &kept);
    board.restart();
    let early = ben.run(&["board", "follow", "--yes"]);
    assert!(early.error.contains("board-followed"), "{}", early.error);
    // Only Ben is there while the server is on what it will forget.
    let sent = ben.run(&["send", &bens, "Lost.", "--wait", "sent"]);
    assert!(sent.status.success(), "{}", sent.error);
    board.kill();
    std::fs::remove_dir_all(&data).unwrap();
    copy(&kept, &data);
    board.restart();
    let refused = ben.run(&["sync"]);
    assert!(!refused.status.success());
    assert!(
        refused.error.contains("board-two-histories"),
        "{}",
        refused.error
    );
    assert_eq!(ben.run(&["status"]).object()["link"], "astray");
    let kept = ben.run(&["send", &bens, "Kept."]);
    assert_eq!(kept.object()["state"], "pending");
    assert!(kept.error.contains("another record"), "{}", kept.error);
    let unasked = ben.run(&["board", "follow"]);
    assert!(unasked.error.contains("not-followed"), "{}", unasked.error);
    let followed = ben.run(&["board", "follow", "--yes"]);
    assert_eq!(followed.object()["frozen"], 1);
    assert_eq!(ben.run(&["status"]).object()["link"], "online");
    for who in [&ben, &anna, &ben] {
        synced(who);
    }
    let sent = ben.run(&["send", &bens, "Back.", "--wait", "sent"]);
    assert!(sent.status.success(), "{}", sent.error);
    assert_eq!(anna.heard(&annas).last().unwrap(), "Back.");
}
