//! Groups of two to eight through everything at once: racing commits, people brought in and removed,
//! crashes, lost connections.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::{Happened, history, rounds};

/// Threads that live through histories; each has seeds of its own.
const THREADS: usize = 2;

fn histories(first: u64, last: u64) -> Happened {
    let mut all = Happened::default();
    for seed in (first..=last).step_by(THREADS) {
        let happened = history(seed);
        all += happened.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
    all
}

#[test]
fn whoever_is_in_a_group_has_the_same_messages_and_secrets_whatever_happens() {
    let last = u64::from(rounds(500));
    let lives = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .zip(1_u64..)
            .map(|(_, first)| scope.spawn(move || histories(first, last)))
            .collect();
        let mut all = Happened::default();
        for thread in threads {
            all += thread.join().unwrap();
        }
        all
    });
    println!("{last} histories: {lives:?}");
    assert!(lives.removed > 0 && lives.brought > lives.removed);
    assert!(lives.messages > usize::try_from(last).unwrap());
}
