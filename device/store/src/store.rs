//! Opening the file and running steps on it.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use zeroize::Zeroizing;

use crate::keys::Keys;
use crate::{Step, StoreError, View, erasable, migrate};

/// Free pages, of 4,096 bytes, from which the file is made smaller.
const HOLLOW_PAGES: i64 = 1_024;
/// Most pages in use that are copied for it, in memory.
const COPIED_PAGES: i64 = 4_096;

/// Key of the file: 32 bytes, used as they are (no derivation inside the database).
pub struct StoreKey(Zeroizing<[u8; 32]>);

impl StoreKey {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// `PRAGMA key` with the raw key in SQLCipher's hexadecimal form.
    fn pragma(&self) -> Zeroizing<String> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = Zeroizing::new(String::with_capacity(90));
        text.push_str("PRAGMA key = \"x'");
        for byte in self.0.iter() {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        text.push_str("'\";");
        text
    }
}

/// Steps after which the log goes at the latest. Until then it holds the pages as each of them left them,
/// with keys that were deleted since.
pub const STEPS_IN_LOG: u32 = 16;

thread_local! {
    /// Copied for each database in memory: a simulation makes thousands, and its tables are made once.
    static EMPTY: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// The database of one profile.
pub struct Store {
    connection: Connection,
    keys: Arc<Keys>,
    in_log: Cell<u32>,
    lost_keys: bool,
    undestroyed: Cell<bool>,
    /// There was no room to make the file smaller.
    keeps_room: Cell<bool>,
}

impl Store {
    /// Opens or makes the file; brings an older form up to date in one transaction.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::Newer`], [`StoreError::Damaged`], …; the file is left as
    /// it was.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        private(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // SQLCipher would write lines of its own to standard error.
        connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        connection.execute_batch(&key.pragma())?;
        let store = Self::prepare(connection, Keys::beside(path))?;
        close(path)?;
        Ok(store)
    }

    /// A database in memory, for tests and simulations.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        EMPTY.with_borrow_mut(|empty| {
            let empty = match empty {
                Some(made) => made,
                None => {
                    let mut made = Connection::open_in_memory()?;
                    migrate::run(&mut made)?;
                    empty.insert(made)
                }
            };
            let copy = Backup::new(empty, &mut connection)?;
            Ok::<_, StoreError>(copy.run_to_completion(i32::MAX, Duration::ZERO, None)?)
        })?;
        Self::prepare(connection, Keys::in_memory())
    }

    fn prepare(mut connection: Connection, keys: Keys) -> Result<Self, StoreError> {
        // The first read fails if the key does not fit; nothing has been written by then. Closing a file
        // that is refused must not fold its log into it either.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        migrate::check(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        connection.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
             PRAGMA wal_autocheckpoint = 1000; PRAGMA cell_size_check = ON;",
        )?;
        connection.set_prepared_statement_cache_capacity(128);
        let keys = Arc::new(keys);
        erasable::register(&connection, &keys)?;
        migrate::run(&mut connection)?;
        let mut store = Self {
            connection,
            keys,
            // What an earlier run left in the log goes at the first rest.
            in_log: Cell::new(1),
            lost_keys: false,
            undestroyed: Cell::new(false),
            keeps_room: Cell::new(false),
        };
        // A run that was killed may have left keys that nothing names any more.
        store.lost_keys = store.step(erasable::settle)?;
        Ok(store)
    }

    /// One transaction: committed once if `change` succeeds, else rolled back whole.
    ///
    /// # Errors
    /// Whatever `change` gives, or that the commit failed; then nothing of it happened. A panic in
    /// `change` undoes it too.
    pub fn step<T, E: From<StoreError>>(
        &mut self,
        change: impl FnOnce(&Step<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        // On an error the transaction is dropped, which rolls it back.
        let value = change(&Step::new(&transaction, &self.keys))?;
        transaction.commit().map_err(StoreError::from)?;
        self.in_log.set(self.in_log.get().saturating_add(1));
        if self.in_log.get().is_multiple_of(STEPS_IN_LOG) {
            // The step is done whatever comes of this; what stays in the log is tried again at the next rest, or
            // after as many steps.
            drop(self.checkpoint());
        }
        // As with the log: whatever stays is tried again after the next step.
        let destroyed = erasable::destroy_spent(&self.connection, &self.keys);
        self.undestroyed.set(destroyed.is_err());
        Ok(value)
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever `read` gives.
    pub fn view<T, E>(&self, read: impl FnOnce(&View<'_>) -> Result<T, E>) -> Result<T, E> {
        read(&View::new(&self.connection, &self.keys))
    }

    /// Reads the whole file: every page against its code, every table against its indexes and its references.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if anything in it is not as it was written.
    pub fn check_whole(&self) -> Result<(), StoreError> {
        let mut broken = 0;
        for (pragma, well) in [
            // It names the pages that fail, and none if all is well.
            ("PRAGMA cipher_integrity_check", None),
            ("PRAGMA integrity_check", Some("ok")),
        ] {
            let mut statement = self.connection.prepare(pragma)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                broken += usize::from(row.get_ref(0)?.as_str().ok() != well);
            }
        }
        let mut dangling = self.connection.prepare("PRAGMA foreign_key_check")?;
        broken += usize::from(dangling.exists([])?);
        if broken == 0 {
            Ok(())
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// At this opening the file of erasable keys was missing or another's: what they sealed is gone.
    #[must_use]
    pub fn lost_keys(&self) -> bool {
        self.lost_keys
    }

    /// Keys that should be destroyed could not be written over.
    #[must_use]
    pub fn has_undestroyed_keys(&self) -> bool {
        self.undestroyed.get()
    }

    /// Whether the log may hold something.
    #[must_use]
    pub fn has_log(&self) -> bool {
        self.in_log.get() > 0
    }

    /// Writes the log back into the file and empties it: from now on no file holds what was deleted.
    ///
    /// # Errors
    /// [`StoreError`]; the log stays, and is used at the next opening: also while somebody else reads
    /// the file.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: bool = self.connection.query_row(sql, [], |row| row.get(0))?;
        if busy {
            return Err(StoreError::Sql("somebody else reads the file".into()));
        }
        self.in_log.set(0);
        Ok(())
    }

    /// [`Self::checkpoint`], and room that only a big change needed is given back to the file system.
    ///
    /// # Errors
    /// As of that.
    pub fn tidy(&self) -> Result<(), StoreError> {
        self.checkpoint()?;
        if self.keeps_room.get() || !self.is_hollow()? {
            return Ok(());
        }
        // What is written goes to the log first: on a disk without room for that the file stays as it is until the
        // next opening.
        self.in_log.set(1);
        self.keeps_room
            .set(self.connection.execute_batch("VACUUM").is_err());
        self.checkpoint()
    }

    /// Whether a third of the file and more is room that a big change needed and nothing has now.
    fn is_hollow(&self) -> Result<bool, StoreError> {
        let count = |sql: &str| {
            self.connection
                .query_row(sql, [], |row| row.get::<_, i64>(0))
        };
        let free = count("PRAGMA freelist_count")?;
        let used = count("PRAGMA page_count")?.saturating_sub(free);
        Ok(free >= HOLLOW_PAGES && free > used / 2 && used <= COPIED_PAGES)
    }
}

/// Makes sure that the file exists and only its owner may read it.
fn private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::Io(error.kind().to_string()))
}

/// A file that came from elsewhere is closed to others once it has proved to be ours, and so are the log and
/// its index, which took over its mode.
fn close(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::set_permissions(name, std::fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Io(error.kind().to_string()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_forgets_what_is_deleted_and_waits_for_the_disk() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("profile.db"), &StoreKey::new([7; 32])).unwrap();
        let pragma = |name: &str| -> String {
            store
                .connection
                .query_row(&format!("PRAGMA {name}"), [], |row| {
                    row.get_ref(0).map(|value| {
                        value
                            .as_i64()
                            .map_or_else(|_| value.as_str().unwrap().to_owned(), |n| n.to_string())
                    })
                })
                .unwrap()
        };
        assert_eq!(pragma("secure_delete"), "1");
        assert_eq!(pragma("foreign_keys"), "1");
        assert_eq!(pragma("synchronous"), "2", "FULL");
        assert_eq!(pragma("journal_mode"), "wal");
        assert_eq!(pragma("temp_store"), "2", "memory");
        assert_eq!(pragma("user_version"), migrate::NEWEST.to_string());
    }

    #[test]
    fn room_that_only_a_big_change_needed_is_given_back_at_a_rest() {
        let home = tempfile::tempdir().unwrap();
        let (path, key) = (home.path().join("profile.db"), StoreKey::new([7; 32]));
        let mut store = Store::open(&path, &key).unwrap();
        let cell = |owner, length| crate::CellOut {
            label: [7; 32],
            lane: 0,
            keep: 0,
            erase_hash: [0; 32],
            body: vec![7; length],
            purpose: 1,
            owner,
            stored: false,
        };
        let size = || std::fs::metadata(&path).unwrap().len();
        let small = crate::CellOut {
            label: [8; 32],
            ..cell(8, 100)
        };
        let both = [small.clone(), cell(7, 12 << 20)];
        store
            .step(|tx| both.iter().try_for_each(|cell| tx.put_cell_out(cell)))
            .unwrap();
        store.tidy().unwrap();
        assert!(size() > 12 << 20, "{}", size());
        store.step(|tx| tx.remove_cells_out(1, 7)).unwrap();
        store.checkpoint().unwrap();
        assert!(size() > 12 << 20, "{}", size());
        store.tidy().unwrap();
        assert!(size() < 1 << 20, "{}", size());
        let left = store.view(|view| view.unstored_cells(10)).unwrap();
        assert!(left.len() == 1 && left[0].body == small.body);
    }

    #[test]
    fn a_key_that_a_killed_run_left_behind_is_destroyed_at_the_next_opening() {
        let home = tempfile::tempdir().unwrap();
        let (path, key) = (home.path().join("profile.db"), StoreKey::new([7; 32]));
        let mut store = Store::open(&path, &key).unwrap();
        store.step(|tx| tx.take_key()).unwrap();
        let keys = || std::fs::read(path.with_extension("keys")).unwrap();
        let before = keys();
        // The step was committed, and then nothing more.
        let spent = "UPDATE erasable_key SET state = 2 WHERE n = 1";
        store.connection.execute(spent, []).unwrap();
        drop(store);
        assert_eq!(keys(), before);
        let store = Store::open(&path, &key).unwrap();
        assert!(!store.lost_keys() && !store.has_undestroyed_keys());
        let after = keys();
        assert_ne!(after[32..64], before[32..64]);
        assert_eq!(after[64..], before[64..]);
    }
}
