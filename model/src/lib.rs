//! A model of outbox, labels, re-sealing, removal of duplicates and crash, for a checker that tries
//! every order of events. It follows the engine function by function (README.md has the table) and
//! leaves out keys, bytes and time; what it promises is in `promises`.

pub mod board;
pub mod cells;
mod commits;
pub mod device;
pub mod faults;
pub mod outgoing;
pub mod promises;
pub mod scenario;
mod send;
mod settle;
pub mod world;
