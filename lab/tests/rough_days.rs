//! Three people through random crashes, lost connections and words out of turn: whatever the order,
//! everyone who is in a conversation ends with the same messages, each once, and nobody is accused.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::collections::HashSet;

use heliograph_client::ConversationId;
use heliograph_lab::{TwoFaced, dice, rounds};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn texts(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    let page = world.engines[at].messages(id, None, 1_000).unwrap();
    page.items
        .into_iter()
        .map(|message| {
            format!(
                "{}#{}",
                message.text.chars().take(9).collect::<String>(),
                message.text.len()
            )
        })
        .collect()
}

/// Lets everything settle on good lines.
fn settle(world: &mut TwoFaced) {
    for at in 0..3 {
        world.reconnect(at);
    }
    for _ in 0..6 {
        world.run();
        world.pass(61_000);
    }
}

/// Anna gives a card, `other` uses it, through all that happens.
fn befriend(
    world: &mut TwoFaced,
    other: usize,
    roll: &mut impl FnMut(u32) -> u32,
) -> (ConversationId, ConversationId) {
    let before: HashSet<ConversationId> = ids(world, ANNA);
    let (_, card) = world.engines[ANNA].make_card(world.now, false).unwrap();
    settle(world);
    let theirs = world.engines[other].add_contact(world.now, &card).unwrap();
    let now = world.now;
    world.engines[other]
        .send(now, theirs, &["knock".into()])
        .unwrap();
    world.run_roughly(60, roll);
    settle(world);
    let request = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(world.now, request).unwrap();
    world.run_roughly(60, roll);
    settle(world);
    assert!(!before.contains(&request));
    (request, theirs)
}

fn ids(world: &TwoFaced, at: usize) -> HashSet<ConversationId> {
    let all = world.engines[at].conversations().unwrap();
    all.into_iter()
        .map(|conversation| conversation.id)
        .collect()
}

fn history(seed: u64) {
    let mut roll = dice(seed);
    let mut world = TwoFaced::new(&["Anna", "Ben", "Carl"]);
    let (with_ben, ben_side) = befriend(&mut world, BEN, &mut roll);
    let (with_carl, carl_side) = befriend(&mut world, CARL, &mut roll);
    let talks = [
        (ANNA, with_ben),
        (BEN, ben_side),
        (ANNA, with_carl),
        (CARL, carl_side),
    ];
    let mut said = 0;
    for turn in 0..30 {
        let (at, id) = talks[roll(4) as usize];
        let text = if roll(6) == 0 {
            format!("{turn} {}", "long ".repeat(900))
        } else {
            format!("{turn}")
        };
        let now = world.now;
        world.engines[at].send(now, id, &[text]).unwrap();
        said += 1;
        let words = 5 + roll(40);
        world.run_roughly(words, &mut roll);
        if roll(3) == 0 {
            world.pass(61_000);
        }
    }
    settle(&mut world);
    let (anna_ben, anna_carl) = (
        texts(&world, ANNA, with_ben),
        texts(&world, ANNA, with_carl),
    );
    assert_eq!(anna_ben, texts(&world, BEN, ben_side), "seed {seed}");
    assert_eq!(anna_carl, texts(&world, CARL, carl_side), "seed {seed}");
    assert_eq!(anna_ben.len() + anna_carl.len(), said + 2, "seed {seed}");
    for (at, name) in ["Anna", "Ben", "Carl"].iter().enumerate() {
        let status = world.engines[at].status().unwrap();
        assert!(
            status.alarms.is_empty(),
            "seed {seed}, {name}: {:?}",
            status.alarms
        );
        assert_eq!(status.waiting, 0, "seed {seed}, {name}");
        let idle = world.engines[at].synced(true).unwrap();
        assert!(idle.is_some(), "seed {seed}, {name} never comes to rest");
    }
}

#[test]
fn a_hundred_rough_histories_end_with_the_same_words_for_everyone() {
    for seed in 1..=u64::from(rounds(100)) {
        history(seed);
    }
}
