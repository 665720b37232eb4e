//! A tick: the board's signed statement of what it announced, chained to the one before.

use crate::hash::{TickHash, sha256};
use crate::label::exact;
use crate::{LaneId, Malformed, TICK_ITEMS_MAX};

/// What a board signs about one step of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TickHead {
    /// The lane this chain belongs to.
    pub lane: LaneId,
    /// Dense from 1.
    pub number: u64,
    /// Hash of the tick before; zeros for the first.
    pub previous: TickHash,
    /// Merkle root over the leaves, in label order.
    pub root: [u8; 32],
    /// Hash of the key that issues admission tokens; zeros while there are none.
    pub issuer: [u8; 32],
    /// How many cells the tick announces.
    pub items: u32,
}

/// A tick head with the board's Ed25519 signature. Parsing does not verify: that is the reader's step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignedTick {
    /// The signed statement.
    pub head: TickHead,
    /// Ed25519 over [`TickHead::signing_bytes`].
    pub signature: [u8; 64],
}

/// Bytes of an encoded head.
const HEAD: usize = 4 + 8 + 32 + 32 + 32 + 4;

impl TickHead {
    /// Fixed-size encoding, big endian.
    #[must_use]
    pub fn encode(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        let fields: [&[u8]; 6] = [
            &self.lane.0.to_be_bytes(),
            &self.number.to_be_bytes(),
            &self.previous.0,
            &self.root,
            &self.issuer,
            &self.items.to_be_bytes(),
        ];
        let mut at = 0;
        for field in fields {
            out[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        }
        out
    }

    /// What the board's key signs: a domain prefix and the encoding.
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        [b"heliograph tick v1".as_slice(), &self.encode()].concat()
    }

    /// SHA-256 of the encoding; the next tick names it.
    #[must_use]
    pub fn hash(&self) -> TickHash {
        TickHash(sha256(&[b"heliograph tick hash", &self.encode()]))
    }

    /// What the board's key signs in a heartbeat at `hour`: the same head stands, nothing is newer.
    #[must_use]
    pub fn heartbeat_bytes(&self, hour: u32) -> Vec<u8> {
        [
            b"heliograph heartbeat v1".as_slice(),
            &self.encode(),
            &hour.to_be_bytes(),
        ]
        .concat()
    }
}

impl SignedTick {
    /// Bytes of an encoded signed tick.
    pub const SIZE: usize = HEAD + 64;

    /// Head, then signature.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        out[..HEAD].copy_from_slice(&self.head.encode());
        out[HEAD..].copy_from_slice(&self.signature);
        out
    }

    /// Reads exactly [`SignedTick::SIZE`] bytes.
    ///
    /// # Errors
    /// [`Malformed`] on another length, number 0, or more items than a tick can hold.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes: [u8; Self::SIZE] = exact(bytes, "tick")?;
        let (lane, rest) = bytes.split_at(4);
        let (number, rest) = rest.split_at(8);
        let (previous, rest) = rest.split_at(32);
        let (root, rest) = rest.split_at(32);
        let (issuer, rest) = rest.split_at(32);
        let (items, signature) = rest.split_at(4);
        let head = TickHead {
            lane: LaneId(u32::from_be_bytes(exact(lane, "lane")?)),
            number: u64::from_be_bytes(exact(number, "number")?),
            previous: TickHash(exact(previous, "previous")?),
            root: exact(root, "root")?,
            issuer: exact(issuer, "issuer")?,
            items: u32::from_be_bytes(exact(items, "items")?),
        };
        if head.number == 0 || head.items as usize > TICK_ITEMS_MAX {
            return Err(Malformed::Value("tick"));
        }
        Ok(Self {
            head,
            signature: exact(signature, "signature")?,
        })
    }

    /// Hash of the head.
    #[must_use]
    pub fn hash(&self) -> TickHash {
        self.head.hash()
    }
}
