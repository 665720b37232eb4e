//! Three people who rewrite what they said miss each rule that is taken away.

#![allow(clippy::panic, reason = "a suite that misses a fault is a failed test")]

use heliograph_client::engine::Rule;
use heliograph_client::engine::rules::break_rule;
use heliograph_lab::rewritten;

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
