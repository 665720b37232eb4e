//! A cell: a sealed body of one of two sizes under a one-time label.

use bytes::Bytes;

use crate::hash::{BodyHash, LeafHash, sha256};
use crate::{EraseHash, LARGE_BODY, Label, Malformed, SMALL_BODY};

/// The two sizes a body can have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// 2,048 bytes.
    Small,
    /// 65,536 bytes.
    Large,
}

/// How long a board keeps a cell that nobody erases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Keep {
    /// One day.
    Day,
    /// Fourteen days.
    Fortnight,
    /// For good; will need a registrar's or publisher's token.
    Permanent,
}

/// Sealed bytes of exactly one class's size. Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Body(Bytes);

/// Everything a board stores under a label.
#[derive(Clone, PartialEq, Eq)]
pub struct Cell {
    /// The one-time name.
    pub label: Label,
    /// How long it is kept.
    pub keep: Keep,
    /// Hash of the key that may erase it.
    pub erase_hash: EraseHash,
    /// The sealed bytes.
    pub body: Body,
}

impl Class {
    /// Bytes of a body of this class.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Small => SMALL_BODY,
            Self::Large => LARGE_BODY,
        }
    }
}

impl Keep {
    /// The number on the wire and on disk.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Day => 1,
            Self::Fortnight => 2,
            Self::Permanent => 3,
        }
    }

    /// Reads the number; anything but 1, 2 or 3 is refused.
    pub fn from_code(code: u32) -> Result<Self, Malformed> {
        match code {
            1 => Ok(Self::Day),
            2 => Ok(Self::Fortnight),
            3 => Ok(Self::Permanent),
            _ => Err(Malformed::Value("keep")),
        }
    }

    /// Days until a cell stored on `today` (days since 1970) expires; `u32::MAX` is never.
    #[must_use]
    pub fn expiry_day(self, today: u32) -> u32 {
        match self {
            Self::Day => today.saturating_add(2),
            Self::Fortnight => today.saturating_add(15),
            Self::Permanent => u32::MAX,
        }
    }
}

impl Body {
    /// Accepts bytes of exactly 2,048 or 65,536.
    pub fn new(bytes: Bytes) -> Result<Self, Malformed> {
        match bytes.len() {
            SMALL_BODY | LARGE_BODY => Ok(Self(bytes)),
            _ => Err(Malformed::Length("body")),
        }
    }

    /// Which of the two sizes this is.
    #[must_use]
    pub fn class(&self) -> Class {
        if self.0.len() == SMALL_BODY {
            Class::Small
        } else {
            Class::Large
        }
    }

    /// The sealed bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// BLAKE3 of the bytes.
    #[must_use]
    pub fn hash(&self) -> BodyHash {
        BodyHash(blake3::hash(&self.0).into())
    }
}

impl Cell {
    /// The leaf that stands for this cell in a tick's Merkle tree.
    #[must_use]
    pub fn leaf(&self) -> LeafHash {
        leaf(&self.label, self.keep, &self.erase_hash, &self.body.hash())
    }
}

/// `SHA-256("heliograph leaf" ‖ label ‖ keep ‖ erase-hash ‖ BLAKE3(body))`.
#[must_use]
pub fn leaf(label: &Label, keep: Keep, erase_hash: &EraseHash, body: &BodyHash) -> LeafHash {
    LeafHash(sha256(&[
        b"heliograph leaf",
        &label.0,
        &[keep.code()],
        &erase_hash.0,
        &body.0,
    ]))
}
