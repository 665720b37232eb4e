//! Making a profile: it is built aside and moved into its place, so that it is there whole or not.
//!
//! Until it is a profile everything is in `unfinished/`, inside the home. Then the key file is moved,
//! and last the database. Both are only ever together in that directory or out of it, unless a run
//! was cut short between the two; [`Site::halfway`] knows that case, and nothing else is removed
//! (docs/protocol/store.md, Made whole or not at all).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use heliograph_client::{DATABASE, Device, ProfileKey, ProfileLock};
use zeroize::Zeroizing;

use super::opening::blocking;
use crate::keys::{self, KeyFile, Locks};
use crate::private::{make_directory, sync_directory};
use crate::{RpcError, home};

/// Directory inside the home in which a profile is built.
pub(crate) const UNFINISHED: &str = "unfinished";

/// Makes a profile: a home of mode 0700, key slots, an encrypted database.
/// Needs no network. What a run that was cut short has left is cleared away first; a profile that
/// is there is never touched, and then nothing is asked.
///
/// # Errors
/// `profile-exists`, `bad-name`, `bad-board-link`, `keyring-unreachable`, `disk-full`, and files the
/// system does not give.
pub async fn create_profile<L: Into<Locks>>(
    home: &Path,
    name: &str,
    board: &str,
    locks: impl FnOnce() -> Result<L, RpcError>,
) -> Result<(), RpcError> {
    let site = Site {
        home: home.to_owned(),
        aside: home.join(UNFINISHED),
    };
    // Looked at again under the lock; this saves a person from choosing a passphrase in vain.
    site.refuse_what_is_there()?;
    let locks = locks()?.into();
    home::make(home)?;
    let _lock = ProfileLock::take(home, Duration::ZERO)?;
    site.refuse_what_is_there()?;
    site.clear()?;
    let built = Box::pin(site.build(name, board, locks)).await;
    let moved = built.and_then(|()| site.move_in());
    if moved.is_err() {
        // What cannot be cleared away now is cleared away by the next run.
        drop(site.clear());
    }
    moved
}

/// A home that gets a profile.
struct Site {
    home: PathBuf,
    aside: PathBuf,
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn missing_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl Site {
    /// Whether a run was cut short between the two moves: the key file is in its place and the
    /// database is not, for it still lies aside, alone.
    fn halfway(&self) -> bool {
        let (keys, database) = (Path::new(keys::FILE), Path::new(DATABASE));
        is_there(&self.home.join(keys))
            && !is_there(&self.home.join(database))
            && is_there(&self.aside.join(database))
            && !is_there(&self.aside.join(keys))
    }

    fn refuse_what_is_there(&self) -> Result<(), RpcError> {
        let found = [keys::FILE, DATABASE].map(|name| is_there(&self.home.join(name)));
        if found == [true, true] {
            // A run that was killed at its very end leaves the directory, empty.
            drop(std::fs::remove_dir(&self.aside));
        }
        let (happened, todo) = match found {
            [false, false] => return Ok(()),
            [true, true] => (
                "There is a profile in this home already.",
                "Use it, or make a profile in another home with `heliograph --home DIR init`.",
            ),
            [true, false] if self.halfway() => return Ok(()),
            [true, false] => (
                "There is a key file in this home already, without its database.",
                "Put back the file `profile.db` from a copy, or make a profile in another home.",
            ),
            [false, true] => (
                "There is a database in this home already, without its key file.",
                "Put back the file `keys` from a copy, or make a profile in another home.",
            ),
        };
        let kept = "It was left as it is.";
        Err(RpcError::user("profile-exists", happened, kept, todo))
    }

    /// Removes what is not a profile yet.
    fn clear(&self) -> Result<(), RpcError> {
        let keys = self.home.join(keys::FILE);
        for place in [&self.aside, &self.home] {
            // An entry that stays in the keyring opens nothing without its file.
            if (place == &self.aside || self.halfway())
                && let Ok(slots) = KeyFile::read(place)
            {
                drop(slots.forget());
            }
        }
        if self.halfway() {
            std::fs::remove_file(&keys)
                .and_then(|()| sync_directory(&self.home))
                .map_err(|error| RpcError::file(&keys, &error))?;
        }
        missing_is_fine(std::fs::remove_dir_all(&self.aside))
            .map_err(|error| RpcError::file(&self.aside, &error))
    }

    async fn build(&self, name: &str, board: &str, locks: Locks) -> Result<(), RpcError> {
        make_directory(&self.aside).map_err(|error| RpcError::file(&self.aside, &error))?;
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(RpcError::bug)?;
        Device::create(&self.aside, &ProfileKey::new(key.clone()), name, board).await?;
        let aside = self.aside.clone();
        blocking(move || KeyFile::create(&aside, &locks, &key)).await
    }

    /// From here on it is a profile. Each move is durable before the next thing is done.
    fn move_in(&self) -> Result<(), RpcError> {
        for name in [keys::FILE, DATABASE] {
            std::fs::rename(self.aside.join(name), self.home.join(name))
                .and_then(|()| sync_directory(&self.home))
                .map_err(|error| RpcError::file(&self.home.join(name), &error))?;
        }
        // The profile is whole; an empty directory beside it is no reason to refuse.
        drop(std::fs::remove_dir(&self.aside));
        Ok(())
    }
}
