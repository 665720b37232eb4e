//! Every byte that leaves a machine: cells, labels, ticks and the padded frames that carry them.
//!
//! This room holds no secrets, does no input or output and decides nothing. It knows only what a
//! stranger on the wire may know: a label is 32 bytes, a body has one of two sizes. The rules of
//! the protocol are in `docs/protocol/wire.md`.

mod answer;
mod cell;
mod feed;
mod frame;
mod hash;
mod label;
mod limits;
pub mod link;
pub mod merkle;
mod reader;
mod request;
mod tick;

mod schema {
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        reason = "generated from schema/v1; nobody outside this crate sees these types"
    )]
    include!(concat!(env!("OUT_DIR"), "/heliograph.board.v1.rs"));
}

pub use answer::{Answer, Described, Found, Outcome, Place, Reason};
pub use cell::{Body, Cell, Class, Keep, leaf};
pub use feed::{Feed, Heartbeat, Item, ItemCell, Part, ServerUnit, parts_of_tick};
pub use frame::{FrameError, client_frame, server_frame};
pub use hash::{BodyHash, LeafHash, TickHash};
pub use label::{ClaimId, EraseHash, EraseKey, Label, LaneId, Tag};
pub use limits::*;
pub use reader::{FrameReader, Side};
pub use request::{Erase, Get, Op, Put, Request};
pub use tick::{SignedTick, TickHead};

/// Why bytes from outside were not accepted. The message never repeats the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The protobuf encoding itself is broken.
    #[error("the message is not valid protobuf")]
    Encoding,
    /// A field has another length than its kind demands.
    #[error("field {0} has a wrong length")]
    Length(&'static str),
    /// A field has a value outside its set.
    #[error("field {0} has a value that is not known")]
    Value(&'static str),
    /// A required field or variant is missing.
    #[error("field {0} is missing")]
    Missing(&'static str),
}
