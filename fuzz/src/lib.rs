//! Doors at which foreign bytes arrive, each as one function that takes bytes and says whether the
//! product accepted them.
//!
//! Beyond "no panic" a door holds what it lets in to a promise: it is within limits, and written
//! again it reads the same. This room keeps no rule of its own and changes nothing in the product;
//! parsers that the product keeps to itself are compiled in from their own files.

#![allow(
    clippy::expect_used,
    reason = "a broken promise is reported by panicking: that is what the fuzzer looks for"
)]

pub mod doors;
#[cfg(feature = "planted")]
mod planted;

// What the files compiled in from `rpc` and `board` ask their crate for.
use heliograph_board::{BoardError, NewCell, Pending, PutOutcome, TickFault};
use heliograph_rpc::RpcError;

#[allow(
    dead_code,
    reason = "the product uses all of it, a door only what reads"
)]
#[path = "../../server/board/src/judge.rs"]
mod judge;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the product uses all of it, a door only what reads"
)]
#[path = "../../server/board/src/span.rs"]
mod span;
