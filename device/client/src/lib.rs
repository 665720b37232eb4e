//! The engine of a device: load → change → commit once → transmit.
//!
//! [`engine::Engine`] is the whole device as a value: time, randomness and the board's words are
//! passed in, requests and events come out, so a simulator can run it. [`Device`] is the same with
//! a thread, a clock and a TLS connection around it. This crate does not know its callers.

mod about_messages;
mod api;
mod changed;
mod device;
mod device_groups;
pub mod engine;
mod files;
mod ids;
mod keeping;
mod link;
mod lock;
mod refusal;
mod runner;
mod search;
mod stars;
mod timer;

pub use api::{
    Added, Alarm, AskInfo, BlockedInfo, CardMade, ContactInfo, ContactState, ConversationInfo,
    EpochInfo, GroupChange, GroupMember, LinkState, MemberInfo, MentionInfo, MessageInfo,
    MessageState, Page, PreviewInfo, QuoteInfo, ReactionInfo, RequestInfo, SafetyInfo, Status,
    Synced, VersionInfo,
};
pub use changed::{Changed, Event};
pub use device::{Device, ProfileKey};
pub use files::{FileInfo, FileMeasured, FileWords, TransferInfo, VoiceInfo};
pub use heliograph_pictures::{Look, PORTRAIT, Worker, worker};
pub use ids::{ConversationId, MessageId, NotAnId};
pub use keeping::{ATTACHMENTS_MAX, Draft, DraftInfo, FOREVER, KeepAsked, KeptInfo};
pub use link::{dial, warm_up};
pub use lock::ProfileLock;
pub use refusal::{Fault, Refusal};
pub use search::{FoundInfo, Piece, Search};
pub use timer::TimerInfo;

/// Name of the database inside a profile's home.
pub const DATABASE: &str = "profile.db";
