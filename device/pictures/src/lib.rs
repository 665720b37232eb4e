//! Pictures before they are sent: what they tell of place and device is left out, and what they look like from far
//! away is worked out (docs/protocol/pictures.md).
//!
//! Both read bytes of anybody's making, so both happen in a process of its own that can do nothing but read that file
//! and answer ([`worker`]); [`prepare`] starts it and believes nothing of its answer that it has not checked.

mod ask;
mod gif;
mod jpeg;
mod look;
mod png;
mod portrait;
mod reader;
mod recipe;
mod sandbox;
mod webp;
mod worker;

pub use ask::{Prepared, Unprepared, Worker, portrait, prepare};
pub use look::{BLUR_MAX, Look, SIDE_MAX};
pub use portrait::PORTRAIT_MAX;
pub use recipe::{FileView, Piece, Recipe};
pub use worker::{PORTRAIT, worker};

/// Gives up everything that a reader of pictures does not need; for tests of that.
///
/// # Errors
/// In words.
pub fn shut_in() -> Result<(), String> {
    sandbox::enter()
}
