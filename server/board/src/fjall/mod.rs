//! The embedded board: one directory, one process, durable by group commit.
//!
//! Eight keyspaces of one fjall database (`keys`), one write batch per call, flushed with
//! `fdatasync` before the call returns; large bodies in files beside them (`slots`), flushed before. Blocking work runs on tokio's blocking threads. How disk
//! space returns is in `space`, and for operators in `docs/operate/storage.md`.

mod announce;
mod change;
mod erase;
mod expire;
mod keys;
mod lately;
mod lookup;
mod put;
mod records;
mod slots;
mod space;
mod store;
mod tail;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use heliograph_wire::{Label, LaneId, SignedTick};
use tokio::sync::oneshot;

use crate::{
    Board, BoardError, EraseOrder, EraseOutcome, Expired, Lookup, NewCell, Pending, PutOutcome,
    Span, TickRecord,
};
use store::Store;

/// How an embedded board is opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The lanes served. A lane that is no longer listed keeps its data, which still expires.
    pub lanes: Vec<LaneId>,
    /// Memory for blocks read from the disk, bytes.
    pub cache_bytes: u64,
    /// Most bytes of journal before older parts are forced out; at least 64 MiB.
    pub journal_bytes: u64,
    /// Bytes of removed bodies left on the disk, beside half of what lives, before they are
    /// given back.
    pub slack_bytes: u64,
    /// Most files of tables and bodies kept open for reading.
    pub files: usize,
}

impl Settings {
    /// Settings for `lanes`: 64 MiB of cache, 128 MiB of journal, 4 MiB of slack,
    /// 900 files.
    #[must_use]
    pub fn new(lanes: Vec<LaneId>) -> Self {
        Self {
            lanes,
            cache_bytes: 64 << 20,
            journal_bytes: 128 << 20,
            slack_bytes: 4 << 20,
            files: 900,
        }
    }
}

/// See the module. Clones share the board; the directory is free again when the last clone is gone.
#[derive(Clone)]
pub struct FjallBoard {
    store: Arc<Store>,
}

impl FjallBoard {
    /// Opens the board in `dir`, creating it if need be. Blocks while the journal is replayed.
    ///
    /// # Errors
    /// [`BoardError::Storage`] if the directory is in use or unreadable, [`BoardError::OtherFormat`]
    /// if another version of this program wrote it, [`BoardError::Corrupt`] if the disk lost part of
    /// the journal; it is left as it is.
    pub fn open(dir: &Path, settings: &Settings) -> Result<Self, BoardError> {
        let store = Arc::new(Store::open(dir, settings)?);
        Ok(Self { store })
    }

    /// What the board occupies.
    ///
    /// # Errors
    /// [`BoardError::Storage`] if the directory cannot be read.
    pub fn usage(&self) -> Result<Usage, BoardError> {
        self.store.usage()
    }

    /// What a put would be answered now, without storing anything. Blocks.
    ///
    /// # Errors
    /// As [`Board::put`].
    pub fn foretell(&self, lane: LaneId, cells: &[NewCell]) -> Result<Vec<PutOutcome>, BoardError> {
        self.store.foretell(lane, cells)
    }

    /// Runs blocking work; a panic in it fails the board for good.
    async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, BoardError> + Send + 'static,
    ) -> Result<T, BoardError> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            store.alive()?;
            work(&store)
        });
        match done.await {
            Ok(result) => result,
            Err(_) => Err(self.store.fail()),
        }
    }
}

/// Bytes a board occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bodies that can still be read or are pending.
    pub live_bytes: u64,
    /// Cells and tombstones remembered.
    pub live_cells: u64,
    /// Bodies on the disk, with their index and with holes.
    pub body_bytes: u64,
    /// Records, ticks and everything else in tables.
    pub record_bytes: u64,
    /// Journal files; up to 64 MiB of the newest are reserved ahead.
    pub journal_bytes: u64,
}

impl Board for FjallBoard {
    fn put(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send {
        self.block(move |store| store.put(lane, &cells, None))
    }

    fn put_beside(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
        placed: oneshot::Sender<()>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send {
        self.block(move |store| store.put(lane, &cells, Some(placed)))
    }

    fn get(
        &self,
        lane: LaneId,
        labels: Vec<Label>,
    ) -> impl Future<Output = Result<Vec<Lookup>, BoardError>> + Send {
        self.block(move |store| store.get(lane, &labels))
    }

    fn erase(
        &self,
        lane: LaneId,
        orders: Vec<EraseOrder>,
    ) -> impl Future<Output = Result<Vec<EraseOutcome>, BoardError>> + Send {
        self.block(move |store| store.erase(lane, &orders))
    }

    fn pending(
        &self,
        lane: LaneId,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Pending>, BoardError>> + Send {
        self.block(move |store| store.pending(lane, max))
    }

    fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: Vec<Label>,
        hour: u32,
    ) -> impl Future<Output = Result<(), BoardError>> + Send {
        self.block(move |store| store.announce(lane, tick, &items, hour))
    }

    fn head(
        &self,
        lane: LaneId,
    ) -> impl Future<Output = Result<Option<SignedTick>, BoardError>> + Send {
        self.block(move |store| store.head(lane))
    }

    fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<TickRecord>, BoardError>> + Send {
        self.block(move |store| store.ticks(lane, from, max_bytes))
    }

    fn span(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> impl Future<Output = Result<Span, BoardError>> + Send {
        self.block(move |store| store.span(lane, hour))
    }

    fn expire(&self, now_hour: u32) -> impl Future<Output = Result<Expired, BoardError>> + Send {
        self.block(move |store| store.expire(now_hour))
    }
}
