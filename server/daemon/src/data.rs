//! The data directory: who may use it, and files in it that are written whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, set_permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::StartError;

/// A data directory that no other server uses while this value lives.
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Wraps an I/O error with what was tried on which path.
pub(crate) fn failed<'a>(
    what: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> StartError + 'a {
    move |source| StartError::File {
        what,
        path: path.to_owned(),
        source,
    }
}

impl DataDir {
    /// Makes the directory if need be, closes it to others and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self, StartError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed("create the data directory", path))?;
        set_permissions(path, Permissions::from_mode(0o700))
            .map_err(failed("close to others the data directory", path))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StartError::InUse(path.to_owned())),
            Err(error) => Err(failed("lock", &lock_path)(error.into())),
        }
    }

    /// A path inside.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether something of this name exists.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.join(name).symlink_metadata().is_ok()
    }

    /// Writes a new secret file: whole and on the disk, or not there.
    pub(crate) fn write_secret(&self, name: &str, content: &[u8]) -> Result<(), StartError> {
        let path = self.join(name);
        let draft = self.join(&format!("{name}.new"));
        self.write_synced(&draft, &path, content)
            .map_err(failed("write", &path))
    }

    fn write_synced(&self, draft: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
        match std::fs::remove_file(draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(draft, path)?;
        File::open(&self.path)?.sync_all()
    }

    /// Reads a secret file; one that others may read is refused.
    pub(crate) fn read_secret(&self, name: &str) -> Result<Vec<u8>, StartError> {
        let path = self.join(name);
        let metadata = match path.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StartError::MissingKey(path));
            }
            other => other.map_err(failed("read", &path))?,
        };
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(StartError::OpenKey(path));
        }
        std::fs::read(&path).map_err(failed("read", &path))
    }
}
