//! Names on the wire that mean nothing to whoever reads them.
//!
//! None of these types has `Debug` or `Display`: a log line cannot carry a label by accident.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Malformed;

/// The one-time name of a cell: 32 bytes that only the members of a conversation can compute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub [u8; 32]);

/// The first eight bytes of a label: what the cells feed shows of a label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 8]);

/// SHA-256 of an erase key; stored beside the cell.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EraseHash(pub [u8; 32]);

/// The preimage that erases a cell.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EraseKey([u8; 32]);

/// Who erased first: a random id that makes repeating an erase harmless.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimId(pub [u8; 16]);

/// Number of an independent tick chain on a board.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LaneId(pub u32);

impl Label {
    /// The eight bytes that the cells feed shows.
    #[must_use]
    pub fn tag(&self) -> Tag {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Tag([a, b, c, d, e, f, g, h])
    }
}

impl EraseKey {
    /// Wraps 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the wire.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of the key.
    #[must_use]
    pub fn hash(&self) -> EraseHash {
        EraseHash(crate::hash::sha256(&[&self.0]))
    }
}

impl PartialEq for EraseKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for EraseKey {}

/// Reads exactly `N` bytes of a field.
pub(crate) fn exact<const N: usize>(
    bytes: &[u8],
    field: &'static str,
) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed::Length(field))
}
