//! The board's Ed25519 key: it signs ticks and heartbeats, and nothing else can be signed with it.

use ed25519_dalek::{Signer as _, SigningKey};
use heliograph_wire::{Heartbeat, SignedTick, TickHead};
use zeroize::Zeroizing;

use crate::StartError;

/// The board's signing key. No `Debug`; wipes itself.
pub(crate) struct Signer(SigningKey);

impl Signer {
    /// A new key and the seed to keep.
    pub(crate) fn generate() -> Result<Zeroizing<[u8; 32]>, StartError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|_| StartError::Randomness)?;
        Ok(seed)
    }

    /// The key of a seed.
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half, for the board link.
    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs a tick.
    pub(crate) fn tick(&self, head: TickHead) -> SignedTick {
        let signature = self.0.sign(&head.signing_bytes()).to_bytes();
        SignedTick { head, signature }
    }

    /// Signs "nothing newer than this tick".
    pub(crate) fn heartbeat(&self, tick: SignedTick, hour: u32) -> Heartbeat {
        let signature = self.0.sign(&tick.head.heartbeat_bytes(hour)).to_bytes();
        Heartbeat {
            tick,
            hour,
            signature,
        }
    }
}
