//! Real clients and a real server in one process: the bench on which stories are told.
//!
//! Nobody imports this crate. Later it grows the simulated, hostile world; today it holds what
//! end-to-end tests share.

mod killed_reader;
mod mallory;
mod programs;
mod scene;
mod tap;
mod two_faced;

pub use killed_reader::{Toll, kill_while_reading};
pub use mallory::Mallory;
pub use programs::{Board, Cli, Said, introduce};
pub use scene::{Person, Scene, befriend, key};
pub use tap::Tap;
pub use two_faced::{Lies, TwoFaced};
