//! The file of erasable keys: 32 random bytes each, by number, written over in place when they are spent
//! (docs/protocol/disappearing.md). Place 0 says to which database the file belongs.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
const KEY: usize = 32;
/// One key.
pub(crate) type Key = Zeroizing<[u8; KEY]>;

enum Place {
    /// A file, opened when it is first needed.
    Disk(PathBuf, Mutex<Option<File>>),
    /// For tests and simulations.
    Memory(Mutex<Zeroizing<Vec<u8>>>),
}

/// All keys of a profile.
pub(crate) struct Keys(Place);

fn offset(n: i64) -> io::Result<u64> {
    let n = u64::try_from(n).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
    Ok(n.saturating_mul(KEY as u64))
}

fn random(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(io::Error::other)
}

impl Keys {
    /// Beside the database.
    pub(crate) fn beside(database: &Path) -> Self {
        Self(Place::Disk(
            database.with_extension("keys"),
            Mutex::new(None),
        ))
    }

    pub(crate) fn in_memory() -> Self {
        Self(Place::Memory(Mutex::default()))
    }

    /// A new, empty file in place of whatever is there; gives its name. It is on the disk when this returns.
    pub(crate) fn begin(&self) -> io::Result<[u8; KEY]> {
        let mut name = [0; KEY];
        random(&mut name)?;
        match &self.0 {
            Place::Memory(bytes) => {
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                bytes.zeroize();
                bytes.extend(name);
            }
            Place::Disk(path, held) => {
                let mut options = OpenOptions::new();
                options.read(true).write(true).create(true).truncate(true);
                let file = options.mode(0o600).open(path)?;
                file.write_all_at(&name, 0)?;
                file.sync_all()?;
                if let Some(folder) = path.parent() {
                    File::open(folder)?.sync_all()?;
                }
                *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
            }
        }
        Ok(name)
    }

    fn with_file<T>(&self, act: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        let Place::Disk(path, held) = &self.0 else {
            return Err(ErrorKind::Unsupported.into());
        };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = Some(OpenOptions::new().read(true).write(true).open(path)?);
        }
        held.as_ref()
            .map_or_else(|| Err(ErrorKind::NotFound.into()), act)
    }

    /// The key at a place; that at 0 is the file's name.
    pub(crate) fn get(&self, n: i64) -> io::Result<Key> {
        let (mut key, at) = (Key::default(), offset(n)?);
        if let Place::Memory(bytes) = &self.0 {
            let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let found = bytes.get(at..at.saturating_add(KEY));
            let found = found.ok_or_else(|| io::Error::from(ErrorKind::UnexpectedEof))?;
            key.copy_from_slice(found);
            return Ok(key);
        }
        self.with_file(|file| file.read_exact_at(&mut *key, at))?;
        Ok(key)
    }

    /// Writes fresh keys to these places, over what is there. They are on the disk when this returns.
    pub(crate) fn renew(&self, places: impl Iterator<Item = i64>) -> io::Result<()> {
        if let Place::Memory(bytes) = &self.0 {
            let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            for n in places {
                let at = usize::try_from(offset(n)?).unwrap_or(usize::MAX);
                let end = at.saturating_add(KEY).max(bytes.len());
                bytes.resize(end, 0);
                random(bytes.get_mut(at..at + KEY).unwrap_or_default())?;
            }
            return Ok(());
        }
        self.with_file(|file| {
            for n in places {
                let mut key = Key::default();
                random(&mut *key)?;
                file.write_all_at(&*key, offset(n)?)?;
            }
            file.sync_data()
        })
    }
}
