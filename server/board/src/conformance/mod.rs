//! What every back end must do, as tests that any of them can run with one line:
//!
//! ```ignore
//! heliograph_board::conformance_suite!(MyFixture::new());
//! ```
//!
//! Each public function is one promise of [`crate::Board`], told as a story. They panic when a
//! promise is broken; that is their way of reporting.

#![expect(
    clippy::unwrap_used,
    reason = "a test suite reports by panicking; it is compiled only into tests"
)]

mod erasing;
mod model;
mod putting;
mod scene;
mod ticking;
mod time;

pub use erasing::*;
pub use model::random_histories_agree_with_a_simple_model;
pub use putting::*;
pub use scene::{Fixture, LANE, OTHER_LANE, Scene, announce_waiting, put_and_announce_one};
pub use ticking::*;
pub use time::*;

use std::future::Future;

/// Runs one promise against a fresh board on a runtime of its own.
pub fn run<F: Fixture, Fut: Future<Output = ()>>(
    promise: impl FnOnce(Scene<F>) -> Fut,
    fixture: F,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(promise(Scene::new(fixture)));
}

/// Makes one test of every promise, each with a fresh fixture.
#[macro_export]
macro_rules! conformance_suite {
    ($fixture:expr) => {
        $crate::conformance_suite!(@each $fixture =>
            sixty_four_writers_of_one_label_have_one_winner,
            a_retry_is_same_and_a_stranger_is_taken,
            puts_of_one_label_within_a_batch_resolve_in_order,
            a_lane_that_is_not_served_is_refused,
            lanes_know_nothing_of_each_other,
            a_batch_over_its_bound_is_refused_whole,
            what_was_put_first_is_pending_first,
            pending_cells_still_pend_after_reopening,
            the_committer_answers_everyone_and_loses_nothing,
            the_committer_passes_a_refusal_to_everyone,
            an_erase_has_one_winner_who_may_ask_again,
            an_erase_with_a_wrong_key_changes_nothing,
            an_unannounced_cell_cannot_be_erased,
            an_erased_label_still_knows_its_bytes,
            claims_within_a_batch_resolve_in_order,
            an_unannounced_cell_looks_absent,
            a_found_cell_proves_its_place,
            ticks_are_dense_in_order_and_chained,
            a_tick_that_does_not_follow_changes_nothing,
            a_tick_takes_the_longest_waiting_cells_only,
            a_feed_stops_at_its_bytes_but_never_at_nothing,
            large_and_erased_cells_are_announced_without_body,
            a_full_tick_is_announced_and_no_fuller_one,
            spans_list_ticks_by_hour_and_fade_to_six,
            a_clock_set_back_keeps_spans_in_order,
            expiry_frees_labels_and_bodies,
            tombstones_expire_too,
            a_pending_cell_never_expires_unseen,
            ticks_go_after_a_fortnight_unless_a_cell_lives_longer,
            the_head_outlives_its_tick,
        );
        #[test]
        fn random_histories_agree_with_a_simple_model() {
            $crate::conformance::random_histories_agree_with_a_simple_model(|| $fixture);
        }
    };
    (@each $fixture:expr => $($promise:ident,)*) => {
        $(
            #[test]
            fn $promise() {
                $crate::conformance::run($crate::conformance::$promise, $fixture);
            }
        )*
    };
}
