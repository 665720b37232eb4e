//! Hashes of the things a board commits to: BLAKE3 of a body, domain-separated SHA-256 of all else.

use sha2::{Digest, Sha256};

/// BLAKE3 of a cell's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyHash(pub [u8; 32]);

/// A leaf of a tick's Merkle tree; binds label, keep, erase-hash and body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeafHash(pub [u8; 32]);

/// SHA-256 of an encoded tick head; names one state of a lane. Public, so it may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TickHash(pub [u8; 32]);

/// SHA-256 over the concatenation of `parts`.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
