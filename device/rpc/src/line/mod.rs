//! JSON-RPC 2.0, one object a line: bytes in, judged lines out. No sockets here.

mod message;
mod splitter;

pub(crate) use message::{Incoming, answer, event, judge, refusal};
pub use splitter::{Reading, Splitter};

/// Longest line in either direction, its end not counted: 256 KiB.
pub const LINE_MAX: usize = 256 * 1_024;
