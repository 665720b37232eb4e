//! From a message sent to the same message shown on the other device, over a real server.

use std::time::{Duration, Instant};

use heliograph_client::{ConversationId, Device};
use heliograph_lab::{Board, Person, befriend, key};
use serde_json::json;

use crate::figure::{Figure, quantile, spread};

const MESSAGES: usize = 300;
/// As people type: longer than the two pauses between ticks that a message and its receipt take.
const PAUSE: Duration = Duration::from_millis(250);

/// Two profiles on a server, introduced; Anna's and Ben's sides.
pub(crate) async fn two(
    dir: &std::path::Path,
    server: &Board,
) -> (Person, Person, ConversationId, ConversationId) {
    let mut people = Vec::new();
    for name in ["Anna", "Ben"] {
        let home = dir.join(name);
        std::fs::create_dir(&home).unwrap();
        Device::create(&home, &key(), name, &server.link)
            .await
            .unwrap();
        let person = Person::open(&home).await;
        let prompt = person.device.setting("receipts", Some("prompt"));
        prompt.await.unwrap();
        people.push(person);
    }
    let (ben, anna) = (people.pop().unwrap(), people.pop().unwrap());
    let (anna_side, ben_side) = befriend(&anna, &ben).await;
    (anna, ben, anna_side, ben_side)
}

pub(crate) fn latency() -> Vec<Figure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut waits = runtime.block_on(measure());
    let detail = json!({"milliseconds": spread(&mut waits), "pause_milliseconds": 250});
    [
        ("send to shown, p50", 0.5, 8.0),
        ("send to shown, p99", 0.99, 40.0),
    ]
    .into_iter()
    .map(|(name, share, bar)| {
        Figure::at_most(name, ("ms", quantile(&waits, share), bar), detail.clone())
    })
    .collect()
}

async fn measure() -> Vec<f64> {
    let dir = tempfile::tempdir().unwrap();
    let server = Board::start(&dir.path().join("board"), &[]);
    let (anna, ben, anna_side, ben_side) = two(dir.path(), &server).await;
    let first = ben.say(&ben_side, "first").await;
    let mut since = Some(first);
    anna.until(&anna_side, |seen| seen.iter().any(|m| m.id == first))
        .await;
    let mut waits = Vec::new();
    for number in 0..MESSAGES {
        tokio::time::sleep(PAUSE).await;
        let mut events = anna.device.events();
        let begun = Instant::now();
        let sent = ben.say(&ben_side, &format!("message {number}")).await;
        loop {
            let page = anna.device.messages(&anna_side, since, 10).await.unwrap();
            if page.items.iter().any(|message| message.id == sent) {
                break;
            }
            events.recv().await.unwrap();
        }
        waits.push(begun.elapsed().as_secs_f64() * 1e3);
        since = Some(sent);
    }
    waits
}
