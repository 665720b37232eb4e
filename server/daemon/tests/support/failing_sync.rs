//! Syncs that fail while puts are under way.

use std::path::{Path, PathBuf};
use std::process::Command;

use heliograph_wire::{Answer, Op, Outcome, ServerUnit};

use super::kill::{Program, Told};
use super::{Client, name, put};

const BEFORE: u64 = 200;
const AFTER: u64 = 64;

/// The library whose syncs fail, compiled.
pub fn library(dir: &Path) -> PathBuf {
    let library = dir.join("sync.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lab/faults/sync.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", source, "-ldl", "-o"])
        .arg(&library)
        .status();
    assert!(built.unwrap().success(), "{source} cannot be compiled");
    library
}

/// Puts until the syncs work no longer; gives what was said of the cells put after that, and a
/// follower who has seen every tick before.
pub async fn put_until_syncs_fail(
    program: &Program,
    trigger: &Path,
    told: &mut Told,
) -> (Vec<Outcome>, Client) {
    let mut follower = Client::to(&program.link).await;
    follower.follow().await;
    let mut client = Client::to(&program.link).await;
    for number in 0..BEFORE {
        let outcome = client.ask(Op::Put(put(number))).await;
        assert_eq!(name(&outcome), "Stored");
        told.stored.push(number);
    }
    let mut announced = 0;
    while announced < told.stored.len() {
        let tick = follower.tick().await;
        announced += tick.items.len();
        told.ticks.push(tick);
    }
    std::fs::write(trigger, "").unwrap();
    for number in BEFORE..BEFORE + AFTER {
        // It may have hung up already.
        client.try_send(Op::Put(put(number))).await;
    }
    let mut outcomes = Vec::new();
    while (outcomes.len() as u64) < AFTER {
        let Some(unit) = client.unit().await else {
            break;
        };
        if let ServerUnit::Answer(Answer { outcome, .. }) = unit {
            outcomes.push(outcome);
        }
    }
    (outcomes, follower)
}
