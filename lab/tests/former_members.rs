//! People who are in a conversation no more: still named where they spoke, and nowhere else. Told as stories.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, FoundInfo, Refusal, Search};
use heliograph_lab::{TwoFaced, accept, brought, card, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
/// Somebody else of that name.
const OTHER_CARL: usize = 3;

/// A group of Anna's with Ben and Carl, who says something and is removed; the group on each side.
fn carl_is_gone() -> (TwoFaced, [ConversationId; 3]) {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl", "Carl"]);
    let carls = brought(&mut world, (ANNA, annas), CARL);
    say(&mut world, (CARL, carls), "the key is under the mat");
    let (now, carl) = (world.now, person(&world, CARL));
    world.engines[ANNA]
        .remove_person(now, (annas, &carl))
        .unwrap();
    world.run();
    (world, [annas, bens, carls])
}

fn say(world: &mut TwoFaced, (at, id): (usize, ConversationId), text: &str) {
    let now = world.now;
    world.engines[at].send(now, id, &[text.to_owned()]).unwrap();
    world.run();
}

fn person(world: &TwoFaced, at: usize) -> String {
    world.engines[at].status().unwrap().person
}

fn search(world: &TwoFaced, from: &str) -> Result<Vec<FoundInfo>, Refusal> {
    world.engines[ANNA].search(&Search {
        words: "key".into(),
        from: Some(from.to_owned()),
        limit: 9,
        ..Search::default()
    })
}

/// Name and person of whoever said each of the texts.
fn speakers(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<(String, String)> {
    let page = world.engines[at].messages(id, None, 100).unwrap();
    let texts = page.items.into_iter().filter(|one| one.kind == "text");
    texts.map(|one| (one.from, one.person)).collect()
}

fn present(world: &mut TwoFaced, id: ConversationId) -> Vec<String> {
    let now = world.now;
    let members = world.engines[ANNA].group_members(now, id).unwrap();
    members.into_iter().map(|member| member.name).collect()
}

#[test]
fn what_somebody_said_who_is_gone_has_their_name_and_is_found_by_it() {
    let (mut world, [annas, bens, _]) = carl_is_gone();
    world.restart(ANNA);
    world.run();
    let carl = person(&world, CARL);
    for (at, id) in [(ANNA, annas), (BEN, bens)] {
        let wanted = ("Carl".to_owned(), carl.clone());
        assert_eq!(speakers(&world, at, id), [wanted]);
    }
    for from in ["Carl", "carl", carl.as_str()] {
        let found = search(&world, from).unwrap();
        assert_eq!(found.len(), 1, "{from}");
        assert_eq!((found[0].from.as_str(), &found[0].person), ("Carl", &carl));
    }
    let now = world.now;
    let page = world.engines[ANNA].messages(annas, None, 100).unwrap();
    let said = page.items.iter().find(|one| one.kind == "text").unwrap();
    let notes = world.engines[ANNA].create_group(now, "Notes").unwrap();
    world.engines[ANNA]
        .forward(now, (annas, said.id), (notes, true))
        .unwrap();
    let page = world.engines[ANNA].messages(notes, None, 100).unwrap();
    let passed = page.items.iter().find(|one| one.kind == "text").unwrap();
    assert_eq!(passed.forwarded.as_deref(), Some("Carl"));
}

#[test]
fn who_is_gone_is_nowhere_among_those_who_are_there() {
    let (mut world, [annas, ..]) = carl_is_gone();
    assert_eq!(present(&mut world, annas), ["Anna", "Ben"]);
    let all = world.engines[ANNA].conversations().unwrap();
    let names: Vec<&str> = all[0].members.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Ben"]);
    let safety = world.engines[ANNA].safety(annas).unwrap();
    assert_eq!(safety.len(), 1);
    say(&mut world, (ANNA, annas), "@Carl, where is it?");
    let page = world.engines[ANNA].messages(annas, None, 100).unwrap();
    assert!(page.items.iter().all(|one| one.mentions.is_empty()));
    // Back again, he is there once, and what he said is his.
    let again = card(&mut world, CARL);
    let now = world.now;
    world.engines[ANNA].bring(now, annas, &again).unwrap();
    world.run();
    accept(&mut world, CARL);
    assert_eq!(present(&mut world, annas), ["Anna", "Ben", "Carl"]);
    assert_eq!(search(&world, "Carl").unwrap().len(), 1);
}

#[test]
fn a_namesake_who_comes_later_is_somebody_else() {
    let (mut world, [annas, ..]) = carl_is_gone();
    let others = brought(&mut world, (ANNA, annas), OTHER_CARL);
    say(&mut world, (OTHER_CARL, others), "what key?");
    let (carl, other) = (person(&world, CARL), person(&world, OTHER_CARL));
    assert_ne!(carl, other);
    let both: Vec<String> = speakers(&world, ANNA, annas)
        .into_iter()
        .map(|(_, person)| person)
        .collect();
    assert_eq!(both, [carl.clone(), other.clone()]);
    assert_eq!(search(&world, "Carl").unwrap().len(), 2);
    for one in [carl, other] {
        let found = search(&world, &one).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].person, one);
    }
}

#[test]
fn the_name_goes_with_the_conversation_that_is_deleted_here() {
    let (mut world, [annas, bens, _]) = carl_is_gone();
    let now = world.now;
    world.engines[ANNA].delete_conversation(now, annas).unwrap();
    assert_eq!(search(&world, "Carl").unwrap_err().kind, "unknown-person");
    assert!(search(&world, "Ben").unwrap().is_empty());
    // On other devices it stays.
    assert_eq!(speakers(&world, BEN, bens)[0].0, "Carl");
}
