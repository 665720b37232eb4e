//! The storage contract: what a board promises, whatever it is stored in.

use std::future::Future;

use heliograph_wire::{
    BodyHash, Cell, ClaimId, EraseKey, Found, Item, Label, LaneId, LeafHash, SignedTick,
};
use tokio::sync::oneshot;

use crate::{BoardError, Span};

/// A put-if-absent store of sealed cells with an append-only record of what was announced.
///
/// Promises, for every back end:
///
/// * **Durable when it returns.** What an `Ok` says survives the death of the process and a power
///   cut. After a failed flush nothing is acknowledged any more ([`BoardError::Failed`]).
/// * **One winner.** Calls on one lane take effect one after the other, entries of a batch in order.
/// * **Arrival order.** A cell whose put returned before another was begun comes before it in
///   [`Board::pending`], and so never in a later tick: a tick takes the longest-waiting cells.
/// * **Whole or not at all.** A call that fails leaves nothing half-done.
/// * **Bounded.** No call holds more than its bounds in memory ([`crate::BATCH_MAX`] and others).
///
/// Every outcome vector has one entry per entry asked for, in the same order.
pub trait Board: Send + Sync + 'static {
    /// Stores cells whose labels are free. A stored cell is pending until a tick announces it.
    fn put(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send;

    /// As [`Board::put`]; lets go of `placed` once another put of the lane may begin beside the rest of this one, at its
    /// end at the latest. Two that are under way together may take effect in either order.
    fn put_beside(
        &self,
        lane: LaneId,
        cells: Vec<NewCell>,
        placed: oneshot::Sender<()>,
    ) -> impl Future<Output = Result<Vec<PutOutcome>, BoardError>> + Send {
        let put = self.put(lane, cells);
        async move {
            let outcomes = put.await;
            drop(placed);
            outcomes
        }
    }

    /// Looks announced cells up; pending ones look absent.
    fn get(
        &self,
        lane: LaneId,
        labels: Vec<Label>,
    ) -> impl Future<Output = Result<Vec<Lookup>, BoardError>> + Send;

    /// Erases announced cells whose erase key is shown. The first claim wins; the same claim may
    /// ask again. The body goes, its hash stays until the expiry day.
    fn erase(
        &self,
        lane: LaneId,
        orders: Vec<EraseOrder>,
    ) -> impl Future<Output = Result<Vec<EraseOutcome>, BoardError>> + Send;

    /// Stored cells that no tick has announced, longest-waiting first, at most `max`
    /// (and never more than [`crate::PENDING_MAX`]).
    fn pending(
        &self,
        lane: LaneId,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Pending>, BoardError>> + Send;

    /// Makes the longest-waiting `items.len()` cells visible under `tick`. `items` are exactly
    /// their labels, sorted; `tick` must follow the head, count them and carry their Merkle root.
    /// `hour` (since 1970) is where spans will list the tick; it never runs backwards.
    fn announce(
        &self,
        lane: LaneId,
        tick: SignedTick,
        items: Vec<Label>,
        hour: u32,
    ) -> impl Future<Output = Result<(), BoardError>> + Send;

    /// The newest tick of a lane.
    fn head(
        &self,
        lane: LaneId,
    ) -> impl Future<Output = Result<Option<SignedTick>, BoardError>> + Send;

    /// Ticks from number `from` on, in order, as many as fit `max_bytes` of feed (one at least,
    /// if there is one). Numbers are dense, except where ticks older than a fortnight are gone.
    fn ticks(
        &self,
        lane: LaneId,
        from: u64,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<TickRecord>, BoardError>> + Send;

    /// Which ticks were announced in `hour`, or in the six hours around it once these are a day old.
    fn span(
        &self,
        lane: LaneId,
        hour: u32,
    ) -> impl Future<Output = Result<Span, BoardError>> + Send;

    /// Forgets what is due at `now_hour` on all lanes and gives the disk space back: announced
    /// cells whose expiry day has come (tombstones too), finer times than six hours after a day,
    /// ticks after a fortnight unless a cell of theirs lives longer. Call it at least hourly.
    fn expire(&self, now_hour: u32) -> impl Future<Output = Result<Expired, BoardError>> + Send;
}

/// A cell to store. No `Debug`: it carries a label.
#[derive(Clone)]
pub struct NewCell {
    pub(crate) cell: Cell,
    body_hash: BodyHash,
    /// The day (since 1970) on which it may be forgotten; `u32::MAX` is never.
    pub expiry_day: u32,
}

impl NewCell {
    /// Hashes the body: work that is done before the lane is locked.
    #[must_use]
    pub fn new(cell: Cell, expiry_day: u32) -> Self {
        Self {
            body_hash: cell.body.hash(),
            cell,
            expiry_day,
        }
    }

    /// Label, keep, erase-hash and body.
    #[must_use]
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// Hash of its body.
    #[must_use]
    pub fn body_hash(&self) -> BodyHash {
        self.body_hash
    }
}

/// What came of a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// The label was free; the cell is durable.
    Stored,
    /// The same body, keep and erase-hash were stored under this label before.
    Same,
    /// Something else was stored under this label before.
    Taken,
}

/// What a get finds. No `Debug`: it carries a body.
#[derive(Clone)]
pub enum Lookup {
    /// The cell and the proof of its tick.
    Found(Box<Found>),
    /// It was announced and then erased.
    Erased,
    /// Nothing announced under this label.
    Absent,
}

/// A wish to erase one cell. No `Debug`: it carries a label and a key.
#[derive(Clone)]
pub struct EraseOrder {
    /// The cell.
    pub label: Label,
    /// Preimage of its erase-hash.
    pub key: EraseKey,
    /// Whose wish: the first claim is the one that wins.
    pub claim: ClaimId,
}

/// What came of an erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraseOutcome {
    /// This claim erased it, now or before.
    Erased,
    /// Nothing announced, another key, or another claim was first.
    Absent,
}

/// A stored cell that waits for its tick. No `Debug`: it carries a label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// Place in the lane's arrival order.
    pub seq: u64,
    /// The cell.
    pub label: Label,
    /// Its leaf in the tick to come.
    pub leaf: LeafHash,
}

/// A tick and what followers see of its cells. No `Debug`: it carries tags and bodies.
#[derive(Clone)]
pub struct TickRecord {
    /// The tick as announced.
    pub signed: SignedTick,
    /// Its items in label order; large, erased and expired ones come without a cell.
    pub items: Vec<Item>,
}

/// What [`Board::expire`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expired {
    /// Cells and tombstones.
    pub cells: u64,
    /// Ticks.
    pub ticks: u64,
    /// Bytes of bodies.
    pub bytes: u64,
}

/// Bytes a tick of these items takes in the feed, roughly: what [`Board::ticks`] counts.
pub(crate) fn feed_bytes(items: &[Item]) -> usize {
    const TICK: usize = 256;
    const ITEM: usize = 64;
    let body = |item: &Item| item.cell.as_ref().map_or(0, |cell| cell.body.bytes().len());
    TICK + items.iter().map(|item| ITEM + body(item)).sum::<usize>()
}
