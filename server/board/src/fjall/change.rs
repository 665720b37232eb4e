//! One atomic change of the database.
//!
//! The engine keeps a journal file until every keyspace has a *table* as new as that file. Removals
//! can cancel out with what they remove, while flushing or compacting, and then nothing new is left
//! to find: the journal would grow for ever. So every keyspace that something is removed from gets
//! one more entry in the same batch, its stamp, which is overwritten each time and never removed.

use fjall::{Keyspace, OwnedWriteBatch, PersistMode, UserKey, UserValue};

/// Shorter than any key and after the keys of all ranges that are scanned.
const STAMP: [u8; 1] = [0xff];

/// See the module.
pub(super) struct Change {
    batch: OwnedWriteBatch,
    removed_from: Vec<Keyspace>,
}

impl Change {
    pub(super) fn new(batch: OwnedWriteBatch) -> Self {
        Self {
            batch,
            removed_from: Vec::new(),
        }
    }

    /// Sets a value.
    pub(super) fn insert(
        &mut self,
        space: &Keyspace,
        key: impl Into<UserKey>,
        value: impl Into<UserValue>,
    ) {
        self.batch.insert(space, key, value);
    }

    /// Removes a key that may have been written several times.
    pub(super) fn remove(&mut self, space: &Keyspace, key: impl Into<UserKey>) {
        self.batch.remove(space, key);
        self.note(space);
    }

    /// Removes a key that was written once since it was last removed; leaves less behind.
    pub(super) fn remove_once(&mut self, space: &Keyspace, key: impl Into<UserKey>) {
        self.batch.remove_weak(space, key);
        self.note(space);
    }

    fn note(&mut self, space: &Keyspace) {
        if !self.removed_from.contains(space) {
            self.removed_from.push(space.clone());
        }
    }

    /// Entries so far.
    pub(super) fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Writes the change and flushes it to the disk.
    pub(super) fn commit(mut self) -> fjall::Result<()> {
        for space in &self.removed_from {
            self.batch.insert(space, STAMP, []);
        }
        self.batch.durability(Some(PersistMode::SyncData)).commit()
    }
}
