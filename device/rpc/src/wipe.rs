//! Destroying a profile: its keys first, so that an interruption leaves nothing that can be read.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use heliograph_client::ProfileLock;
use zeroize::Zeroizing;

use crate::door::UNFINISHED;
use crate::keys::KeyFile;
use crate::private::sync_directory;
use crate::{RpcError, keys};

/// What belongs to a profile besides its drafts, in the order in which it goes.
const FILES: [&str; 7] = [
    keys::FILE,
    "profile.keys",
    "profile.db",
    "profile.db-wal",
    "profile.db-shm",
    crate::serve::WEBSOCKET,
    "lock",
];

/// Destroys the profile in `home`. Its key file is overwritten and removed durably before anything
/// else is touched; the database is noise without it. Files that are not a profile's stay.
///
/// # Errors
/// `profile-missing`; `profile-busy` while a process holds it; `file-unusable`.
pub fn wipe(home: &Path) -> Result<(), RpcError> {
    let there = FILES[..5].iter().any(|name| home.join(name).exists());
    if !there {
        return Err(RpcError::unchanged(
            "profile-missing",
            "There is no profile in this home.",
            "Name the right one with --home DIR.",
        ));
    }
    let _lock = ProfileLock::take(home, Duration::ZERO)?;
    // The file goes whatever the keyring says: what stays there opens nothing without it.
    let slots = KeyFile::read(home);
    overwrite(&home.join(keys::FILE))?;
    overwrite(&home.join("profile.keys"))?;
    for name in FILES {
        remove(&home.join(name))?;
        if name == keys::FILE {
            sync_directory(home).map_err(|error| RpcError::file(home, &error))?;
            if let Ok(slots) = &slots {
                drop(slots.forget());
            }
        }
    }
    let unfinished = home.join(UNFINISHED);
    match std::fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(RpcError::file(&unfinished, &error));
        }
        _ => {}
    }
    for draft in drafts(home)? {
        remove(&draft)?;
    }
    sync_directory(home).map_err(|error| RpcError::file(home, &error))?;
    match std::fs::remove_dir(home) {
        // Something else is kept there, or it is a mount point: not ours to remove.
        Ok(()) | Err(_) => Ok(()),
    }
}

fn overwrite(path: &Path) -> Result<(), RpcError> {
    let over = || -> io::Result<()> {
        let mut file = match OpenOptions::new().write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        let mut noise = Zeroizing::new(vec![0; length]);
        getrandom::fill(&mut noise).map_err(io::Error::other)?;
        file.write_all(&noise)?;
        File::sync_all(&file)
    };
    over().map_err(|error| RpcError::file(path, &error))
}

fn remove(path: &Path) -> Result<(), RpcError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RpcError::file(path, &error)),
        _ => Ok(()),
    }
}

fn drafts(home: &Path) -> Result<Vec<std::path::PathBuf>, RpcError> {
    let entries = std::fs::read_dir(home).map_err(|error| RpcError::file(home, &error))?;
    let is_draft = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("draft-") && name.ends_with(".txt"))
    };
    Ok(entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_draft(path))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_profile_stays_and_nothing_else_goes() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        std::fs::create_dir(&home).unwrap();
        assert_eq!(wipe(&home).unwrap_err().kind, "profile-missing");
        for name in [
            "keys",
            "profile.db",
            "profile.db-wal",
            "profile.keys",
            "draft-1.txt",
            "holiday.jpg",
        ] {
            std::fs::write(home.join(name), "x").unwrap();
        }
        wipe(&home).unwrap();
        let left: Vec<_> = std::fs::read_dir(&home)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["holiday.jpg"]);
    }

    #[test]
    fn the_keys_are_overwritten_before_they_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        std::fs::write(&keys, [7; 400]).unwrap();
        // A second name of the same file shows what became of its bytes.
        let also = dir.path().join("also");
        std::fs::hard_link(&keys, &also).unwrap();
        wipe(dir.path()).unwrap();
        let bytes = std::fs::read(&also).unwrap();
        assert_eq!(bytes.len(), 400);
        assert!(bytes.windows(8).all(|window| window != [7; 8]));
    }

    #[test]
    fn a_profile_in_use_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("keys"), "x").unwrap();
        let lock = ProfileLock::take(dir.path(), Duration::ZERO).unwrap();
        assert_eq!(wipe(dir.path()).unwrap_err().kind, "profile-busy");
        drop(lock);
        assert!(dir.path().join("keys").exists());
    }
}
