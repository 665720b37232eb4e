//! Unlocking a profile: lock, key slots, database, in this order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heliograph_client::{Device, ProfileKey, ProfileLock, warm_up};

use super::{Door, Inside};
use crate::keys::KeyFile;
use crate::{Passphrase, RpcError};

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
        warm_up();
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
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RpcError> + Send + 'static,
) -> Result<T, RpcError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(RpcError::bug)?
}
