//! Disk space: how keyspaces are laid out and when they are compacted.
//!
//! Draft; the choice is measured.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fjall::config::{CompressionPolicy, FilterPolicy};
use fjall::{CompressionType, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};

use super::Usage;
use super::store::Store;
use crate::BoardError;

/// Garbage that is tolerated before bodies are compacted, beside a share of the live bytes.
const SLACK: u64 = 16 << 20;
/// Records removed before the small keyspaces are compacted, beside half of the live ones.
const RECORDS: u64 = 16_384;

/// Options of the keyspaces that hold small values; their content is hashes, so no compression.
pub(super) fn small(memtable: u64) -> KeyspaceCreateOptions {
    let _ = FilterPolicy::disabled;
    KeyspaceCreateOptions::default()
        .max_memtable_size(memtable)
        .data_block_compression_policy(CompressionPolicy::disabled())
}

/// Options of the bodies: values in files of their own, which are collected without rewriting
/// what lives.
pub(super) fn bodies() -> KeyspaceCreateOptions {
    let values = KvSeparationOptions::default()
        .compression(CompressionType::None)
        .separation_threshold(1_024)
        .file_target_size(16 << 20)
        .staleness_threshold(0.25)
        .age_cutoff(1.0);
    let o = small(16 << 20);
    if std::env::var("PLAIN").is_ok() {
        o
    } else {
        o.with_kv_separation(Some(values))
    }
}

impl Store {
    /// Gives back the space of what was removed, once it is worth the work.
    pub(super) fn reclaim(&self) -> Result<(), BoardError> {
        let usage = self.usage()?;
        let bodies = &self.on.bodies;
        if bodies.disk_space() > usage.live_bytes + usage.live_bytes / 4 + SLACK {
            self.flush(bodies)?;
            self.compact(bodies)?;
            self.compact(bodies)?;
        }
        let removed = self.removed.load(Ordering::Relaxed);
        if removed > usage.live_cells / 2 + RECORDS {
            for space in [
                &self.on.cells,
                &self.on.waiting,
                &self.on.ticks,
                &self.on.due,
            ] {
                self.flush(space)?;
                self.compact(space)?;
            }
            self.removed.store(0, Ordering::Relaxed);
        }
        if self.db.journal_count() > 1 {
            for space in self.spaces() {
                self.flush(space)?;
            }
        }
        Ok(())
    }

    /// Writes the memtable out, so that the journal can go.
    fn flush(&self, space: &Keyspace) -> Result<(), BoardError> {
        if !space.rotate_memtable()? {
            return Ok(());
        }
        while space.sealed_memtable_count() > 0 {
            // Fails when the engine's own threads have failed, which would never flush.
            self.db
                .persist(PersistMode::Buffer)
                .inspect_err(|_| drop(self.fail()))?;
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn compact(&self, space: &Keyspace) -> Result<(), BoardError> {
        Ok(space.major_compact()?)
    }

    fn spaces(&self) -> [&Keyspace; 7] {
        let on = &self.on;
        [
            &on.cells,
            &on.bodies,
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
        Ok(Usage {
            live_bytes,
            live_cells,
            table_bytes: self.spaces().iter().map(|space| space.disk_space()).sum(),
            journal_bytes: self.db.journal_disk_space()?,
        })
    }
}
