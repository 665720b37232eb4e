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
use heliograph_delivery::Head;
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
pub struct Safe<'a> {
    cells: &'a [Overheard],
    by_label: HashMap<[u8; 32], usize>,
    tried: HashSet<[u8; 32]>,
    neighbours: HashSet<(usize, [u8; 32])>,
    /// Numbers of the cells whose outer seal a key opened.
    pub opened: BTreeSet<usize>,
    /// Different strings tried as a secret.
    pub candidates: u64,
}

impl<'a> Safe<'a> {
    /// All locked.
    #[must_use]
    pub fn new(cells: &'a [Overheard]) -> Self {
        let labels = cells.iter().map(|heard| heard.cell.label.0);
        Self {
            by_label: labels.zip(0..).collect(),
            cells,
            tried: HashSet::new(),
            neighbours: HashSet::new(),
            opened: BTreeSet::new(),
            candidates: 0,
        }
    }

    /// Every string of `bytes` in every role. `near` is set for bytes in use, whose chains are walked even
    /// when their next cell was not recorded.
    pub fn search(&mut self, bytes: &[u8], near: bool) {
        for at in 0..bytes.len().saturating_sub(31) {
            let candidate: [u8; 32] = bytes[at..at + 32].try_into().unwrap();
            if !is_random(&candidate) || !self.tried.insert(candidate) && !near {
                continue;
            }
            self.candidates += 1;
            if let Some(&cell) = self.by_label.get(&candidate) {
                self.keys_beside(bytes, at, cell);
            }
            self.chain(candidate, if near { WALK } else { 1 });
            self.slots(candidate);
            self.bodies(candidate);
            if let Some(exported) = bytes.get(at..at + EXPORTED) {
                self.exported(exported);
            }
        }
    }

    /// Opens a cell with a key; true if it fits.
    pub(super) fn open(&mut self, cell: usize, key: &[u8; 32]) -> Option<Vec<u8>> {
        let heard = &self.cells[cell].cell;
        let (nonce, sealed) = heard.body.bytes().split_first_chunk::<NONCE>()?;
        let plain = XChaCha20Poly1305::new(key.into())
            .decrypt(
                &XNonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: &heard.label.0,
                },
            )
            .ok()?;
        self.opened.insert(cell);
        let [high, middle, low] = *plain.first_chunk::<LENGTH>()?;
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        Some(plain.get(LENGTH..LENGTH + length)?.to_vec())
    }

    /// A label stands in the bytes: its key may stand beside it.
    fn keys_beside(&mut self, bytes: &[u8], at: usize, cell: usize) {
        let around = at.saturating_sub(96)..(at + 128).min(bytes.len().saturating_sub(31));
        for at in around {
            let key: [u8; 32] = bytes[at..at + 32].try_into().unwrap();
            if is_random(&key) && self.neighbours.insert((cell, key)) {
                self.open(cell, &key);
            }
        }
    }

    /// A sender's chain, from here on.
    fn chain(&mut self, mut seed: [u8; 32], mut left: u32) {
        while left > 0 {
            left -= 1;
            if let Some(&cell) = self.by_label.get(&hmac(&seed, &[&[1]])) {
                let key = hmac(&seed, &[&[2]]);
                if self.open(cell, &key).is_some() {
                    left = WALK;
                }
            }
            seed = hmac(&seed, &[&[4]]);
        }
    }

    /// The base of an epoch's commit slots. Slot 0 tells; the rest follow.
    fn slots(&mut self, base: [u8; 32]) {
        for slot in 0..SLOTS {
            let slot = slot.to_be_bytes();
            let Some(&cell) = self.by_label.get(&hmac(&base, &[&[1], &slot])) else {
                return;
            };
            if let Some(head) = self.open(cell, &hmac(&base, &[&[2], &slot])) {
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
            let cell = *self.by_label.get(&label.0)?;
            let body = self.cells[cell].cell.body.clone();
            if heliograph_delivery::open(&key, &label, &body).is_some() {
                self.opened.insert(cell);
            }
            found.push(body);
        }
        bodies.join(&found)
    }

    /// The file key of a commit's or a hello's bodies.
    fn bodies(&mut self, file_key: [u8; 32]) {
        for at in 0..BODIES {
            let at = at.to_be_bytes();
            let Some(&cell) = self.by_label.get(&hmac(&file_key, &[&[1], &at])) else {
                return;
            };
            self.open(cell, &hmac(&file_key, &[&[2], &at]));
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

    /// The cell under a label.
    pub(super) fn find(&self, label: &[u8; 32]) -> Option<usize> {
        self.by_label.get(label).copied()
    }
}

/// Whether 32 bytes can be a secret: of random ones, fewer than 20 different values come up once in 10^9.
fn is_random(bytes: &[u8; 32]) -> bool {
    let mut seen = [0_u64; 4];
    for byte in bytes {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.iter().map(|word| word.count_ones()).sum::<u32>() >= 20
}
