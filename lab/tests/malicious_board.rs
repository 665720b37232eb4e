//! Fourteen ways in which a board can mean harm: nothing forged or replayed is shown, two histories are noticed, and
//! an honest board afterwards heals all of it, with a decision of whoever was shown another history.

use heliograph_lab::{Malice, harmed, rounds};

fn suffer(what: Malice) {
    let mut done = 0;
    let mut broken = Vec::new();
    for seed in 0..u64::from(rounds(4)) {
        match harmed(what, seed) {
            Ok(times) => done += times,
            Err(why) => broken.push(format!("{what:?}, seed {seed}: {why}")),
        }
    }
    assert!(
        broken.is_empty(),
        "{} broken\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert!(done > 0, "{what:?} did nothing");
}

macro_rules! ways {
    ($($name:ident: $what:ident,)*) => {
        $(#[test] fn $name() { suffer(Malice::$what); })*

        #[test]
        fn every_way_is_tried() {
            assert_eq!([$(Malice::$what),*], Malice::ALL);
        }
    };
}

ways! {
    what_it_drops_is_put_again: Drop,
    what_it_delays_comes: Delay,
    what_it_reorders_is_not_believed_and_comes_again: Reorder,
    what_it_replays_is_shown_once: Replay,
    what_it_withholds_from_somebody_comes_later: Withhold,
    two_commits_for_one_slot_are_noticed_and_mended: ForkCommits,
    two_chains_are_noticed_and_mended: TwoChains,
    what_it_changes_is_not_believed: Tamper,
    another_cell_than_was_asked_for_is_not_believed: SwapBundles,
    what_it_forgets_early_does_no_lasting_harm: EarlyExpiry,
    a_label_that_is_called_taken_costs_a_label: LieTaken,
    what_it_only_says_it_stored_is_put_again: LieStored,
    answers_to_other_questions_do_no_lasting_harm: MixAnswers,
    connections_that_end_early_do_no_lasting_harm: CutShort,
}
