//! Key slots: several locks on one profile key.
//!
//! The file `keys` in the home is JSON, version first: `{"version":1,"slots":[…]}`. Each slot holds
//! the 32-byte key of the database, sealed under something a person has: a passphrase, or a key in the
//! operating system's keyring. A slot of any other kind is kept as it is and never opened.

mod file;
mod ring;
mod slot;

pub(crate) use file::KeyFile;
pub use file::Locks;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Name of the key file inside the home.
pub const FILE: &str = "keys";
/// Version of the key file that this program writes and reads.
pub const VERSION: u32 = 1;
const NONCE: usize = 24;
const SEALED: usize = 32 + 16;

fn to_text<S: Serializer, const N: usize>(bytes: &[u8; N], out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&BASE32_NOPAD.encode(bytes).to_ascii_lowercase())
}

fn from_text<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(from)?;
    BASE32_NOPAD
        .decode(text.to_ascii_uppercase().as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| D::Error::custom("bytes of another length"))
}
