//! Who may erase a cell (docs/protocol/delivery.md, Labels and sealing; Keeping nothing).

use heliograph_wire::{EraseHash, EraseKey, Label};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::secret::{SealKey, hmac};

/// A secret of one device; gives the erase key of every cell it puts.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DeviceEraseSecret([u8; 32]);

impl DeviceEraseSecret {
    /// Wraps 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// `HMAC(secret, label)`.
    #[must_use]
    pub fn key(&self, label: &Label) -> EraseKey {
        EraseKey::new(hmac(&self.0, &[&label.0]))
    }

    /// What is stored beside the cell.
    #[must_use]
    pub fn hash(&self, label: &Label) -> EraseHash {
        self.key(label).hash()
    }
}

/// The erase-hash of a commit cell or of a body of one: `HMAC(key of its seal, "never")`. It looks
/// like any other, and nobody knows a preimage, so nobody can erase the commit that removes them.
/// A slot whose cells carry another hash, or are kept for less than a fortnight, is void.
#[must_use]
pub fn never(slot_key: &SealKey) -> EraseHash {
    EraseHash(hmac(&slot_key.0, &[b"never"]))
}
