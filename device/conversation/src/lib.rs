//! One MLS conversation as a value (RFC 9420): the only crate that names OpenMLS.
//!
//! A conversation is loaded from a storage handle, changed, and given back; this room performs no
//! input or output of its own and reads no clock. It believes no credential that `trust` has not
//! checked. The suite is `MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519` (0x004E) and no other.
//! The group context says what a conversation is; it will also pin organisation roots, marking and
//! timers once those exist.

mod commit;
pub mod content;
mod crypto;
mod edit_window;
mod errors;
mod group;
mod homecoming;
mod join;
mod key_package;
mod members;
mod portrait;
mod rules;
mod subject;
mod timer;

pub use commit::{Applied, Change, Changed};
pub use crypto::{Credentialed, Crypto};
pub use edit_window::{EDIT_MAX, EDIT_MIN, EditWindow};
pub use errors::{ApplyError, GroupError, JoinError, OpenError, Void};
pub use group::{Conversation, EpochSecret, FirstAdd, Opened};
pub use homecoming::make_return_package;
pub use join::{Joining, read_welcome};
pub use key_package::{check_key_package, forget_key_package, make_key_package, name_key_package};
pub use members::Member;
/// What a storage handle must offer.
pub use openmls::storage::StorageProvider;
pub use portrait::{PORTRAIT_MAX, Portrait};
pub use rules::{ADMINS_MAX, Adding, GroupRules};
pub use subject::Subject;
pub use timer::{TIMER_MAX, TIMER_MIN, Timer};
