//! Who somebody is: certificates of people and devices, and the only maker of [`Verified`].
//!
//! Today people are self-declared: a person's certificate is signed by the person's own key and
//! vouches for their devices. Organisations that attest people will add a level here; nothing else
//! in the device will have to learn how a chain is checked. This room does no input or output and
//! reads no clock.

mod certificate;
mod chain;
mod der;
mod ids;
mod keys;
mod name;
mod safety;
mod verified;

pub use certificate::{IssueError, issue_device, issue_person};
pub use chain::{
    CertificateChain, ChainVoid, Identity, KnownChains, Level, identify_chain, verify_chain,
};
pub use ids::{DeviceId, PersonId};
pub use keys::{DeviceSecret, PersonSecret, SignatureVoid, verify_signature};
pub use name::{DESCRIPTION_MAX, Description, DisplayName, NameError, is_hidden};
pub use safety::safety_number;
pub use verified::Verified;
