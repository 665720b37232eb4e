//! The simulated crew misses each rule that is taken away.

#![allow(clippy::panic, reason = "a suite that misses a fault is a failed test")]

use heliograph_client::engine::Rule;
use heliograph_client::engine::rules::break_rule;
use heliograph_lab::history;

/// Histories in which a broken rule must show.
const SEEDS: u64 = 60;

#[test]
fn a_crew_notices_every_planted_fault() {
    for rule in Rule::ALL {
        break_rule(Some(rule));
        let noticed = (1..=SEEDS).find_map(|seed| history(seed).err().map(|wrong| (seed, wrong)));
        match noticed {
            Some((seed, wrong)) => println!("without {rule:?}, seed {seed}: {wrong}"),
            None => panic!("nobody misses {rule:?} in {SEEDS} histories"),
        }
    }
}
