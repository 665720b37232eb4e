//! Real clients and a real server in one process: the bench on which stories are told.
//!
//! Nobody imports this crate. Later it grows the simulated, hostile world; today it holds what
//! end-to-end tests share.

mod crew;
mod daemon;
mod fault;
mod killed_reader;
mod mallory;
mod meeting;
mod programs;
mod rewriting;
mod scene;
mod tap;
mod thief;
mod two_faced;
mod vandals;

pub use crew::{Happened, dice, history};
pub use daemon::Daemon;
pub use fault::sync_fault;
pub use killed_reader::{Toll, kill_while_reading};
pub use mallory::{Mallory, put_parcel};
pub use meeting::{
    accept, alarms, brought, card, changes, link, on_disk, state, texts, two_in_a_group,
};
pub use programs::{Board, Cli, Said, introduce};
pub use rewriting::{Trio, rewritten};
pub use scene::{Person, Scene, befriend, key};
pub use tap::Tap;
pub use thief::{
    Canaries, Healing, Hoard, KeysInImage, Loot, Pages, Plan, Stolen, Told, VICTIM, listen,
    raw_image, tell,
};
pub use two_faced::{Epochs, Lies, Malice, Mischief, Overheard, TwoFaced};
pub use vandals::harmed;

/// How often a story is repeated: `usually`, or as often as `HELIOGRAPH_ROUNDS` says in a long run.
#[must_use]
pub fn rounds(usually: u32) -> u32 {
    let asked = std::env::var("HELIOGRAPH_ROUNDS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(usually)
}
