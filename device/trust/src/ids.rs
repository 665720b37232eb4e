//! Names of people and devices: hashes of their keys.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $domain:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 32]);

        impl $name {
            pub(crate) fn of(key: &[u8; 32]) -> Self {
                let mut hash = Sha256::new();
                hash.update($domain);
                hash.update(key);
                Self(hash.finalize().into())
            }

            /// The 32 bytes.
            #[must_use]
            pub fn bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// An id read back from a database.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = BASE32_NOPAD.encode(&self.0).to_ascii_lowercase();
                write!(f, concat!($prefix, "{}"), text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "…"))
            }
        }
    };
}

id!(
    /// A person: hash of the person key. Printed `p_…`; `Debug` shows no part of it.
    PersonId, "p_", b"heliograph person"
);
id!(
    /// A device: hash of the device key. Printed `d_…`; `Debug` shows no part of it.
    DeviceId, "d_", b"heliograph device"
);

impl DeviceId {
    /// The id of a message that this device made: 16 random bytes of the content, bound to the
    /// device, so that nobody can give a message the id of somebody else's. Source: ADR 0010.
    #[must_use]
    pub fn message_id(&self, nonce: &[u8; 16]) -> [u8; 16] {
        let mut hash = Sha256::new();
        hash.update(b"heliograph message");
        hash.update(self.0);
        hash.update(nonce);
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        id
    }
}
