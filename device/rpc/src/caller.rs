//! Whichever door is at hand: the one of a process that holds the profile, or one's own.

use std::path::Path;
use std::time::Duration;

use heliograph_client::ProfileLock;
use serde_json::Value;
use tokio::time::Instant;

use crate::keys::KeyFile;
use crate::{Door, Events, Passphrase, Remote, RpcError, socket};

/// How long a busy profile is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const KNOCK: Duration = Duration::from_millis(50);

/// A way to call methods on a profile.
pub enum Caller {
    /// The profile is open in this process.
    Here(Door),
    /// Another process holds it and answers.
    There(Remote),
}

impl Caller {
    /// Opens the profile here if nobody holds it, else connects to the holder's socket; waits five
    /// seconds for one or the other. `unlock` is asked only if the profile is opened here.
    ///
    /// # Errors
    /// `profile-missing`, `profile-busy` naming the holder, `wrong-passphrase` and the like.
    pub async fn open(
        home: &Path,
        unlock: impl FnOnce() -> Result<Passphrase, RpcError>,
    ) -> Result<Self, RpcError> {
        let slots = KeyFile::read(home)?;
        let socket = socket::path(home)?;
        let until = Instant::now() + PATIENCE;
        loop {
            let busy = match ProfileLock::take(home, Duration::ZERO) {
                Ok(lock) => {
                    let door = Door::open_locked(home, lock, slots, unlock);
                    return Ok(Self::Here(Box::pin(door).await?));
                }
                Err(refusal) if refusal.kind == "profile-busy" => refusal,
                Err(refusal) => return Err(refusal.into()),
            };
            match Remote::connect(&socket).await {
                Ok(remote) => return Ok(Self::There(remote)),
                Err(refusal) if refusal.kind != "holder-gone" => return Err(refusal),
                Err(_) if Instant::now() >= until => return Err(busy.into()),
                Err(_) => tokio::time::sleep(KNOCK).await,
            }
        }
    }

    /// Calls a method; see `docs/rpc.md`.
    ///
    /// # Errors
    /// The method's refusal, or `holder-gone`.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        match self {
            Self::Here(door) => Box::pin(door.call(method, params)).await,
            Self::There(remote) => Box::pin(remote.call(method, params)).await,
        }
    }

    /// Hints about changes, from now on.
    ///
    /// # Errors
    /// `holder-gone`.
    pub async fn events(&self) -> Result<Events, RpcError> {
        match self {
            Self::Here(door) => Ok(door.events()),
            Self::There(remote) => remote.events().await,
        }
    }

    /// Whether the profile is open in this process.
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }

    /// Closes the profile if it is open here.
    pub async fn close(self) {
        if let Self::Here(door) = self {
            door.close().await;
        }
    }
}
