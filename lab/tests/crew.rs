//! Groups of two to eight through everything at once: racing commits, people brought in and removed,
//! crashes, lost connections.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use heliograph_lab::{Happened, history, rounds};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads that live through histories.
const THREADS: usize = 2;

fn histories(next: &AtomicU64, last: u64) -> Happened {
    let mut all = Happened::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed > last {
            break;
        }
        let happened = history(seed);
        all += happened.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
    all
}

#[test]
fn whoever_is_in_a_group_has_the_same_messages_and_secrets_whatever_happens() {
    let last = u64::from(rounds(500));
    let next = AtomicU64::new(1);
    let lives = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| histories(&next, last)))
            .collect();
        let mut all = Happened::default();
        for thread in threads {
            all += thread.join().unwrap();
        }
        all
    });
    println!("{last} histories: {lives:?}");
    assert!(lives.removed > 0 && lives.promoted > 0 && lives.brought > lives.removed);
    assert!(lives.messages > usize::try_from(last).unwrap());
}
