//! A writer that stops in the middle of a step.

use std::path::Path;
use std::process::Command;

use heliograph_store::{Store, StoreError, StoreKey};

use crate::mls::{self, PublicKey};
use crate::scene::{Home, KEY, meta, step};

/// Where the writer finds the file; without it the writer does nothing.
const FILE: &str = "HELIOGRAPH_STORE_SCENE_FILE";

#[test]
fn the_writer() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let mut store = Store::open(Path::new(&path), &StoreKey::new(KEY)).unwrap();
    step(&mut store, |tx| tx.set_meta("first", b"kept"));
    step(&mut store, |tx| -> Result<(), StoreError> {
        tx.set_meta("first", b"overwritten")?;
        mls::write(tx, 1);
        // More than the cache holds, so that a part of it reaches the log before any commit.
        for n in 0..2_000 {
            tx.set_meta(&format!("second {n}"), &[1; 4_000])?;
        }
        std::process::abort()
    });
}

#[test]
fn a_killed_writer_leaves_the_last_commit() {
    let home = Home::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_writer", "--quiet"])
        .env(FILE, home.path())
        .status()
        .unwrap();
    assert!(!status.success(), "the writer was to be killed");
    assert!(
        home.bytes().1.len() > 4_000_000,
        "half a step lies in the log"
    );
    let mut store = home.open().unwrap();
    assert_eq!(meta(&store, "first").unwrap(), b"kept");
    assert_eq!(meta(&store, "second 0"), None);
    step(&mut store, |tx| {
        assert!(mls::read(tx, &PublicKey(1)).is_none());
        tx.set_meta("third", b"and on it goes")
    });
    assert_eq!(meta(&store, "third").unwrap(), b"and on it goes");
}
