//! A rule broken on purpose breaks a promise, and the checker shows how.

use heliograph_model::faults::Fault;
use heliograph_model::promises::{ARRIVES, ONCE, ONE_BODY, ORDER, REST, SENT};
use heliograph_model::scenario::Scenario;
use stateright::{Checker, HasDiscoveries, Model};

/// Searches the small scenario, breadth first, until `promise` is found broken.
fn breaks(scenario: Scenario, fault: Fault, promise: &'static str) {
    let search = scenario.with(fault).checker();
    let until = HasDiscoveries::AnyOf([promise].into_iter().collect());
    let found = search.finish_when(until).spawn_bfs().join().discoveries();
    let path = found.get(promise);
    assert!(path.is_some(), "{fault:?} does not break: {promise}");
}

fn small() -> Scenario {
    Scenario::full().small()
}

#[test]
fn a_message_kept_in_another_transaction_than_its_label_is_lost() {
    breaks(small(), Fault::LabelInAnotherStep, SENT);
}

#[test]
fn a_tick_judged_after_its_position_is_written_is_lost() {
    breaks(small(), Fault::PositionInAnotherStep, SENT);
}

#[test]
fn a_chain_written_down_too_late_gives_a_place_twice() {
    breaks(small(), Fault::ChainInAnotherStep, ONE_BODY);
}

#[test]
fn a_retry_under_a_fresh_seal_is_a_second_body() {
    breaks(small(), Fault::FreshSealOnRetry, ONE_BODY);
}

#[test]
fn sent_at_stored_is_a_promise_that_an_epoch_can_break() {
    breaks(small(), Fault::SentAtStored, SENT);
}

#[test]
fn what_is_only_stored_when_its_epoch_ends_was_not_said() {
    breaks(small(), Fault::StoredIsCounted, SENT);
}

#[test]
fn what_is_not_sealed_anew_never_arrives() {
    breaks(small(), Fault::NoReseal, ARRIVES);
}

#[test]
fn what_is_not_put_again_never_arrives() {
    breaks(small(), Fault::NoRetry, ARRIVES);
}

#[test]
fn a_message_sealed_twice_is_shown_twice_if_its_id_is_not_looked_at() {
    breaks(Scenario::echo().small(), Fault::NoDedup, ONCE);
}

#[test]
fn places_drawn_ahead_leave_the_readers_window() {
    let scenario = Scenario {
        commits: 0,
        crashes: 0,
        ..Scenario::full()
    };
    breaks(scenario, Fault::DrawAhead, REST);
}

#[test]
fn bytes_that_are_not_looked_at_make_foreign_cells_ones_own() {
    breaks(Scenario::foreign().small(), Fault::CountedByLabel, SENT);
}

#[test]
fn a_commit_applied_at_stored_passes_over_what_came_before_it() {
    breaks(small(), Fault::OwnCommitAtStored, ORDER);
}
