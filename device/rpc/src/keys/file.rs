//! The key file: read strictly, written whole, refused untouched when it is of another version.

use std::io::Read;
use std::path::{Path, PathBuf};

use heliograph_client::DATABASE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::ring::{self, Answer, KeyringSlot};
use super::slot::PassphraseSlot;
use super::{FILE, VERSION};
use crate::private::write_new;
use crate::socket::no_profile;
use crate::{Passphrase, RpcError};

/// Longer than this and it is not a key file.
const BYTES_MAX: u64 = 64 * 1_024;
/// Each passphrase slot costs a stretch; more than this is not a key file.
const SLOTS_MAX: usize = 16;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    slots: Vec<Value>,
}

/// What a new profile is to be locked with; at least one of the two.
pub struct Locks {
    /// A passphrase.
    pub passphrase: Option<Passphrase>,
    /// The keyring of the session.
    pub keyring: bool,
}

impl From<Passphrase> for Locks {
    fn from(passphrase: Passphrase) -> Self {
        Self {
            passphrase: Some(passphrase),
            keyring: false,
        }
    }
}

/// The slots of a profile.
pub(crate) struct KeyFile {
    slots: Vec<PassphraseSlot>,
    rings: Vec<KeyringSlot>,
    others: usize,
}

fn path(home: &Path) -> PathBuf {
    home.join(FILE)
}

impl KeyFile {
    /// Seals a new profile's key under each lock and writes the file.
    pub(crate) fn create(home: &Path, locks: &Locks, key: &[u8; 32]) -> Result<(), RpcError> {
        let mut slots = Vec::new();
        if let Some(passphrase) = &locks.passphrase {
            slots.push(named("passphrase", PassphraseSlot::make(passphrase, key)?)?);
        }
        let ring = locks.keyring.then(|| KeyringSlot::make(key)).transpose()?;
        if let Some(ring) = &ring {
            slots.push(named("keyring", ring)?);
        }
        let written = Written {
            version: VERSION,
            slots,
        };
        let mut text = serde_json::to_string(&written).map_err(RpcError::bug)?;
        text.push('\n');
        let path = path(home);
        let done = write_new(&path, text.as_bytes()).map_err(|error| RpcError::file(&path, &error));
        if let (Err(_), Some(ring)) = (&done, &ring) {
            // An entry that nothing refers to would only puzzle its owner.
            drop(ring.forget());
        }
        done
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `profile-missing`, `profile-newer`, `keys-damaged`.
    pub(crate) fn read(home: &Path) -> Result<Self, RpcError> {
        let path = path(home);
        let mut bytes = Vec::new();
        match std::fs::File::open(&path) {
            Ok(file) => file
                .take(BYTES_MAX + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| RpcError::file(&path, &error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(if home.join(DATABASE).exists() {
                    missing()
                } else {
                    no_profile(home)
                });
            }
            Err(error) => return Err(RpcError::file(&path, &error)),
        };
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Self, RpcError> {
        let whole: Value = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let version = whole.get("version").and_then(Value::as_u64);
        if version.ok_or_else(damaged)? != u64::from(VERSION) {
            return Err(other_version());
        }
        let written: Written = serde_json::from_value(whole).map_err(|_| damaged())?;
        if written.slots.len() > SLOTS_MAX || bytes.len() as u64 > BYTES_MAX {
            return Err(damaged());
        }
        let (mut slots, mut rings, mut others) = (Vec::new(), Vec::new(), 0);
        for mut slot in written.slots {
            let fields = slot.as_object_mut().ok_or_else(damaged)?;
            match fields.remove("kind").as_ref().and_then(Value::as_str) {
                None => return Err(damaged()),
                Some("passphrase") => {
                    slots.push(serde_json::from_value(slot).map_err(|_| damaged())?);
                }
                Some("keyring") => {
                    rings.push(serde_json::from_value(slot).map_err(|_| damaged())?);
                }
                Some(_) => others += 1,
            }
        }
        Ok(Self {
            slots,
            rings,
            others,
        })
    }

    /// The profile's key from the keyring; `None` if a passphrase is needed.
    ///
    /// # Errors
    /// `keyring-unreachable` or `keyring-entry-gone` if no passphrase could help.
    pub(crate) fn open_by_keyring(&self) -> Result<Option<Zeroizing<[u8; 32]>>, RpcError> {
        let mut refusal = None;
        for ring in &self.rings {
            match ring.open() {
                Answer::Key(key) => return Ok(Some(key)),
                Answer::Gone => refusal = Some(ring::gone()),
                Answer::Unreachable => refusal = Some(ring::unreachable()),
            }
        }
        match refusal {
            Some(refusal) if self.slots.is_empty() => Err(refusal),
            _ => Ok(None),
        }
    }

    /// Takes this profile's entries out of the keyring.
    ///
    /// # Errors
    /// `keyring-unreachable`.
    pub(crate) fn forget(&self) -> Result<(), RpcError> {
        self.rings.iter().try_for_each(KeyringSlot::forget)
    }

    /// The profile's key, by passphrase.
    ///
    /// # Errors
    /// `wrong-passphrase`, `no-usable-slot`.
    pub(crate) fn open(&self, passphrase: &Passphrase) -> Result<Zeroizing<[u8; 32]>, RpcError> {
        if self.slots.is_empty() {
            return Err(unusable(self.others));
        }
        for slot in &self.slots {
            if let Some(key) = slot.open(passphrase)? {
                return Ok(key);
            }
        }
        Err(RpcError::unchanged(
            "wrong-passphrase",
            "The passphrase does not open this profile, or its key file was changed.",
            "Try the passphrase again; if it is right, put back the file `keys` from a copy.",
        ))
    }
}

fn named(kind: &str, slot: impl Serialize) -> Result<Value, RpcError> {
    let mut slot = serde_json::to_value(slot).map_err(RpcError::bug)?;
    slot["kind"] = kind.into();
    Ok(slot)
}

fn missing() -> RpcError {
    RpcError::user(
        "keys-missing",
        "The profile's key file is missing; its database is there.",
        "It was left as it is.",
        "Put back the file `keys` of this home from a copy; without it nobody can open the profile.",
    )
}

fn damaged() -> RpcError {
    RpcError::user(
        "keys-damaged",
        "The profile's key file is damaged or cut off.",
        "It was left as it is, and so was everything else.",
        "Put back the file `keys` of this home from a copy; without it nobody can open the profile.",
    )
}

fn other_version() -> RpcError {
    RpcError::user(
        "profile-newer",
        "The profile's key file was written by another version of Heliograph.",
        "It was left as it is.",
        "Use the program that wrote it, or a newer one.",
    )
}

fn unusable(others: usize) -> RpcError {
    RpcError::user(
        "no-usable-slot",
        format!("None of the profile's {others} key slots is of a kind this version opens."),
        "The key file was left as it is.",
        "Use the program that made them; this version opens passphrase and keyring slots.",
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
