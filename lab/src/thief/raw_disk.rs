//! A raw image of the disk that profiles lie on, and the erasable keys that stand in it.

#![allow(
    clippy::unwrap_used,
    reason = "a thief who cannot read is a failed test, reported by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;

/// Bytes of a key, and of the places at which keys stand in their file.
const KEY: usize = 32;

/// The raw image of the disk, with all that was written so far, if `HELIOGRAPH_IMAGE` names one.
#[must_use]
pub fn raw_image() -> Option<Vec<u8>> {
    let image = std::env::var_os("HELIOGRAPH_IMAGE")?;
    let synced = std::process::Command::new("sync").status().unwrap();
    assert!(synced.success());
    Some(std::fs::read(image).unwrap())
}

/// How many erasable keys stand in an image, in the clear as they do in their file.
#[derive(Debug)]
pub struct KeysInImage {
    /// Keys that were there before and are not any more.
    pub destroyed: usize,
    /// Those of them that are found.
    pub destroyed_found: usize,
    /// Keys that are there now.
    pub left: usize,
    /// Those of them that are found: all, or this looks at the wrong places.
    pub left_found: usize,
}

impl KeysInImage {
    /// Looks for the keys of a file as it was `before` and as it is `after`.
    #[must_use]
    pub fn look(image: &[u8], before: &Path, after: &Path) -> Self {
        let [before, left] = [before, after].map(|file| {
            let bytes = std::fs::read(file).unwrap();
            let keys: BTreeSet<[u8; KEY]> = bytes.as_chunks().0.iter().copied().collect();
            keys
        });
        let destroyed: BTreeSet<[u8; KEY]> = before.difference(&left).copied().collect();
        let found = |keys: &BTreeSet<[u8; KEY]>| {
            let places = image.as_chunks().0.iter();
            let found: BTreeSet<_> = places.filter(|place| keys.contains(*place)).collect();
            found.len()
        };
        Self {
            destroyed_found: found(&destroyed),
            left_found: found(&left),
            destroyed: destroyed.len(),
            left: left.len(),
        }
    }
}
