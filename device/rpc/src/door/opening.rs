//! Making and unlocking a profile: lock, key slots, database, in this order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heliograph_client::{Device, ProfileKey, ProfileLock, Refusal};
use zeroize::Zeroizing;

use super::{Door, Inside, already_there};
use crate::keys::{self, KeyFile, Locks};
use crate::{Passphrase, RpcError, home};

/// How often a busy lock is tried again.
const KNOCK: Duration = Duration::from_millis(50);

impl Door {
    /// Takes the profile's lock, trying for `patience`, and opens the profile in this process.
    /// `unlock` is asked for the passphrase only once the lock is held.
    ///
    /// # Errors
    /// `profile-missing`, `profile-busy`, `wrong-passphrase`, `profile-newer` and the like.
    pub async fn open(
        home: &Path,
        patience: Duration,
        unlock: impl FnOnce() -> Result<Passphrase, RpcError>,
    ) -> Result<Self, RpcError> {
        // Said before the lock is made: a home without a profile is left without a trace.
        let slots = KeyFile::read(home)?;
        let until = tokio::time::Instant::now() + patience;
        let lock = loop {
            match ProfileLock::take(home, Duration::ZERO) {
                Err(busy) if busy.kind == "profile-busy" => {
                    if tokio::time::Instant::now() >= until {
                        return Err(busy.into());
                    }
                    tokio::time::sleep(KNOCK).await;
                }
                other => break other?,
            }
        };
        Self::open_locked(home, lock, slots, unlock).await
    }

    pub(crate) async fn open_locked(
        home: &Path,
        lock: ProfileLock,
        slots: KeyFile,
        unlock: impl FnOnce() -> Result<Passphrase, RpcError>,
    ) -> Result<Self, RpcError> {
        let (slots, found) = blocking(move || {
            let found = slots.open_by_keyring()?;
            Ok((slots, found))
        })
        .await?;
        let key = match found {
            Some(key) => key,
            None => {
                let passphrase = unlock()?;
                blocking(move || slots.open(&passphrase)).await?
            }
        };
        let device = Device::open(home, &ProfileKey::new(key)).await?;
        Ok(Self {
            inside: Arc::new(Inside {
                device,
                _lock: lock,
            }),
        })
    }
}

/// The stretch of a passphrase takes a while; other work goes on meanwhile.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
) -> Result<T, RpcError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(RpcError::bug)?
}

/// Makes a profile: a home of mode 0700, key slots, an encrypted database. Needs no network. A run
/// that was cut short is completed by the same call with the same locks; a profile that is there is
/// never touched.
///
/// # Errors
/// `profile-exists`, `bad-name`, `bad-board-link`, `keyring-unreachable`, and files the system does
/// not give.
pub async fn create_profile(
    home: &Path,
    name: &str,
    board: &str,
    locks: impl Into<Locks>,
) -> Result<(), RpcError> {
    home::make(home)?;
    let _lock = ProfileLock::take(home, Duration::ZERO)?;
    let (begun, place, locks) = (keys::exists(home), home.to_owned(), locks.into());
    // The database says below whether a profile that was begun is whole.
    let key = blocking(move || {
        if begun {
            begun_key(&place, &locks)
        } else {
            new_key(&place, &locks)
        }
    })
    .await?;
    let made = Device::create(home, &ProfileKey::new(key), name, board).await;
    // A name or link that cannot be used leaves nothing behind. After anything else a database may
    // be there, and its key must stay.
    let harmless = |refusal: &Refusal| ["bad-name", "bad-board-link"].contains(&refusal.kind);
    if !begun && made.as_ref().is_err_and(harmless) {
        let place = home.to_owned();
        blocking(move || forget_keys(&place)).await?;
    }
    made.map_err(|refusal| match refusal.kind {
        "profile-exists" => already_there(),
        _ => refusal.into(),
    })
}

fn new_key(home: &Path, locks: &Locks) -> Result<Zeroizing<[u8; 32]>, RpcError> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *key).map_err(RpcError::bug)?;
    KeyFile::create(home, locks, &key)?;
    Ok(key)
}

fn begun_key(home: &Path, locks: &Locks) -> Result<Zeroizing<[u8; 32]>, RpcError> {
    let slots = KeyFile::read(home)?;
    if let Some(key) = slots.open_by_keyring()? {
        return Ok(key);
    }
    let Some(passphrase) = &locks.passphrase else {
        return Err(already_there_or_begun());
    };
    slots.open(passphrase).map_err(|refusal| {
        if refusal.kind == "wrong-passphrase" {
            already_there_or_begun()
        } else {
            refusal
        }
    })
}

fn forget_keys(home: &Path) -> Result<(), RpcError> {
    KeyFile::read(home)?.forget()?;
    let keys = home.join(keys::FILE);
    std::fs::remove_file(&keys).map_err(|error| RpcError::file(&keys, &error))
}

fn already_there_or_begun() -> RpcError {
    RpcError {
        happened: "There is a profile in this home already, under another passphrase or key."
            .to_owned(),
        ..already_there()
    }
}
