//! A long history stays quick: every question is answered through an index.

use std::time::{Duration, Instant};

use heliograph_store::{Order, Store, StoreError, View};

use crate::scene::{Home, conversation, message, step};

const MANY: u32 = 50_000;
const BOUND: Duration = Duration::from_millis(20);

fn id(n: u32) -> [u8; 16] {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    id
}

fn fill(store: &mut Store) -> i64 {
    step(store, |tx| {
        let conversation = tx.insert_conversation(&conversation(1))?;
        for n in 0..MANY {
            let order = Some(Order {
                tick: u64::from(n / 3),
                leaf: n % 3,
                n,
            });
            let mut row = message(conversation, 0, order);
            row.id = id(n);
            row.content = vec![0; 300];
            row.read = n % 1_000 != 0;
            tx.insert_message(&row)?;
        }
        Ok(conversation)
    })
}

/// The quickest of several runs, so that a busy machine is not taken for a slow question.
fn quickest<T>(store: &Store, ask: impl Fn(&View<'_>) -> Result<T, StoreError>) -> Duration {
    let once = || {
        let start = Instant::now();
        store.view(&ask).unwrap();
        start.elapsed()
    };
    (0..9).map(|_| once()).min().unwrap()
}

#[test]
fn any_page_of_a_long_history_comes_within_twenty_milliseconds() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let conversation = fill(&mut store);
    for after in [None, Some(id(MANY / 2)), Some(id(MANY - 60))] {
        let took = quickest(&store, |view| view.page(conversation, after.as_ref(), 50));
        assert!(took < BOUND, "a page took {took:?}");
    }
    let took = quickest(&store, |view| view.unread(conversation));
    assert!(took < BOUND, "the unread count took {took:?}");
    let took = quickest(&store, |view| view.last(conversation));
    assert!(took < BOUND, "the last message took {took:?}");
    let unread = store.view(|view| view.unread(conversation)).unwrap();
    assert_eq!(unread, u64::from(MANY / 1_000));
}
