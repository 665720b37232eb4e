//! Labels and bodies. Keys and bytes are left out: a label is where it stands in its chain, and a
//! body is what it says and which sealing of it this is.

/// Number of a device; also its leaf.
pub type DeviceId = u8;
/// Number of a message; stands for the id that every sealing of it carries.
pub type MessageId = u8;
/// A sealing made by an insider, who can derive everybody's keys.
pub const INSIDER: u8 = u8::MAX;

/// Where a cell goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Label {
    /// Place `n` of a leaf's chain.
    Place {
        /// Epoch that the chain belongs to.
        epoch: u8,
        /// Whose chain.
        leaf: DeviceId,
        /// Number within the epoch.
        n: u8,
    },
    /// A commit slot.
    Slot {
        /// Epoch that the commit would end.
        epoch: u8,
        /// Number of the slot.
        s: u8,
    },
}

impl Label {
    /// The epoch whose secret the label comes from.
    #[must_use]
    pub fn epoch(&self) -> u8 {
        match *self {
            Self::Place { epoch, .. } | Self::Slot { epoch, .. } => epoch,
        }
    }
}

/// A fragment of an MLS message, before the outer seal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Payload {
    /// The message.
    pub message: MessageId,
    /// Which MLS sealing of it within the epoch: fragments of two sealings do not fit together.
    pub sealing: u8,
    /// Which fragment.
    pub part: u8,
}

/// Bytes of a cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Body {
    /// A fragment under the outer seal; another nonce makes other bytes.
    Fragment {
        /// What opens.
        payload: Payload,
        /// Which outer seal.
        nonce: u8,
    },
    /// A commit that fits in its head.
    Commit(DeviceId),
    /// Bytes that do not open.
    Junk,
}

/// A put that left a device. The network may lose it, hold it back and repeat it: once sent it can
/// arrive at any later time, any number of times, or never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Put {
    /// Who sent it.
    pub by: DeviceId,
    /// Where it is to stand.
    pub label: Label,
    /// What is to stand there.
    pub body: Body,
}
