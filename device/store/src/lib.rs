//! The encrypted local database, and the only SQL on the device.
//!
//! It remembers and never acts. [`Store::step`] is one transaction: everything in it is committed
//! together or not at all. States of other crates are opaque bytes here.

mod annotations;
mod asks;
mod blocked;
mod cells;
mod contacts;
mod conversations;
mod epochs;
mod erasable;
mod error;
mod files;
mod fleeting;
mod fleeting_words;
mod keeping;
mod keys;
mod messages;
mod meta;
mod migrate;
mod mls;
mod outbox;
mod receipts;
mod said;
mod search;
mod spaced;
mod stars;
mod step;
mod store;

pub use annotations::AnnotationRow;
pub use asks::AskRow;
pub use blocked::BlockedRow;
pub use cells::{CellOut, ErasureRow};
pub use contacts::{AlarmRow, CardRow, ContactRow};
pub use conversations::{ConversationRow, MemberRow};
pub use error::StoreError;
pub use files::{TRANSFER_DROPPED, TransferMarks, TransferRow};
pub use fleeting::Life;
pub use keeping::{FOREVER, Keep, Kept};
pub use messages::{Fate, MessageRow, Order, Sent};
pub use meta::Position;
pub use mls::MlsStorage;
pub use outbox::OutboxRow;
pub use receipts::ReceiptRow;
pub use search::{Found, Piece, Sought};
pub use step::{Step, View};
pub use store::{STEPS_IN_LOG, Store, StoreKey};

/// Newest form of the database that this program knows.
pub use migrate::NEWEST;
