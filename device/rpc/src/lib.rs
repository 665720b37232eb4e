//! The one door to a device: JSON-RPC 2.0 for the command line, the app and bots.
//!
//! A [`Door`] holds an unlocked profile and answers calls inside this process; [`serve`] puts the
//! same door on a Unix socket and [`Remote`] calls it from another process. [`Caller`] is whichever
//! of the two is at hand. Keys are unlocked here ([`keys`]) and handed on as values. What a person
//! can do, a bot can do: there is no other way in. Methods and error kinds: `docs/rpc.md`.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that cannot go on has failed"
    )
)]

mod caller;
mod door;
mod error;
pub mod home;
pub mod keys;
mod line;
mod moment;
mod parameters;
mod passphrase;
mod private;
mod remote;
mod serve;
mod shown;
mod signals;
pub mod socket;
pub mod text;
#[cfg(test)]
mod typescript;
mod wipe;

pub use caller::Caller;
pub use door::{Door, Events, PICTURES, create_profile};
pub use error::{Fault, RpcError};
pub use line::{LINE_MAX, Reading, Splitter};
pub use passphrase::{Passphrase, generate};
pub use private::{write_new, write_replacing};
pub use remote::Remote;
pub use serve::{Served, WebSocket, serve, serve_streams};
pub use signals::interrupted;
pub use wipe::wipe;

/// What a process does that was started as [`PICTURES`]: it reads one picture for another process, and ends.
pub fn read_pictures(task: Option<&std::ffi::OsStr>) -> ! {
    heliograph_client::worker(task.is_some_and(|task| task == heliograph_client::PORTRAIT))
}

/// Version of the interface, said in `rpc.hello`.
pub const VERSION: u32 = 1;
/// Longest text of one message, bytes of UTF-8.
pub const TEXT_MAX: usize = 12_000;
/// Most texts in one `message.send`.
pub const TEXTS_MAX: usize = 64;
