//! One passphrase slot: argon2id makes a key from the passphrase, and that key seals the profile's.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{NONCE, SEALED};
use crate::{Passphrase, RpcError};

const CONTEXT: &[u8] = b"heliograph key slot";
/// Less memory than this is not an honest lock.
const MEMORY_KIB_MIN: u32 = 64 * 1_024;
/// More than this would let a changed file exhaust the machine.
const MEMORY_KIB_MAX: u32 = 1_024 * 1_024;
const PASSES_MAX: u32 = 32;
const LANES_MAX: u32 = 8;

/// How dear each guess is (RFC 9106, argon2id).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

/// 64 MiB and three passes: the second recommendation of RFC 9106 with one lane.
pub(crate) const COST: Cost = Cost {
    memory_kib: MEMORY_KIB_MIN,
    passes: 3,
    lanes: 1,
};

impl Cost {
    fn is_sane(self) -> bool {
        (MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&self.memory_kib)
            && (1..=PASSES_MAX).contains(&self.passes)
            && (1..=LANES_MAX).contains(&self.lanes)
    }

    /// Sealed along with the key, so that a cost that was lowered in the file opens nothing.
    fn bytes(self) -> Vec<u8> {
        let mut out = CONTEXT.to_vec();
        for part in [super::VERSION, self.memory_kib, self.passes, self.lanes] {
            out.extend(part.to_be_bytes());
        }
        out
    }
}

/// A passphrase slot as the file has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PassphraseSlot {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    salt: [u8; 16],
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    nonce: [u8; NONCE],
    #[serde(
        serialize_with = "super::to_text",
        deserialize_with = "super::from_text"
    )]
    sealed: [u8; SEALED],
}

impl PassphraseSlot {
    /// Seals `key` under a passphrase.
    pub(crate) fn make(passphrase: &Passphrase, key: &[u8; 32]) -> Result<Self, RpcError> {
        let (mut salt, mut nonce) = ([0; 16], [0; NONCE]);
        getrandom::fill(&mut salt).map_err(RpcError::bug)?;
        getrandom::fill(&mut nonce).map_err(RpcError::bug)?;
        let wrap = stretch(passphrase, &salt, COST)?;
        let payload = Payload {
            msg: key,
            aad: &COST.bytes(),
        };
        let sealed = XChaCha20Poly1305::new((&*wrap).into())
            .encrypt(&XNonce::from(nonce), payload)
            .ok()
            .and_then(|sealed| sealed.try_into().ok())
            .ok_or_else(|| RpcError::bug("a key could not be sealed"))?;
        Ok(Self {
            memory_kib: COST.memory_kib,
            passes: COST.passes,
            lanes: COST.lanes,
            salt,
            nonce,
            sealed,
        })
    }

    /// Gives the profile's key, or `None` if the passphrase is another or the slot was changed.
    pub(crate) fn open(
        &self,
        passphrase: &Passphrase,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, RpcError> {
        let cost = Cost {
            memory_kib: self.memory_kib,
            passes: self.passes,
            lanes: self.lanes,
        };
        if !cost.is_sane() {
            return Ok(None);
        }
        let wrap = stretch(passphrase, &self.salt, cost)?;
        let payload = Payload {
            msg: &self.sealed,
            aad: &cost.bytes(),
        };
        let opened = XChaCha20Poly1305::new((&*wrap).into())
            .decrypt(&XNonce::from(self.nonce), payload)
            .map(Zeroizing::new);
        let Ok(opened) = opened else {
            return Ok(None);
        };
        let mut key = Zeroizing::new([0; 32]);
        if opened.len() != key.len() {
            return Ok(None);
        }
        key.copy_from_slice(&opened);
        Ok(Some(key))
    }
}

fn stretch(
    passphrase: &Passphrase,
    salt: &[u8; 16],
    cost: Cost,
) -> Result<Zeroizing<[u8; 32]>, RpcError> {
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(RpcError::bug)?;
    let mut out = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.bytes(), salt, &mut *out)
        .map_err(RpcError::bug)?;
    Ok(out)
}
