//! The rules of delivery: labels, sealing, fragments, commit slots, the tick chain, cards.
//!
//! Pure: bytes, keys, randomness and time are arguments. This room cannot name a person or a group,
//! so it cannot link a label to one. The rules are in `docs/protocol/delivery.md`.

mod ask;
mod card;
mod chain;
mod epoch;
mod erase;
mod file;
mod fragment;
mod invitation;
mod outgoing;
mod parcel;
mod rescue;
mod seal;
mod secret;
mod slots;
mod tick_chain;
#[cfg(test)]
mod vectors;
mod watch;

pub use ask::Ask;
pub use card::{Bundle, Card, CardFault, HELLO_SLOTS, PACKAGES_MAX, day_of, week_of};
pub use chain::{Place, READ_AHEAD, ReaderChain, SenderChain};
pub use epoch::{EpochKeys, enter};
pub use erase::{DeviceEraseSecret, never};
pub use file::{FileChunks, chunk_hash, file_hash};
pub use fragment::{FRAGMENTS_MAX, Joiner, MESSAGE_MAX, split};
pub use invitation::Invitation;
pub use outgoing::{Outgoing, Seen};
pub use parcel::{Bodies, Head, PARCEL_MAX, Parcel, SealedCell, pack};
pub use rescue::{RESCUE_SLOTS, Rescue};
pub use seal::{LARGE_PAYLOAD, SMALL_PAYLOAD, open, seal};
pub use secret::{SealKey, Unreadable};
pub use slots::{SLOTS, Slots};
pub use tick_chain::{ChainFault, Compared, TickChain};
pub use watch::WatchSet;
