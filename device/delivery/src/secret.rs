//! Keys in clothes of their own, and how states are written down.

use hmac::{Hmac, KeyInit, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 secret bytes: wiped when dropped, never shown.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret(#[serde(with = "serde_bytes")] pub(crate) [u8; 32]);

/// Key of one cell's outer seal.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct SealKey(#[serde(with = "serde_bytes")] pub(crate) [u8; 32]);

/// A stored state that cannot be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored delivery state cannot be read")]
pub struct Unreadable;

/// HMAC-SHA256 with a key taken in once, which is half the work of a short input.
pub(crate) struct Keyed(Hmac<Sha256>);

const fn wiped<T: ZeroizeOnDrop>() {}
// What the two hash states inside an HMAC hold is as good as its key.
const _: () = wiped::<Sha256>();

impl Keyed {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "HMAC accepts keys of every length (RFC 2104)"
        )]
        Self(Hmac::new_from_slice(key).expect("HMAC takes any key length"))
    }

    /// `HMAC-SHA256(key, parts…)`.
    pub(crate) fn hmac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// `HMAC-SHA256(key, parts…)`.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    Keyed::new(key).hmac(parts)
}

/// SHA-256 of one string of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes a state as CBOR.
pub(crate) fn write<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    #[expect(
        clippy::expect_used,
        reason = "writing plain structs to memory cannot fail"
    )]
    ciborium::into_writer(value, &mut out).expect("a Vec accepts every write");
    out
}

/// Writes a state that holds keys; the bytes are wiped when dropped.
pub(crate) fn write_secret<T: Serialize>(value: &T) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(write(value))
}

/// Reads exactly what [`write`] wrote; bytes left over are refused.
pub(crate) fn read<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, Unreadable> {
    let value = ciborium::from_reader(&mut bytes).map_err(|_| Unreadable)?;
    if bytes.is_empty() {
        Ok(value)
    } else {
        Err(Unreadable)
    }
}
