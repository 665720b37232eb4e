//! What a string of bytes could be to a thief: each of the roles a secret plays in delivery
//! (docs/protocol/delivery.md, Labels and sealing), tried on the recorded cells.
//!
//! The derivations are written out here again, so that the judge does not share the suspect's code.

#![allow(
    clippy::unwrap_used,
    reason = "HMAC takes every key; a thief who cannot compute is a failed test"
)]

use std::collections::{BTreeSet, HashMap, HashSet};

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use heliograph_delivery::{Head, SealKey};
use heliograph_wire::{Label, Tag};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Overheard;

const NONCE: usize = 24;
const LENGTH: usize = 3;
const SLOTS: u32 = 64;
const BODIES: u16 = 64;
/// How far a chain is walked beyond the last cell that it opened.
const WALK: u32 = 64;
/// Leaves whose chains are tried when a string could be an epoch's exported secret.
const LEAVES: u32 = 3;
/// Bytes of such a secret in this suite.
const EXPORTED: usize = 48;

/// `HMAC-SHA256(key, parts…)`.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The recorded cells, and those a thief has opened.
pub(super) struct Safe<'a> {
    cells: &'a [Overheard],
    by_tag: HashMap<Tag, usize>,
    tried: HashSet<[u8; 32]>,
    neighbours: HashSet<([u8; 32], [u8; 32])>,
    /// Numbers of the cells whose outer seal a key opened.
    pub(super) opened: BTreeSet<usize>,
    /// Different strings tried as a secret.
    pub(super) candidates: u64,
}

impl<'a> Safe<'a> {
    /// All locked.
    pub(super) fn new(cells: &'a [Overheard]) -> Self {
        let tags = cells.iter().map(|heard| heard.tag);
        Self {
            by_tag: tags.zip(0..).collect(),
            cells,
            tried: HashSet::new(),
            neighbours: HashSet::new(),
            opened: BTreeSet::new(),
            candidates: 0,
        }
    }

    /// Every string of `bytes` in every role. `near` is set for bytes in use, whose chains are walked even
    /// when their next cell was not recorded.
    pub(super) fn search(&mut self, bytes: &[u8], near: bool) {
        for at in 0..bytes.len().saturating_sub(31) {
            let candidate: [u8; 32] = bytes[at..at + 32].try_into().unwrap();
            if !is_random(&candidate) || !self.tried.insert(candidate) && !near {
                continue;
            }
            self.candidates += 1;
            if self.find(&candidate).is_some() {
                self.keys_beside(bytes, at, &candidate);
            }
            self.chain(candidate, if near { WALK } else { 1 });
            self.slots(candidate);
            self.bodies(candidate);
            if let Some(exported) = bytes.get(at..at + EXPORTED) {
                self.exported(exported);
            }
        }
    }

    /// Opens the cell under a label; gives its payload if there is one and the key fits.
    fn open(&mut self, label: &[u8; 32], key: &[u8; 32]) -> Option<Vec<u8>> {
        let cell = self.find(label)?;
        let (nonce, sealed) = self.cells[cell].body.bytes().split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: label,
        };
        let cipher = XChaCha20Poly1305::new(key.into());
        let plain = cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        self.opened.insert(cell);
        let [high, middle, low] = *plain.first_chunk::<LENGTH>()?;
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        Some(plain.get(LENGTH..LENGTH + length)?.to_vec())
    }

    /// A label stands in the bytes: its key may stand beside it.
    fn keys_beside(&mut self, bytes: &[u8], at: usize, label: &[u8; 32]) {
        let around = at.saturating_sub(96)..(at + 128).min(bytes.len().saturating_sub(31));
        for at in around {
            let key: [u8; 32] = bytes[at..at + 32].try_into().unwrap();
            if is_random(&key) && self.neighbours.insert((*label, key)) {
                self.open(label, &key);
            }
        }
    }

    /// A sender's chain, from here on.
    fn chain(&mut self, mut seed: [u8; 32], mut left: u32) {
        while left > 0 {
            left -= 1;
            let label = hmac(&seed, &[&[1]]);
            if self.find(&label).is_some() && self.open(&label, &hmac(&seed, &[&[2]])).is_some() {
                left = WALK;
            }
            seed = hmac(&seed, &[&[4]]);
        }
    }

    /// The base of an epoch's commit slots. Slot 0 tells; the rest follow.
    fn slots(&mut self, base: [u8; 32]) {
        for slot in 0..SLOTS {
            let slot = slot.to_be_bytes();
            let label = hmac(&base, &[&[1], &slot]);
            if self.find(&label).is_none() {
                return;
            }
            if let Some(head) = self.open(&label, &hmac(&base, &[&[2], &slot])) {
                self.follow_head(&head);
            }
        }
    }

    /// A head that was opened names its bodies.
    pub(super) fn follow_head(&mut self, head: &[u8]) -> Option<Vec<u8>> {
        let bodies = match Head::parse(head)? {
            Head::Inline(payload) => return Some(payload),
            Head::Bodies(bodies) => bodies,
        };
        let mut found = Vec::new();
        for (label, key) in bodies.places() {
            self.open_place(&label, &key)?;
            found.push(self.cells[self.find(&label.0)?].body.clone());
        }
        bodies.join(&found)
    }

    /// The file key of a commit's or a hello's bodies.
    fn bodies(&mut self, file_key: [u8; 32]) {
        for at in 0..BODIES {
            let at = at.to_be_bytes();
            let label = hmac(&file_key, &[&[1], &at]);
            if self.open(&label, &hmac(&file_key, &[&[2], &at])).is_none() {
                return;
            }
        }
    }

    /// What an epoch exports, before everything is derived from it.
    fn exported(&mut self, secret: &[u8]) {
        // HKDF-Expand's first and only block.
        self.slots(hmac(secret, &[b"commit", &[1]]));
        for leaf in 0..LEAVES {
            self.chain(hmac(secret, &[b"sender", &leaf.to_be_bytes(), &[1]]), 1);
        }
    }

    /// Opens the cell at a place that a card or a head names.
    pub(super) fn open_place(&mut self, label: &Label, key: &SealKey) -> Option<Vec<u8>> {
        let cell = self.find(&label.0)?;
        let payload = heliograph_delivery::open(key, label, &self.cells[cell].body)?;
        self.opened.insert(cell);
        Some(payload.to_vec())
    }

    fn find(&self, label: &[u8; 32]) -> Option<usize> {
        self.by_tag.get(&Label(*label).tag()).copied()
    }
}

/// Whether 32 bytes can be a secret: of random ones, fewer than 20 different values come up far less than once in 10^9.
fn is_random(bytes: &[u8; 32]) -> bool {
    let mut seen = [0_u64; 4];
    for byte in bytes {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.iter().map(|word| word.count_ones()).sum::<u32>() >= 20
}
