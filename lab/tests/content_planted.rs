//! Three people who rewrite what they said miss each rule that is taken away.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that misses a fault is a failed test"
)]

use heliograph_client::engine::Rule;
use heliograph_client::engine::rules::break_rule;
use heliograph_conversation::content::Kind;
use heliograph_lab::{Mallory, TwoFaced, rewritten};

/// Histories in which a broken rule must show.
const SEEDS: u64 = 60;

#[test]
fn three_people_who_rewrite_notice_every_planted_fault() {
    for seed in 1..=SEEDS {
        let whole = rewritten(seed);
        assert!(whole.is_ok(), "with every rule, seed {seed}: {whole:?}");
    }
    for rule in Rule::OF_CONTENT {
        break_rule(Some(rule));
        let noticed = (1..=SEEDS).find_map(|seed| rewritten(seed).err().map(|wrong| (seed, wrong)));
        match noticed {
            Some((seed, wrong)) => println!("without {rule:?}, seed {seed}: {wrong}"),
            None => panic!("nobody misses {rule:?} in {SEEDS} histories"),
        }
    }
}

/// What Anna's message says after Mallory, who is in a group with her, wrote an edit of it.
fn forged() -> String {
    let mut world = TwoFaced::new(&["Anna"]);
    let mut mallory = Mallory::new("Mallory", world.now).in_group();
    let (_, card) = world.engines[0].make_card(world.now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &card);
    let (id, now) = (world.engines[0].requests().unwrap()[0].id, world.now);
    world.engines[0].accept(now, id).unwrap();
    world.run();
    mallory.follow(&world);
    let said = world.engines[0].send(now, id, &["nine".into()]).unwrap()[0];
    world.run();
    let edit = Kind::Edit {
        replaces: said.0,
        text: "never".to_owned(),
        mentions: Vec::new(),
    };
    mallory.say(&mut world, 1, edit);
    let page = world.engines[0].messages(id, None, 10).unwrap();
    let mut said = page.items.into_iter().filter(|line| line.kind == "text");
    said.next().unwrap().text
}

#[test]
fn a_device_that_lets_anybody_edit_is_caught() {
    assert_eq!(forged(), "nine");
    break_rule(Some(Rule::AuthorsOnly));
    assert_eq!(forged(), "never");
}
