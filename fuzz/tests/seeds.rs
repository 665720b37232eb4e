//! Seeds are what they say: those named `refused-…` are refused by their door, all others accepted.
//!
//! They are made from the golden vectors of `wire` and `delivery` and from small inputs below.
//! `HELIOGRAPH_WRITE_SEEDS=1` writes them anew; those of MLS then change, because keys are drawn.

#![allow(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

mod seed;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use heliograph_fuzz::doors::DOORS;

/// All seeds together, bytes: they are read a thousand times a second and kept for ever.
const ALL_MAX: u64 = 300_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn write_anew() {
    let _ = fs::remove_dir_all(root());
    for (door, name, bytes) in seed::all() {
        let directory = root().join(door);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(name), bytes).unwrap();
    }
}

#[test]
fn every_door_takes_its_seeds_and_refuses_those_that_say_so() {
    if std::env::var_os("HELIOGRAPH_WRITE_SEEDS").is_some() {
        write_anew();
    }
    for (name, door) in DOORS {
        let seeds = files(&root().join(name));
        let mut accepted = 0;
        for seed in &seeds {
            let says = seed.file_name().unwrap().to_str().unwrap();
            let took = door(&fs::read(seed).unwrap());
            assert_eq!(took, !says.starts_with("refused-"), "{name}: {says}");
            accepted += usize::from(took);
        }
        assert!(accepted > 0, "{name} has no seed that it accepts");
    }
}

#[test]
fn a_target_and_a_directory_of_seeds_for_every_door_and_no_other() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |paths: Vec<PathBuf>| -> BTreeSet<String> {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        paths.into_iter().map(stem).collect()
    };
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
    assert_eq!(stems(files(&targets)), doors);
    assert_eq!(stems(files(&root())), doors);
}

#[test]
fn the_seeds_stay_small() {
    let all = files(&root()).iter().flat_map(|door| files(door)).count();
    let bytes: u64 = files(&root())
        .iter()
        .flat_map(|door| files(door))
        .map(|seed| fs::metadata(seed).unwrap().len())
        .sum();
    assert!(all > 60 && bytes < ALL_MAX, "{all} seeds of {bytes} bytes");
}
