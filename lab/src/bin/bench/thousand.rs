//! A group of a thousand people, one device each: growing it, and one message to all of them.

use std::time::Instant;

use heliograph_client::DATABASE;
use heliograph_conversation::{
    Adding, Change, Conversation, Crypto, EditWindow, GroupRules, Portrait, Subject, Timer,
    make_key_package, read_welcome,
};
use heliograph_delivery::{Joiner, enter, open, seal, split};
use heliograph_store::{Store, StoreError, StoreKey};
use heliograph_trust::{Description, DisplayName};
use heliograph_wire::Class;
use openmls_memory_storage::MemoryStorage;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::json;

use crate::figure::{Figure, quantile, spread};
use crate::seal::{Party, now_ms};
use crate::warm::Warm;

const PEOPLE: usize = 1_000;
/// People added by one commit.
const BATCH: usize = 100;
const MESSAGES: usize = 200;

/// The one who adds, on a database on the disk, and the last one added, in memory.
struct Scene {
    store: Store,
    crypto: Crypto,
    group: Conversation,
    anna: Party,
    last: Party,
    theirs: Conversation,
    seconds: Vec<f64>,
    commit: usize,
    welcome: usize,
}

fn grown(dir: &std::path::Path) -> Scene {
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let crypto = Crypto::new().unwrap();
    let anna = Party::new("Anna", &mut rng);
    let rules = GroupRules {
        title: DisplayName::parse("Everybody").unwrap(),
        admins: [anna.person].into(),
        adding: Adding::Admins,
        timer: Timer::OFF,
        description: Description::default(),
        picture: Portrait::default(),
        edits: EditWindow::ALWAYS,
    };
    let mut store = Store::open(&dir.join(DATABASE), &StoreKey::new([7; 32])).unwrap();
    let mut group = store
        .step(|tx| {
            let about = (&[1; 32], &Subject::Group(rules));
            let made = Conversation::create(&crypto, &tx.mls(), anna.who(), about);
            Ok::<_, StoreError>(made.unwrap())
        })
        .unwrap();
    let (mut seconds, mut commit, mut welcome, mut last) = (Vec::new(), 0, Vec::new(), None);
    for start in (1..PEOPLE).step_by(BATCH) {
        let mut change = Change::default();
        for number in start..(start + BATCH).min(PEOPLE) {
            let party = Party::new(&format!("Member {number}"), &mut rng);
            let package = make_key_package(&crypto, &party.storage, party.who(), false);
            change.adds.push(package.unwrap());
            last = Some(party);
        }
        let begun = Instant::now();
        let changed = store
            .step(|tx| {
                let who = anna.who();
                let made = group.change(&crypto, &tx.mls(), who, (&change, now_ms()));
                Ok::<_, StoreError>(made.unwrap())
            })
            .unwrap();
        store
            .step(|tx| {
                group.apply_own(&crypto, &tx.mls()).unwrap();
                Ok::<_, StoreError>(())
            })
            .unwrap();
        seconds.push(begun.elapsed().as_secs_f64());
        (commit, welcome) = (changed.commit.len(), changed.welcome.unwrap());
    }
    let last = last.unwrap();
    let joining = read_welcome(&crypto, &last.storage, &welcome, now_ms()).unwrap();
    let theirs = joining.enter(&crypto, &last.storage).unwrap();
    Scene {
        store,
        crypto,
        group,
        anna,
        last,
        theirs,
        seconds,
        commit,
        welcome: welcome.len(),
    }
}

/// One message to everybody: what it costs its sender and a reader, in milliseconds, and its cells.
fn talk(scene: &mut Scene) -> (Vec<f64>, Vec<f64>, usize) {
    let mut rng = ChaCha20Rng::from_seed([10; 32]);
    let crypto = &scene.crypto;
    let group = &mut scene.group;
    let secret = scene
        .store
        .step(|tx| Ok::<_, StoreError>(group.export_epoch(crypto, &tx.mls()).unwrap()))
        .unwrap();
    let mut keys = enter(secret.bytes(), 0, &[0, 1]);
    let mut reader = enter(secret.bytes(), 1, &[0, 1]).readers.remove(0).1;
    let (mut sending, mut reading, mut cells) = (Vec::new(), Vec::new(), 0);
    for _ in 0..MESSAGES {
        let begun = Instant::now();
        let who = scene.anna.who();
        let mls = scene
            .store
            .step(|tx| {
                let sealed = group.seal(crypto, &tx.mls(), who, &[7; 256]);
                Ok::<_, StoreError>(sealed.unwrap())
            })
            .unwrap();
        let mut put = Vec::new();
        for piece in split(&mls).unwrap() {
            let place = keys.own.next_place();
            let body = seal(&place.key, &place.label, &piece, Class::Small, &mut rng);
            put.push((place.n, body.unwrap()));
        }
        cells = put.len();
        sending.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = Instant::now();
        let mut joiner = Joiner::default();
        for (n, body) in &put {
            let place = reader.take(*n).unwrap();
            let piece = open(&place.key, &place.label, body).unwrap();
            if let Some(whole) = joiner.push(&piece) {
                let storage: &MemoryStorage = &scene.last.storage;
                scene.theirs.open(crypto, storage, &whole).unwrap();
            }
        }
        reading.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    (sending, reading, cells)
}

#[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
fn megabytes(path: &std::path::Path) -> f64 {
    std::fs::metadata(path).unwrap().len() as f64 / 1e6
}

/// See the module's words.
pub(crate) fn group() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let mut scene = grown(dir.path());
    scene.store.checkpoint().unwrap();
    let state = megabytes(&dir.path().join(DATABASE));
    let (mut sending, mut reading, cells) = talk(&mut scene);
    let total: f64 = scene.seconds.iter().sum();
    let sizes = json!({"people": PEOPLE, "batch": BATCH, "last_commit_bytes": scene.commit,
        "last_welcome_bytes": scene.welcome, "seconds": spread(&mut scene.seconds)});
    let (sent, read) = (spread(&mut sending), spread(&mut reading));
    vec![
        Figure::at_most("adding 1,000 people", ("s", total, 60.0), sizes),
        Figure::at_most(
            "sender, 1,000 people, durable",
            ("ms", quantile(&sending, 0.5), 5.0),
            json!({"milliseconds": sent, "cells": cells}),
        ),
        Figure::at_most(
            "receiver, 1,000 people, no database",
            ("ms", quantile(&reading, 0.5), 2.0),
            json!({"milliseconds": read}),
        ),
        Figure::at_most("profile in a group of 1,000", ("MB", state, 8.0), json!({})),
    ]
}

/// What a commit costs on the wire once everybody has committed.
pub(crate) fn warm_commit() -> Figure {
    let (crypto, mut rng) = (Crypto::new().unwrap(), ChaCha20Rng::from_seed([11; 32]));
    let begun = Instant::now();
    let mut warm = Warm::grown(&crypto, (&[1; 32], PEOPLE), &mut rng);
    let growing = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let bytes = warm.renew(&crypto);
    let detail = json!({"people": PEOPLE, "growing_s": growing,
        "commit_ms": begun.elapsed().as_secs_f64() * 1e3});
    Figure::at_most(
        "commit, 1,000 people who have all committed",
        ("kB", bytes as f64 / 1e3, 60.0),
        detail,
    )
}
