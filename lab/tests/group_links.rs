//! Links to groups: who has one asks, and somebody in the group lets them in, told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, GroupChange};
use heliograph_lab::{Board, Cli, TwoFaced, changes, texts, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

/// A group of Anna's with Ben in it, and Carl, who asks by its link.
fn asked() -> (TwoFaced, ConversationId, ConversationId) {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let link = link(&mut world, ANNA, annas);
    let carls = world.engines[CARL].ask_to_join(world.now, &link).unwrap();
    world.run();
    (world, annas, carls)
}

fn link(world: &mut TwoFaced, at: usize, id: ConversationId) -> String {
    let (_, link) = world.engines[at].group_link(world.now, id).unwrap();
    world.run();
    link
}

fn waiting(world: &TwoFaced, id: ConversationId) -> Vec<String> {
    let asks = world.engines[ANNA].asks(id).unwrap();
    asks.into_iter().map(|ask| ask.name).collect()
}

fn person(world: &TwoFaced, at: usize) -> String {
    world.engines[at].status().unwrap().person
}

fn admit(world: &mut TwoFaced, id: ConversationId, whom: usize) {
    let (now, person) = (world.now, person(world, whom));
    world.engines[ANNA].admit(now, (id, &person)).unwrap();
    world.run();
}

fn say(world: &mut TwoFaced, at: usize, id: ConversationId, text: &str) {
    let now = world.now;
    world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
}

fn state(world: &TwoFaced, at: usize) -> (String, String) {
    let all = world.engines[at].conversations().unwrap();
    (all[0].title.clone(), all[0].state.clone())
}

#[test]
fn who_asks_by_a_link_is_in_once_somebody_lets_them_in_and_not_before() {
    let (mut world, annas, carls) = asked();
    say(&mut world, ANNA, annas, "before");
    assert_eq!(waiting(&world, annas), ["Carl"]);
    let (title, now) = state(&world, CARL);
    assert_eq!(
        (title.as_str(), now.as_str()),
        ("(waiting to be let in)", "waiting")
    );
    let refused = world.engines[CARL].send(world.now, carls, &["me?".into()]);
    assert_eq!(refused.unwrap_err().kind, "conversation-closed");
    world.engines[CARL]
        .set_draft(world.now, carls, "hello all")
        .unwrap();
    world.restart(ANNA);
    world.restart(CARL);
    world.run();
    admit(&mut world, annas, CARL);
    assert!(waiting(&world, annas).is_empty());
    // The conversation that waited is the group now, without another question.
    let (title, now) = state(&world, CARL);
    assert_eq!((title.as_str(), now.as_str()), ("Crew", "open"));
    assert!(world.engines[CARL].requests().unwrap().is_empty());
    assert_eq!(world.engines[CARL].conversations().unwrap().len(), 1);
    let draft = world.engines[CARL].kept(world.now, carls).unwrap().draft;
    assert_eq!(draft.unwrap().draft.text, "hello all");
    say(&mut world, ANNA, annas, "welcome");
    say(&mut world, CARL, carls, "thanks");
    assert_eq!(texts(&world, CARL, carls), ["welcome", "thanks"]);
    assert_eq!(texts(&world, ANNA, annas), ["before", "welcome", "thanks"]);
    assert_eq!(
        changes(&world, ANNA, annas).last().unwrap(),
        "You added Carl."
    );
}

#[test]
fn who_is_turned_away_is_not_told_and_asks_in_vain() {
    let (mut world, annas, _) = asked();
    let (now, carl) = (world.now, person(&world, CARL));
    world.engines[ANNA].turn_away(now, (annas, &carl)).unwrap();
    let again = link(&mut world, ANNA, annas);
    world.engines[CARL].ask_to_join(now, &again).unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
    assert_eq!(state(&world, CARL).1, "waiting");
    let refused = world.engines[ANNA].admit(now, (annas, &carl)).unwrap_err();
    assert_eq!(refused.kind, "unknown-person");
}

#[test]
fn a_link_is_the_same_until_it_is_revoked_and_then_nobody_asks_by_it() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let first = link(&mut world, ANNA, annas);
    assert_eq!(link(&mut world, ANNA, annas), first);
    assert_eq!(world.engines[ANNA].unlink(world.now, annas).unwrap(), 1);
    world.engines[CARL].ask_to_join(world.now, &first).unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
    assert_ne!(link(&mut world, ANNA, annas), first);
    // Whoever may not add people makes no link either.
    let rule = GroupChange {
        members_add: Some(false),
        ..GroupChange::default()
    };
    world.engines[ANNA]
        .change_group(world.now, (annas, &rule))
        .unwrap();
    world.run();
    let refused = world.engines[BEN].group_link(world.now, bens).unwrap_err();
    assert_eq!(refused.kind, "not-admin");
}

#[test]
fn a_link_is_no_card_and_a_card_is_no_link() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let link = link(&mut world, ANNA, annas);
    let refused = world.engines[CARL]
        .add_contact(world.now, &link)
        .unwrap_err();
    assert_eq!(refused.kind, "not-a-card");
    // Written as a card it leads to nobody: there is no key package behind it.
    let card = link.replace("//group/", "//card/");
    let tried = world.engines[CARL].add_contact(world.now, &card).unwrap();
    world.run();
    let failed = world.engines[CARL].contact_done(tried).unwrap().unwrap();
    assert_eq!(failed.unwrap_err().kind, "card-spent");
    assert!(world.engines[ANNA].requests().unwrap().is_empty());
    let (_, card) = world.engines[BEN].make_card(world.now, false).unwrap();
    let refused = world.engines[CARL]
        .ask_to_join(world.now, &card)
        .unwrap_err();
    assert_eq!(refused.kind, "not-a-group-link");
    // A card passed off as a link: what it is asked is no Welcome, and void.
    world.run();
    let link = card.replace("//card/", "//group/");
    world.engines[CARL].ask_to_join(world.now, &link).unwrap();
    world.run();
    assert!(world.engines[BEN].requests().unwrap().is_empty());
    assert!(waiting(&world, annas).is_empty());
}

#[test]
fn who_is_blocked_or_in_already_does_not_wait() {
    let (mut world, annas, _) = two_in_a_group(&["Anna", "Ben", "Carl"]);
    let link = link(&mut world, ANNA, annas);
    world.engines[BEN].ask_to_join(world.now, &link).unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
    // Carl is known by a request of his, and blocked.
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    world.run();
    world.engines[CARL].add_contact(world.now, &card).unwrap();
    world.run();
    let carl = person(&world, CARL);
    world.engines[ANNA].block(world.now, &carl, true).unwrap();
    world.engines[CARL].ask_to_join(world.now, &link).unwrap();
    world.run();
    assert!(waiting(&world, annas).is_empty());
}

#[test]
fn the_commands_make_a_link_ask_and_let_in() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let made = anna.run(&["group", "create", "Crew"]).object().clone();
    let crew = made["conversation"].as_str().unwrap().to_owned();
    let made = anna.run(&["group", "link", &crew]).object().clone();
    assert_eq!(made["published"], true);
    let joined = ben.run(&["group", "join", made["link"].as_str().unwrap()]);
    assert_eq!(joined.object()["state"], "requested", "{}", joined.error);
    let bens = joined.object()["conversation"].as_str().unwrap().to_owned();
    let asks = anna.run(&["group", "asks", &crew]).object().clone();
    assert_eq!(asks["name"], "Ben");
    let person = asks["person"].as_str().unwrap().to_owned();
    let done = anna.run(&["group", "admit", &crew, &person]);
    assert!(done.status.success(), "{}", done.error);
    let listed = ben.run(&["conversations"]).object().clone();
    assert_eq!(listed["id"], bens.as_str());
    assert_eq!(listed["title"], "Crew");
    assert!(ben.run(&["send", &bens, "hello"]).status.success());
    let done = anna
        .run(&["group", "link", &crew, "--revoke"])
        .object()
        .clone();
    assert_eq!(done["revoked"], 1);
}
