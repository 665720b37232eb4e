//! Opening a conversation of 50,000 messages: the newest page, first thing after the profile was opened; messages that stay, and
//! messages that disappear, each sealed by a key of its own.

use std::path::Path;
use std::time::Instant;

use heliograph_client::engine::Engine;
use heliograph_client::{ConversationId, Search};
use heliograph_lab::{accept, card, on_disk};
use heliograph_store::{Fate, Life, MessageRow, Order, Store, StoreError, StoreKey};
use serde_json::json;

use crate::figure::{Figure, quantile, spread};

const MESSAGES: u32 = 50_000;
const STEP: u32 = 1_000;
const OPENINGS: usize = 10;
const PAGE: u32 = 50;
const KEY: [u8; 32] = [7; 32];

fn message(n: u32, life: Life) -> MessageRow {
    let mut id = [9; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    let text = format!("message {n}: we meet at the lighthouse as we always do");
    MessageRow {
        conversation: 1,
        id,
        device: [2; 32],
        person: [2; 32],
        mine: false,
        at_ms: i64::from(n),
        received_ms: i64::from(n),
        kind: 1,
        content: text.clone().into_bytes(),
        text: Some(text),
        state: 10,
        order: Some(Order {
            tick: u64::from(n) + 1_000,
            leaf: 1,
            n,
        }),
        read: true,
        in_reply_to: None,
        fate: Fate::default(),
        life,
    }
}

fn fill(home: &Path, sealed: bool) {
    let mut store = Store::open(&home.join("profile.db"), &StoreKey::new(KEY)).unwrap();
    for begin in (0..MESSAGES).step_by(STEP as usize) {
        let written: Result<(), StoreError> = store.step(|tx| {
            for n in begin..begin + STEP {
                let life = Life {
                    sealed_by: sealed.then(|| tx.take_key()).transpose()?,
                    ..Life::default()
                };
                tx.insert_message(&message(n, life))?;
            }
            Ok(())
        });
        written.unwrap();
    }
}

/// The newest page right after opening, and the first search, milliseconds each.
fn opened(home: &Path, id: ConversationId, now: i64) -> (f64, f64) {
    let engine = Engine::open(home, &KEY, &[3; 32], now).unwrap();
    let begun = Instant::now();
    let page = engine.messages_before(id, None, PAGE).unwrap();
    let took = begun.elapsed().as_secs_f64() * 1e3;
    assert_eq!(page.items.len(), PAGE as usize);
    let begun = Instant::now();
    let search = Search {
        words: "49999".into(),
        limit: PAGE,
        ..Search::default()
    };
    assert_eq!(engine.search(&search).unwrap().len(), 1);
    (took, begun.elapsed().as_secs_f64() * 1e3)
}

fn measured(sealed: bool) -> (Vec<f64>, Vec<f64>) {
    let directory = tempfile::tempdir().unwrap();
    let mut world = on_disk(&["Anna", "Ben"], directory.path());
    let card = card(&mut world, 0);
    world.engines[1].add_contact(world.now, &card).unwrap();
    world.run();
    let id = accept(&mut world, 0);
    let now = world.now;
    drop(world);
    let home = directory.path().join("Anna");
    fill(&home, sealed);
    (0..OPENINGS).map(|_| opened(&home, id, now)).unzip()
}

/// See the module's words.
pub(crate) fn conversation() -> Vec<Figure> {
    let (mut plain, _) = measured(false);
    let (mut sealed, mut first) = measured(true);
    let detail = json!({
        "milliseconds": spread(&mut plain), "disappearing_milliseconds": spread(&mut sealed),
        "first_search_in_disappearing_milliseconds": spread(&mut first), "messages": MESSAGES,
    });
    [
        ("open a conversation of 50,000, first page, max", plain),
        ("the same of messages that disappear, max", sealed),
    ]
    .into_iter()
    .map(|(name, waits)| Figure::at_most(name, ("ms", quantile(&waits, 1.0), 20.0), detail.clone()))
    .collect()
}
