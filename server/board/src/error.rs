//! Why a board did not do what it was asked. No message carries a label or a body.

use std::sync::Arc;

use heliograph_wire::LaneId;

/// Why a call failed. After any of these nothing of the call stands, with one exception: after
/// [`BoardError::Storage`] a batch may or may not be on the disk, so the board refuses everything
/// from then on ([`BoardError::Failed`]) until it is opened again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BoardError {
    /// Caller: the board does not serve this lane.
    #[error("lane {} is not served here", lane.0)]
    NoLane {
        /// The lane asked for.
        lane: LaneId,
    },
    /// Caller: one call asks for more than the bound.
    #[error("the call is larger than its bound of {most}")]
    TooMuch {
        /// The bound that was passed, in entries or bytes.
        most: usize,
    },
    /// Caller: the tick does not follow, so it was not announced.
    #[error("the tick was not announced: {0}")]
    Tick(#[from] TickFault),
    /// The disk, or what stores on it: the outcome is unknown until the board is opened again.
    #[error("storage failed: {source}")]
    Storage {
        /// What the storage engine reported.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// An earlier storage failure: nothing is acknowledged any more until the board is opened again.
    #[error("storage failed earlier; the board must be opened again")]
    Failed,
    /// What is on the disk cannot be what this board wrote.
    #[error("stored {what} cannot be read")]
    Corrupt {
        /// Which kind of record.
        what: &'static str,
    },
    /// The directory was written by a version that lays things out differently.
    #[error("the stored board has format {found}, which this version cannot read")]
    OtherFormat {
        /// The format found.
        found: u8,
    },
    /// The committer has stopped; the put may or may not be stored.
    #[error("the committer has stopped")]
    Stopped,
}

/// Why a tick may not follow the head of its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TickFault {
    /// It belongs to another lane.
    #[error("it is of another lane")]
    OtherLane,
    /// Its number is not one more than the head's.
    #[error("its number is not {expected}")]
    NotNext {
        /// The only number that may follow.
        expected: u64,
    },
    /// It does not name the hash of the head.
    #[error("it does not follow the head's hash")]
    OtherPrevious,
    /// It announces nothing, too much, or another count than the items given.
    #[error("its count of items is wrong")]
    Count,
    /// The items are not exactly the longest-waiting cells, in label order.
    #[error("its items are not the oldest pending ones in label order")]
    NotTheOldest,
    /// Its Merkle root is not over its items.
    #[error("its root is not over its items")]
    Root,
}

impl BoardError {
    /// Whether the board can serve nothing any more until it is opened again.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Storage { .. } | Self::Failed | Self::Corrupt { .. }
        )
    }
}
