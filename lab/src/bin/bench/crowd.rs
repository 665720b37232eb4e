//! Memory of a device that is in twenty groups of a thousand people in which everybody has committed.
//!
//! The groups are real ones, and so is the way in: a knock for each. Then another process opens the profile, as it does every
//! day, and says what it takes.

use std::path::Path;
use std::process::Command;

use heliograph_client::DATABASE;
use heliograph_client::engine::Engine;
use heliograph_conversation::{Change, Crypto};
use heliograph_delivery::{Card, Invitation, day_of};
use heliograph_lab::{Mallory, TwoFaced, accept, on_disk, put_parcel, rounds};
use heliograph_wire::EraseHash;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::seal::now_ms;
use crate::warm::Warm;

const PEOPLE: usize = 1_000;
const GROUPS: u32 = 20;
const KEY: [u8; 32] = [7; 32];
/// Name of the only person, and of the folder of their profile.
const ANNA: &str = "Anna";

/// Anna is invited to a group of which she makes the last of a thousand, and accepts.
fn join(world: &mut TwoFaced, card: &str, group: u8) {
    let (crypto, mut rng) = (Crypto::new().unwrap(), ChaCha20Rng::from_seed([group; 32]));
    let mut warm = Warm::grown(&crypto, (&[group; 32], PEOPLE - 1), &mut rng);
    let change = Change {
        adds: vec![Mallory::package_on(world, card)],
        ..Change::default()
    };
    let (_, welcome) = warm.change(&crypto, &change);
    let invitation = Invitation {
        tick: 0,
        hour: 0,
        welcome: &welcome.unwrap(),
    };
    let place = Card::decode(card)
        .unwrap()
        .hello(day_of(world.now), u32::from(group));
    let payload = invitation.encode();
    put_parcel(world, (&payload, &place), |_| EraseHash([1; 32]), &mut rng);
    accept(world, 0);
}

/// Resident memory and its highest value so far, MB.
fn resident() -> [f64; 2] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib = line.split_whitespace().nth(1).unwrap();
        kib.parse::<f64>().unwrap() * 1_024.0 / 1e6
    })
}

/// What the other process does: it opens the profile, looks at every group and says something in each, and prints its memory.
pub(crate) fn hold(home: &Path) {
    let mut engine = Engine::open(home, &KEY, &[3; 32], now_ms()).unwrap();
    let [opened, _] = resident();
    let groups = engine.conversations().unwrap();
    for group in &groups {
        let members = engine.group_members(now_ms(), group.id).unwrap();
        assert_eq!(members.len(), PEOPLE);
        engine
            .send(now_ms(), group.id, &["Here.".to_owned()])
            .unwrap();
    }
    let [used, peak] = resident();
    println!(
        "{}",
        json!({"groups": groups.len(), "opened_mb": opened, "used_mb": used, "peak_mb": peak})
    );
}

/// See the module's words.
pub(crate) fn memory() -> Vec<Figure> {
    let directory = tempfile::tempdir().unwrap();
    let mut world = on_disk(&[ANNA], directory.path());
    let (_, card) = world.engines[0].make_card(world.now, false).unwrap();
    world.run();
    let groups = rounds(GROUPS);
    for group in 1..=groups {
        join(&mut world, &card, u8::try_from(group).unwrap());
    }
    drop(world);
    let home = directory.path().join(ANNA);
    let held = Command::new(std::env::current_exe().unwrap())
        .arg("hold")
        .arg(&home)
        .output()
        .unwrap();
    assert!(held.status.success());
    let mut said: Value = serde_json::from_slice(&held.stdout).unwrap();
    let file = std::fs::metadata(home.join(DATABASE)).unwrap().len();
    said["profile_bytes"] = file.into();
    vec![Figure::at_most(
        "a device in 20 groups of 1,000, at its highest",
        ("MB", said["peak_mb"].as_f64().unwrap(), 300.0),
        said,
    )]
}
