//! The blind server: it listens, keeps sealed cells on a board, signs ticks and sends feeds.
//!
//! This room joins the wire to a board and adds what only a running server has: keys, sockets, a
//! clock, limits, logs and metrics. It has no user, no inbox, no conversation and no subscription,
//! it keeps no address, and it must never gain one of these. The protocol is in
//! `docs/protocol/wire.md`, how to run it in `docs/operate/run.md`.

mod accept;
mod ahead;
mod clock;
pub mod command;
mod config;
mod data;
mod erasing;
mod error;
mod expiry;
mod files;
mod finding;
mod gathering;
mod keys;
mod lane;
pub mod log;
mod metrics;
mod server;
mod session;
mod signer;
mod stop;
#[cfg_attr(feature = "planted-faults", path = "store_planted.rs")]
mod store;
mod tls;
mod upgrade;

pub use clock::Clock;
pub use config::{COMMENTED, Config, ConfigError, Level, Limits, StoreKind, Tls};
pub use error::StartError;
pub use server::{Running, Server};
pub use store::Fault;
