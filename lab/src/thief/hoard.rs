//! A thief who was never in a hurry: every version of every page of a device's files that was ever on its disk, as a disk
//! that overwrites nothing keeps them, and at the end its keys as they are then.
//!
//! Only the file of erasable keys is not hoarded: it is written over in place.

#![allow(
    clippy::unwrap_used,
    reason = "a thief who cannot read is a failed test, reported by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt, KeyIvInit};
use cbc::Decryptor;
use data_encoding::BASE64_NOPAD;
use heliograph_client::DATABASE;
use heliograph_store::{Store, StoreError, StoreKey};
use tempfile::TempDir;

use super::{KEY, Pages};

/// Every so many times the files are kept whole as well, to be opened with keys.
const WHOLE_EACH: usize = 4;
/// Bytes of a canary's end that are looked for: an index shares beginnings of words.
const END: usize = 8;
const BLOCK: usize = 16;
/// Of an image so much is read at once.
const PART: usize = 1 << 24;

/// See the module's words.
#[derive(Default)]
pub struct Hoard {
    seen: BTreeSet<Vec<u8>>,
    plain: Vec<Vec<u8>>,
    whole: Vec<TempDir>,
    gathered: usize,
}

/// Words that must not be found, by their ends.
pub struct Canaries(BTreeSet<[u8; END]>);

impl Canaries {
    /// Of words of at least eight bytes.
    #[must_use]
    pub fn of(words: &[String]) -> Self {
        let ends = words
            .iter()
            .map(|word| *word.as_bytes().last_chunk().unwrap());
        Self(ends.collect())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds those that stand in some bytes to `found`.
    fn find(&self, bytes: &[u8], found: &mut BTreeSet<[u8; END]>) {
        for window in bytes.array_windows::<END>() {
            if window.iter().all(u8::is_ascii_lowercase) && self.0.contains(window) {
                found.insert(*window);
            }
        }
    }

    /// Those that a raw image of a disk holds: all of it is deciphered, whatever file or hole a block belongs to.
    ///
    /// Cipher block chaining needs no beginning: a block opens with the one before it. Pages of a file begin at
    /// multiples of 16, those of its log eight beyond.
    #[must_use]
    pub fn in_image(&self, image: &[u8]) -> usize {
        let mut found = BTreeSet::new();
        self.find(image, &mut found);
        for shift in [0, 8] {
            let mut before = [0; BLOCK];
            for part in image[shift..].chunks(PART) {
                let whole = part.len() / BLOCK * BLOCK;
                let mut plain = part[..whole].to_vec();
                let mut cipher = Decryptor::<Aes256>::new(&KEY.into(), &before.into());
                for block in plain.chunks_exact_mut(BLOCK) {
                    cipher.decrypt_block(block.try_into().unwrap());
                }
                before = part[whole - BLOCK..whole].try_into().unwrap();
                self.find(&plain, &mut found);
            }
        }
        found.len()
    }
}

impl Hoard {
    /// Takes a whole copy of a home at this moment.
    pub fn copy(&mut self, home: &Path) {
        let files = [home.join(DATABASE), home.join("profile.db-wal")];
        let state = files.map(|path| std::fs::read(path).unwrap_or_default());
        self.whole.push(copy_of(&state));
    }

    /// Takes what is new in a home at this moment, and now and then a whole copy.
    pub fn gather(&mut self, home: &Path) {
        let (file, log) = (home.join(DATABASE), home.join("profile.db-wal"));
        let state = [&file, &log].map(|path| std::fs::read(path).unwrap_or_default());
        let new = self.take_new(&state);
        if new.is_empty() {
            return;
        }
        if self.gathered.is_multiple_of(WHOLE_EACH) {
            self.whole.push(copy_of(&state));
        }
        self.gathered += 1;
        let pages = Pages::read(&file, KEY);
        assert_eq!(
            pages.unread, 0,
            "a page the thief cannot read hides what is on it"
        );
        self.plain.extend(
            pages
                .plain
                .into_iter()
                .zip(new)
                .filter(|(_, new)| *new)
                .map(|(page, _)| page),
        );
    }

    /// Which pages, in the order in which [`Pages`] reads them, were not there before.
    fn take_new(&mut self, [file, log]: &[Vec<u8>; 2]) -> Vec<bool> {
        let frames = log.get(32..).unwrap_or_default().chunks_exact(24 + 4_096);
        let pages = file
            .chunks_exact(4_096)
            .chain(frames.map(|frame| &frame[24..]));
        let new: Vec<bool> = pages
            // The code at a page's end tells it from every other.
            .map(|page| self.seen.insert(page[4_096 - 64..].to_vec()))
            .collect();
        if new.contains(&true) { new } else { Vec::new() }
    }

    /// Versions of pages, and whole copies.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.plain.len(), self.whole.len())
    }

    /// How many canaries stand on the pages, or can be read out of a copy with these erasable keys.
    #[must_use]
    pub fn finds(&self, canaries: &Canaries, keys: &Path) -> usize {
        let mut found = BTreeSet::new();
        for page in &self.plain {
            canaries.find(page, &mut found);
        }
        for copy in &self.whole {
            for said in read_with(copy.path(), keys) {
                canaries.find(said.as_bytes(), &mut found);
            }
        }
        found.len()
    }
}

fn copy_of([file, log]: &[Vec<u8>; 2]) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    std::fs::write(copy.path().join(DATABASE), file).unwrap();
    std::fs::write(copy.path().join("profile.db-wal"), log).unwrap();
    copy
}

/// Everything a copy says when it is opened with these keys.
fn read_with(copy: &Path, keys: &Path) -> Vec<String> {
    let again = tempfile::tempdir().unwrap();
    for name in [DATABASE, "profile.db-wal"] {
        std::fs::copy(copy.join(name), again.path().join(name)).unwrap();
    }
    let beside: PathBuf = again.path().join(DATABASE).with_extension("keys");
    std::fs::copy(keys, beside).unwrap();
    let store = Store::open(&again.path().join(DATABASE), &StoreKey::new(KEY)).unwrap();
    let mut said = Vec::new();
    let all: Result<(), StoreError> = store.view(|view| {
        for row in view.conversations()? {
            if let Some((draft, _)) = view.kept(row.id)?.draft {
                // One with files is kept in base64.
                let inside = BASE64_NOPAD.decode(draft.as_bytes()).unwrap_or_default();
                said.extend([draft, String::from_utf8_lossy(&inside).into_owned()]);
            }
            for message in view.page(row.id, None, u32::MAX)? {
                said.push(String::from_utf8_lossy(&message.content).into_owned());
                said.extend(message.text);
                let about = view.annotations(row.id, &message.id)?;
                said.extend(about.into_iter().map(|row| row.body));
            }
            let waiting = view.outbox(row.id, u32::MAX)?;
            said.extend(
                waiting
                    .iter()
                    .map(|row| String::from_utf8_lossy(&row.content).into_owned()),
            );
        }
        for row in view.transfers()? {
            said.push(row.path);
            let bytes = view.transfer_bytes(row.id)?.unwrap_or_default();
            said.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(())
    });
    all.unwrap();
    said
}
