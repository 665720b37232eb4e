//! Disk space: how the keyspaces are laid out, and when what was removed is given back.
//!
//! **Bodies** are nearly all of the bytes. They are keyed by arrival, so that the feed reads them in
//! order, and kept in value files apart from their index (key-value separation). Removing a body
//! leaves a hole in such a file; a compaction of the small index finds the holes, and files with a
//! quarter of holes are rewritten. Keeping bodies inside the tables instead was measured as well
//! (64 MiB live, 704 MiB of one-day cells put and expired day by day): the tables took the same
//! space, but 2.4 times the bytes were written, since each compaction rewrites what lives too. A
//! keyspace per expiry day would give an expired day back for nothing, but not what is erased.
//!
//! **Records** (about 150 bytes a cell) are rewritten by ordinary levelled compaction, and once
//! more as a whole after many have expired.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fjall::config::CompressionPolicy;
use fjall::{CompressionType, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};

use super::Usage;
use super::store::Store;
use crate::BoardError;

/// Records expired before the small keyspaces are compacted, beside half of the live ones.
const RECORDS: u64 = 16_384;
/// Bytes of one value file.
const VALUE_FILE: u64 = 16 << 20;
/// Share of holes from which a value file is rewritten. Below the share that [`worth_it`] asks
/// for, so that a compaction always ends what called for it.
const HOLES: f32 = 0.25;

/// Options of the keyspaces that hold records. Hashes and sealed bytes do not compress.
pub(super) fn records(memtable: u64) -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(memtable)
        .data_block_compression_policy(CompressionPolicy::disabled())
}

/// Options of the keyspace that holds bodies.
pub(super) fn bodies() -> KeyspaceCreateOptions {
    let values = KvSeparationOptions::default()
        .compression(CompressionType::None)
        .separation_threshold(1_024)
        .file_target_size(VALUE_FILE)
        .staleness_threshold(HOLES)
        .age_cutoff(1.0);
    records(16 << 20).with_kv_separation(Some(values))
}

/// Whether `used` bytes for `live` ones are worth a compaction: half too much and the slack.
fn worth_it(used: u64, live: u64, slack: u64) -> bool {
    used > live.saturating_add(live / 2).saturating_add(slack)
}

impl Store {
    /// Gives back the space of what was removed, once that is worth the work.
    pub(super) fn reclaim(&self) -> Result<(), BoardError> {
        // What is still in memory would be written out later, beyond what is weighed here.
        flush(self, &self.on.bodies)?;
        let usage = self.usage()?;
        let large = self.slots.live_bytes();
        let in_slots = self.slots.disk_space().map_err(fjall::Error::Io)?;
        let (tables, small) = (
            usage.body_bytes.saturating_sub(in_slots),
            usage.live_bytes.saturating_sub(large),
        );
        if worth_it(tables, small, self.slack) {
            // The first pass finds the holes, the second rewrites the files that have too many.
            self.on.bodies.major_compact()?;
            self.on.bodies.major_compact()?;
        }
        if self.removed.load(Ordering::Relaxed) > usage.live_cells / 2 + RECORDS {
            let on = &self.on;
            for space in [&on.cells, &on.slots, &on.waiting, &on.ticks, &on.due] {
                flush(self, space)?;
                space.major_compact()?;
            }
            self.removed.store(0, Ordering::Relaxed);
        }
        // A failure of this holds nothing else up.
        let shrunk = if worth_it(in_slots, large, self.slack) {
            self.slots.shrink()
        } else {
            Ok(())
        };
        // A part of the journal goes when every keyspace has flushed what the part holds.
        if self.db.journal_count() > 1 {
            for space in self.spaces() {
                flush(self, space)?;
            }
        }
        Ok(shrunk.map_err(fjall::Error::Io)?)
    }

    fn spaces(&self) -> [&Keyspace; 8] {
        let on = &self.on;
        [
            &on.bodies,
            &on.slots,
            &on.cells,
            &on.waiting,
            &on.ticks,
            &on.spans,
            &on.due,
            &on.lanes,
        ]
    }

    /// See [`super::FjallBoard::usage`].
    pub(super) fn usage(&self) -> Result<Usage, BoardError> {
        let (mut live_bytes, mut live_cells) = (0, 0);
        for lane in self.states.keys() {
            let state = self.lock_any(*lane)?;
            live_bytes += state.live_bytes;
            live_cells += state.live_cells;
        }
        let tables: u64 = self.spaces().iter().map(|space| space.disk_space()).sum();
        let indexed = self.on.bodies.disk_space();
        let in_slots = self.slots.disk_space().map_err(fjall::Error::Io)?;
        Ok(Usage {
            live_bytes,
            live_cells,
            body_bytes: indexed + in_slots,
            record_bytes: tables.saturating_sub(indexed),
            journal_bytes: self.db.journal_disk_space()?,
        })
    }
}

/// Writes a keyspace's memtable out and waits for it.
fn flush(store: &Store, space: &Keyspace) -> Result<(), BoardError> {
    space.rotate_memtable()?;
    while space.sealed_memtable_count() > 0 {
        // Reports when the engine's own threads have failed; they would never flush.
        let alive = store.db.persist(PersistMode::Buffer);
        alive.inspect_err(|_| drop(store.fail()))?;
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
