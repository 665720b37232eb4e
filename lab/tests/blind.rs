//! What the server holds, logs and remembers, and what a watcher of the wire sees.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use heliograph_client::{Device, MessageState};
use heliograph_lab::{Board, Cli, Person, Tap, befriend, introduce, key};
use heliograph_store::{Store, StoreError, StoreKey, View};
use heliograph_trust::{DeviceSecret, PersonSecret};
use heliograph_wire::link::BoardLink;

const NAMES: [&str; 2] = ["Annabellina", "Benedictus"];
const TEXTS: [&str; 2] = [
    "the quick heliograph canary",
    "eine zweite Nachricht über Öl",
];
const SOURCES: [&str; 2] = ["127.0.0.61", "127.0.0.62"];

fn files(dir: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// Every readable byte of a process.
fn memory(pid: u32) -> Vec<Vec<u8>> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut file = std::fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut out = Vec::new();
    for line in maps.lines() {
        let mut words = line.split(' ');
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with('r') || line.contains("[v") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let from = u64::from_str_radix(from, 16).unwrap();
        let size = u64::from_str_radix(to, 16).unwrap() - from;
        let mut bytes = vec![0; usize::try_from(size).unwrap()];
        // A page may vanish between the two looks; what is gone holds nothing.
        if file.seek(SeekFrom::Start(from)).is_ok() && file.read_exact(&mut bytes).is_ok() {
            out.push(bytes);
        }
    }
    out
}

/// Bytes of an id printed as base32 behind a letter and `_`.
fn id_bytes(id: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let (mut held, mut out) = (0, Vec::new());
    for c in id.split_once('_').unwrap().1.bytes() {
        let value = if c.is_ascii_lowercase() {
            c - b'a'
        } else {
            c - b'2' + 26
        };
        bits = bits << 5 | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    out
}

#[test]
fn the_server_holds_logs_and_remembers_no_name_text_person_or_address() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("heliographd.toml");
    std::fs::write(&config, "log = \"trace\"\n").unwrap();
    let data = dir.path().join("board");
    let board = Board::start(&data, &["--config", config.to_str().unwrap()]);
    let people = [0, 1].map(|i| Cli::init(dir.path(), NAMES[i], &board.link, Some(SOURCES[i])));
    let (anna_side, ben_side) = introduce(&people[0], &people[1]);
    for (i, side) in [(0, &anna_side), (1, &ben_side)] {
        let said = people[i].run(&["send", side, TEXTS[i], "--wait", "sent"]);
        assert!(said.status.success(), "{}", said.error);
    }
    assert_eq!(people[0].heard(&anna_side), [TEXTS[1]]);
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    for text in NAMES.iter().chain(&TEXTS) {
        secrets.push(text.as_bytes().to_vec());
        secrets.push(utf16(text));
    }
    for person in &people {
        let status = person.run(&["status"]);
        let id = status.object()["person"].as_str().unwrap().to_owned();
        secrets.push(id_bytes(&id));
        secrets.push(id.into_bytes());
    }
    for found in memory(board.pid()) {
        assert!(
            !secrets.iter().any(|secret| holds(&found, secret)),
            "in memory"
        );
    }
    // On disk and in the log, the clients' addresses count too.
    secrets.extend(SOURCES.map(|source| source.as_bytes().to_vec()));
    let mut held = vec![("log".to_owned(), board.log())];
    files(&data, &mut held);
    assert!(held.len() > 3 && !held[0].1.is_empty());
    for (name, bytes) in held {
        for secret in &secrets {
            assert!(
                !holds(&bytes, secret),
                "{} in {name}",
                String::from_utf8_lossy(secret)
            );
        }
    }
}

/// Group ids, ids of conversations, public and secret keys of a profile, from its own database.
fn ids_and_keys(home: &Path) -> Vec<Vec<u8>> {
    let store = Store::open(&home.join("profile.db"), &StoreKey::new([7; 32])).unwrap();
    let view = |view: &View<'_>| -> Result<Vec<Vec<u8>>, StoreError> {
        let secret = |name| -> Result<[u8; 32], StoreError> {
            let bytes = view.meta(name)?.unwrap();
            Ok(bytes.as_slice().try_into().unwrap())
        };
        let (person, device) = (secret("person.secret")?, secret("device.secret")?);
        let mut out = vec![
            PersonSecret::from_bytes(&person).public().to_vec(),
            DeviceSecret::from_bytes(&device).public().to_vec(),
            person.to_vec(),
            device.to_vec(),
        ];
        for row in view.conversations()? {
            out.extend([row.group.to_vec(), row.public.to_vec()]);
        }
        Ok(out)
    };
    store.view(view).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_holds_logs_and_remembers_no_group_and_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("heliographd.toml");
    std::fs::write(&config, "log = \"trace\"\n").unwrap();
    let data = dir.path().join("board");
    let board = Board::start(&data, &["--config", config.to_str().unwrap()]);
    let mut people = Vec::new();
    for name in NAMES {
        let home = dir.path().join(name);
        std::fs::create_dir(&home).unwrap();
        let made = Device::create(&home, &key(), name, &board.link).await;
        made.unwrap();
        people.push(Person::open(&home).await);
    }
    let (anna_side, ben_side) = befriend(&people[0], &people[1]).await;
    for (person, side) in people.iter().zip([&anna_side, &ben_side]) {
        let said = person.say(side, TEXTS[0]).await;
        person.wait(&said, MessageState::Sent).await;
    }
    let remembered = memory(board.pid());
    let mut secrets = Vec::new();
    for person in people {
        person.device.close().await;
        secrets.extend(ids_and_keys(&person.home));
    }
    assert!(secrets.len() > 10, "both have a conversation");
    // The scan sees what is there: the public key that the server signs with.
    let own = BoardLink::decode(&board.link).unwrap().key;
    assert!(remembered.iter().any(|found| holds(found, &own)));
    let mut held = vec![("log".to_owned(), board.log())];
    held.extend(
        remembered
            .into_iter()
            .map(|found| ("memory".to_owned(), found)),
    );
    files(&data, &mut held);
    for (place, bytes) in held {
        let known = secrets.iter().position(|secret| holds(&bytes, secret));
        assert_eq!(known, None, "in {place}");
    }
}

#[test]
fn a_watcher_of_the_wire_sees_one_record_length_whatever_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let tap = Tap::listen();
    let config = dir.path().join("heliographd.toml");
    std::fs::write(&config, format!("public_address = \"{}\"\n", tap.address)).unwrap();
    let board = Board::start(
        &dir.path().join("board"),
        &["--config", config.to_str().unwrap()],
    );
    tap.forward(&board.listen);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    // First contact puts large cells, gets, erases, hellos and a commit.
    let (_, ben_side) = introduce(&anna, &ben);
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    let mut lengths: BTreeSet<usize> = tap.take().into_iter().collect();
    for size in [1, 10, 100, 900] {
        let said = ben.run(&["send", &ben_side, &"x".repeat(size), "--wait", "sent"]);
        assert!(said.status.success(), "{}", said.error);
        let seen: BTreeSet<usize> = tap.take().into_iter().collect();
        assert_eq!(seen.len(), 1, "a message of {size} bytes: {seen:?}");
        lengths.extend(seen);
    }
    // Receipts go back.
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    lengths.extend(tap.take());
    assert_eq!(
        lengths.len(),
        1,
        "all client records have one length: {lengths:?}"
    );
}
