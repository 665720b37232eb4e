//! Finding messages again, deleting conversations on one device, and blocking people, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageId, MessageState, Search};
use heliograph_lab::{Board, Cli, Trio, TwoFaced, accept, brought, card, introduce, texts};

const ANNA: usize = 0;
const BEN: usize = 1;
/// Milliseconds.
const DAY: i64 = 86_400_000;

/// Anna and Ben talk; the conversation on each side.
fn talking() -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let card = card(&mut world, ANNA);
    let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
    say(&mut world, BEN, bens, "hello");
    let annas = accept(&mut world, ANNA);
    (world, annas, bens)
}

fn say(world: &mut TwoFaced, at: usize, id: ConversationId, text: &str) -> MessageId {
    let now = world.now;
    let made = world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
    made[0]
}

fn ids(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<MessageId> {
    let page = world.engines[at].messages(id, None, 100).unwrap();
    page.items.into_iter().map(|message| message.id).collect()
}

fn starred(world: &TwoFaced) -> Vec<String> {
    let finds = world.engines[ANNA].starred(None, (None, 10)).unwrap();
    let texts = finds.into_iter().map(|find| {
        let pieces = find.snippet.into_iter().map(|piece| piece.text);
        pieces.collect::<String>()
    });
    texts.collect()
}

fn person(world: &TwoFaced, at: usize) -> String {
    world.engines[at].status().unwrap().person
}

fn block(world: &mut TwoFaced, whom: usize, blocked: bool) {
    let (now, person) = (world.now, person(world, whom));
    world.engines[ANNA].block(now, &person, blocked).unwrap();
    world.run();
}

fn listed(world: &TwoFaced) -> bool {
    let all = world.engines[ANNA].conversations().unwrap();
    !all[0].kept.deleted
}

#[test]
fn starred_messages_are_found_again_the_latest_star_first() {
    let (mut world, annas, bens) = talking();
    say(&mut world, ANNA, annas, "the code is 7");
    say(&mut world, BEN, bens, "meet at nine");
    let all = ids(&world, ANNA, annas);
    let star = |world: &mut TwoFaced, which: usize, on| {
        let now = world.now;
        world.engines[ANNA].star(now, (annas, all[which]), on)
    };
    for which in [2, 0, 1] {
        star(&mut world, which, true).unwrap();
    }
    assert_eq!(starred(&world), ["the code is 7", "hello", "meet at nine"]);
    // A second star on the same message is no later one.
    star(&mut world, 2, true).unwrap();
    star(&mut world, 0, false).unwrap();
    world.restart(ANNA);
    assert_eq!(starred(&world), ["the code is 7", "meet at nine"]);
    let page = world.engines[ANNA].messages(annas, None, 10).unwrap();
    let stars: Vec<bool> = page.items.iter().map(|message| message.starred).collect();
    assert_eq!(stars, [false, true, true]);
    let first = world.engines[ANNA].starred(Some(annas), (None, 1)).unwrap();
    let next = (Some(first[0].cursor), 5);
    let second = world.engines[ANNA].starred(Some(annas), next).unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(second[0].id, all[2]);
    // What its author takes back is not found any more, and cannot be starred.
    let theirs = ids(&world, BEN, bens)[2];
    world.engines[BEN]
        .delete(world.now, (bens, theirs))
        .unwrap();
    world.run();
    assert_eq!(starred(&world), ["the code is 7"]);
    let refused = star(&mut world, 2, true).unwrap_err();
    assert_eq!(refused.kind, "unknown-message");
    assert!(
        world.engines[BEN]
            .starred(None, (None, 9))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_conversation_deleted_here_is_gone_here_alone_until_something_new_is_said() {
    let (mut world, annas, bens) = talking();
    say(&mut world, ANNA, annas, "the lighthouse");
    let theirs = ids(&world, BEN, bens)[1];
    let now = world.now;
    world.engines[BEN].react(now, (bens, theirs), "👍").unwrap();
    world.engines[BEN].pin(now, (bens, theirs), true).unwrap();
    world.engines[ANNA].set_draft(now, annas, "draft").unwrap();
    world.run();
    assert_eq!(world.engines[ANNA].pins(annas).unwrap().len(), 1);
    world.engines[ANNA].delete_conversation(now, annas).unwrap();
    assert!(!listed(&world) && world.engines[ANNA].pins(annas).unwrap().is_empty());
    world.restart(ANNA);
    assert!(texts(&world, ANNA, annas).is_empty());
    let search = Search {
        words: "lighthouse".into(),
        limit: 10,
        ..Search::default()
    };
    assert!(world.engines[ANNA].search(&search).unwrap().is_empty());
    assert!(
        world.engines[ANNA]
            .kept(now, annas)
            .unwrap()
            .draft
            .is_none()
    );
    assert_eq!(texts(&world, BEN, bens), ["hello", "the lighthouse"]);
    // What is said about what was deleted brings nothing back.
    let old = ids(&world, BEN, bens)[0];
    world.engines[BEN]
        .edit(world.now, (bens, old), "hallo")
        .unwrap();
    world.run();
    assert!(!listed(&world) && texts(&world, ANNA, annas).is_empty());
    say(&mut world, BEN, bens, "still there?");
    assert!(listed(&world));
    assert_eq!(texts(&world, ANNA, annas), ["still there?"]);
    say(&mut world, ANNA, annas, "yes");
    assert_eq!(texts(&world, BEN, bens).last().unwrap(), "yes");
}

#[test]
fn what_was_on_its_way_when_its_conversation_was_deleted_still_arrives() {
    let (mut world, annas, bens) = talking();
    world.cut(ANNA);
    let now = world.now;
    world.engines[ANNA]
        .send(now, annas, &["late".into()])
        .unwrap();
    world.engines[ANNA].delete_conversation(now, annas).unwrap();
    world.reconnect(ANNA);
    world.run();
    assert_eq!(texts(&world, BEN, bens).last().unwrap(), "late");
    assert!(texts(&world, ANNA, annas).is_empty());
}

#[test]
fn nothing_a_blocked_person_says_between_the_two_is_shown_then_or_later() {
    let (mut world, annas, bens) = talking();
    block(&mut world, BEN, true);
    let unheard = say(&mut world, BEN, bens, "listen!");
    let first = ids(&world, BEN, bens)[0];
    world.engines[BEN]
        .edit(world.now, (bens, first), "HELLO")
        .unwrap();
    world.run();
    assert_eq!(texts(&world, ANNA, annas), ["hello"]);
    assert_eq!(world.engines[ANNA].conversations().unwrap()[0].unread, 1);
    let far = world.engines[BEN].message_state(unheard).unwrap();
    assert_eq!(far, MessageState::Sent);
    let refused = world.engines[ANNA].send(world.now, annas, &["no".into()]);
    assert_eq!(refused.unwrap_err().kind, "person-blocked");
    world.restart(ANNA);
    let blocked = world.engines[ANNA].blocked().unwrap();
    assert_eq!(blocked[0].person, person(&world, BEN));
    block(&mut world, BEN, false);
    say(&mut world, BEN, bens, "friends again?");
    assert_eq!(texts(&world, ANNA, annas), ["hello", "friends again?"]);
    say(&mut world, ANNA, annas, "yes");
    assert_eq!(texts(&world, BEN, bens).last().unwrap(), "yes");
    assert!(world.engines[ANNA].blocked().unwrap().is_empty());
}

#[test]
fn a_blocked_person_neither_knocks_nor_invites_and_is_heard_in_groups() {
    let mut world = TwoFaced::new(&["Anna", "Ben"]);
    let crew = world.engines[ANNA].create_group(world.now, "Crew").unwrap();
    let bens_crew = brought(&mut world, (ANNA, crew), BEN);
    let cards: Vec<String> = (0..3).map(|_| card(&mut world, ANNA)).collect();
    // One request is open when the block comes, two more come after it.
    let knocked = world.engines[BEN].add_contact(world.now, &cards[0]);
    world.run();
    assert_eq!(world.engines[ANNA].requests().unwrap().len(), 1);
    block(&mut world, BEN, true);
    assert!(world.engines[ANNA].requests().unwrap().is_empty());
    knocked.unwrap();
    let other = world.engines[BEN].create_group(world.now, "Other").unwrap();
    world.engines[BEN]
        .bring(world.now, other, &cards[1])
        .unwrap();
    world.run();
    assert!(world.engines[ANNA].requests().unwrap().is_empty());
    say(&mut world, BEN, bens_crew, "man overboard");
    assert_eq!(texts(&world, ANNA, crew), ["man overboard"]);
    say(&mut world, ANNA, crew, "coming");
    assert_eq!(texts(&world, BEN, bens_crew).last().unwrap(), "coming");
    let refused = world.engines[ANNA].block(world.now, "p_nobody", true);
    assert_eq!(refused.unwrap_err().kind, "unknown-person");
}

#[test]
fn the_commands_star_block_and_delete() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let sent = anna
        .run(&["send", &annas, "the code is 7"])
        .object()
        .clone();
    let message = sent["message"].as_str().unwrap().to_owned();
    let done = anna.run(&["star", &annas, &message]).object().clone();
    assert_eq!(done["starred"], true);
    let found = anna.run(&["starred", "--in", &annas]).object().clone();
    assert_eq!(found["id"], message.as_str());
    let refused = anna.run(&["delete-conversation", &annas]);
    assert!(
        refused.error.contains("was not deleted"),
        "{}",
        refused.error
    );
    let done = anna
        .run(&["delete-conversation", &annas, "--yes"])
        .object()
        .clone();
    assert_eq!(done["state"], "deleted");
    assert!(anna.run(&["conversations"]).lines.is_empty());
    let all = anna.run(&["conversations", "--deleted"]).object().clone();
    assert_eq!(all["deleted"], true);
    let person = all["members"][0]["person"].as_str().unwrap().to_owned();
    assert_eq!(anna.run(&["block", &person]).object()["blocked"], true);
    assert_eq!(anna.run(&["blocked"]).object()["person"], person.as_str());
    assert!(ben.run(&["send", &bens, "listen!"]).status.success());
    assert!(anna.run(&["conversations", "--unread"]).lines.is_empty());
    assert_eq!(anna.run(&["unblock", &person]).object()["blocked"], false);
}

#[test]
fn the_board_loses_what_everybody_has_and_nothing_that_somebody_lacks() {
    let mut trio = Trio::meet();
    trio.world.pass(60_000);
    trio.world.cut(2);
    let before = trio.world.standing();
    trio.say(ANNA, "the gate is open");
    trio.world.serve_asked(ANNA);
    let cells: Vec<_> = trio.world.standing().difference(&before).copied().collect();
    assert_eq!(cells.len(), 1);
    let stand = |trio: &Trio| trio.world.standing().contains(&cells[0]);
    trio.world.run();
    for _ in 0..3 {
        trio.world.pass(DAY);
    }
    // Ben has it, Carl was off.
    assert!(stand(&trio));
    trio.world.reconnect(2);
    trio.world.run();
    assert_eq!(texts(&trio.world, 2, trio.sides[2]), ["the gate is open"]);
    trio.world.pass(60_000);
    // Not at once, which would tell who had just acknowledged it; and the plan outlives a crash.
    assert!(stand(&trio));
    trio.world.restart(ANNA);
    for _ in 0..3 {
        trio.world.pass(DAY);
    }
    assert!(!stand(&trio));
    assert_eq!(
        texts(&trio.world, BEN, trio.sides[BEN]),
        ["the gate is open"]
    );
}
