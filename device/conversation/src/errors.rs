//! Why something in a conversation did not happen, by whose fault it was.

use heliograph_trust::ChainVoid;

/// The database or the library failed; not the peer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// A read or write failed.
    #[error("the state of a conversation could not be read or written")]
    Storage,
    /// The library refused what must work.
    #[error("the MLS library refused: {0}")]
    Library(String),
    /// A member's stored certificates do not check.
    #[error("a member's certificates do not check: {0}")]
    Member(#[from] ChainVoid),
    /// A commit of one's own is pending.
    #[error("a commit of this device is pending")]
    Pending,
    /// Who is in a conversation of two cannot change.
    #[error("a conversation between two people stays between them")]
    Direct,
    /// This person may not make this change, or the group would be left without an admin.
    #[error("only an admin may change this")]
    Role,
    /// A key package of somebody else cannot be used.
    #[error("a key package cannot be used: {0}")]
    KeyPackage(Void),
}

/// Public reasons for which every honest member refuses the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Void {
    /// Not an MLS message of this version.
    #[error("not an MLS message")]
    Encoding,
    /// Sent in the clear, by an outsider, or of the wrong kind.
    #[error("of a kind that is refused here")]
    Kind,
    /// Another suite.
    #[error("of another cipher suite")]
    Suite,
    /// A proposal that is refused (by reference, PSK, ReInit, external).
    #[error("carries a proposal that is refused here")]
    Proposal,
    /// A group whose context is not the one every group here has.
    #[error("a group of other rules")]
    Rules,
    /// A change that only an admin may make.
    #[error("a change that only an admin may make")]
    Role,
    /// A leaf whose certificates do not check.
    #[error("a leaf's certificates do not check: {0}")]
    Leaf(ChainVoid),
    /// A leaf that changed its person or device.
    #[error("a leaf changed its person or device")]
    Swapped,
    /// MLS itself refuses it.
    #[error("invalid: {0}")]
    Invalid(String),
}

/// Why a commit was not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Refused by everyone alike: roll back, evict, look at the next slot.
    #[error("the commit is void: {0}")]
    Void(#[from] Void),
    /// Only this device cannot follow (private keys): stop, and ask for rescue.
    #[error("this device cannot follow a commit: {0}")]
    Stuck(String),
    /// Not the peer's fault.
    #[error(transparent)]
    Group(#[from] GroupError),
}

/// Why a Welcome was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The Welcome, or somebody in the group, is not acceptable.
    #[error("the invitation is void: {0}")]
    Void(#[from] Void),
    /// It is for a key package this device does not hold (any more).
    #[error("the invitation is not for this device")]
    NotForUs,
    /// Not the peer's fault.
    #[error(transparent)]
    Group(#[from] GroupError),
}

/// Why a message was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The bytes are not an acceptable message of this epoch.
    #[error("the message is void: {0}")]
    Void(#[from] Void),
    /// Not the peer's fault.
    #[error(transparent)]
    Group(#[from] GroupError),
}

impl GroupError {
    pub(crate) fn library(error: impl std::fmt::Display) -> Self {
        Self::Library(error.to_string())
    }
}
