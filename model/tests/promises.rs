//! What is promised, in every state of scenarios that are small enough for every day. The large ones
//! are `scripts/soak/model.sh`.

use heliograph_model::promises::{self, ORDER};
use heliograph_model::scenario::Scenario;
use stateright::{Checker, Expectation, HasDiscoveries, Model};

fn every_promise_is_kept(scenario: Scenario) {
    let checker = scenario.clone().checker().threads(2).spawn_dfs().join();
    assert!(checker.is_done());
    let found = checker.discoveries();
    for property in scenario.properties() {
        if !promises::applies(&scenario, property.name) {
            continue;
        }
        let found = found.get(property.name);
        match property.expectation {
            Expectation::Always => assert_eq!(found, None, "{} is broken", property.name),
            _ => assert!(found.is_some(), "{} is never reached", property.name),
        }
    }
}

#[test]
fn promises_hold_over_a_change_of_epoch_and_a_crash() {
    every_promise_is_kept(Scenario::full().small());
}

#[test]
fn promises_hold_when_a_foreign_cell_stands_at_a_label_or_a_slot() {
    every_promise_is_kept(Scenario::foreign().small());
}

#[test]
fn promises_hold_when_commits_race() {
    every_promise_is_kept(Scenario {
        crashes: 0,
        ..Scenario::race()
    });
}

/// Not a promise that is kept but a weakness that is known (README.md, What it found): who mends the
/// engine mends the model with it, and this test.
#[test]
fn a_fragment_that_an_insider_puts_first_moves_its_message_for_the_sender_alone() {
    let scenario = Scenario {
        crashes: 0,
        ..Scenario::echo()
    };
    let search = scenario.checker().threads(2);
    let until = HasDiscoveries::All;
    let found = search.finish_when(until).spawn_dfs().join().discoveries();
    let broken: Vec<_> = found
        .keys()
        .filter(|name| {
            promises::all()
                .iter()
                .any(|p| p.name == **name && p.expectation == Expectation::Always)
        })
        .collect();
    assert_eq!(broken, [&ORDER]);
}
