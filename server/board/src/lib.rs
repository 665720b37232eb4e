//! The blind board's memory: which cells exist, in which order they came, and what every tick
//! announced.
//!
//! The contract is [`Board`]: batches in, outcomes out, durable when the call returns. Two back
//! ends keep it, [`memory`] for tests and [`fjall`] for a real server, and both are held to it by
//! the same suite (module `conformance`, behind the feature of that name). [`Committer`] turns many
//! single puts into few batches.
//!
//! This room knows labels, sealed bytes and days. It knows no person, no connection, no address and
//! no clock: hours and days are arguments. It signs nothing and announces nothing by itself; that is
//! the daemon's work.

mod bounds;
mod committer;
#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod error;
pub mod fjall;
mod judge;
pub mod memory;
#[cfg(feature = "planted-faults")]
pub mod planted;
mod span;

pub use bounds::{BATCH_MAX, BODY_BYTES_MAX, PENDING_MAX};
pub use committer::{CommitLimits, Committer};
pub use contract::{
    Board, EraseOrder, EraseOutcome, Expired, Lookup, NewCell, Pending, PutOutcome, TickRecord,
};
pub use error::{BoardError, TickFault};
pub use span::Span;
