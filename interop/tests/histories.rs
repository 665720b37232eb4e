//! Random histories between libraries and between providers, in short; `scripts/soak/interop.sh` runs many more.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use heliograph_interop::history::run;
use heliograph_interop::meeting::{Events, Fault, Meeting};

fn histories(meeting: Meeting, how_many: u64) -> Events {
    let mut all = Events::default();
    for seed in 0..how_many {
        all += run(meeting, seed, None).unwrap();
    }
    all
}

#[test]
fn two_libraries_agree_in_every_epoch() {
    let all = histories(Meeting::Libraries, 100);
    assert!(all.commits_libcrux > 0 && all.commits_rustcrypto > 0 && all.commits_mls_rs > 0);
    assert!(all.removed > 0 && all.proposals > 0 && all.texts_read > 0);
}

#[test]
fn two_providers_agree_in_every_epoch_of_the_suite_in_use() {
    let all = histories(Meeting::Providers, 50);
    assert!(all.commits_libcrux > 0 && all.commits_rustcrypto > 0);
    assert!(all.removed > 0 && all.proposals > 0 && all.texts_read > 0);
}

#[test]
fn a_history_in_which_something_goes_wrong_does_not_pass() {
    for fault in [Fault::Commit, Fault::Welcome, Fault::Text, Fault::Withheld] {
        for seed in 0..10 {
            for meeting in [Meeting::Libraries, Meeting::Providers] {
                assert!(
                    run(meeting, seed, Some(fault)).is_err(),
                    "{fault:?} in {meeting:?}, seed {seed}"
                );
            }
        }
    }
}
