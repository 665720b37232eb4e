//! A board under test and the few moves the stories are told with.

use std::sync::Arc;

use bytes::Bytes;
use heliograph_wire::{
    Body, Cell, ClaimId, Class, EraseHash, EraseKey, Keep, Label, LaneId, LeafHash, SignedTick,
    TickHash, TickHead, merkle,
};

use crate::{
    Board, BoardError, EraseOrder, EraseOutcome, Lookup, NewCell, Pending, PutOutcome, TickRecord,
};

/// The lane most stories play on.
pub const LANE: LaneId = LaneId(7);
/// Another lane every fixture serves.
pub const OTHER_LANE: LaneId = LaneId(8);

/// Opens boards of one back end, always over the same stored content.
pub trait Fixture: Send + 'static {
    /// The back end.
    type Board: Board;
    /// Opens the board, serving [`LANE`] and [`OTHER_LANE`]. Called again after the last handle to
    /// the former one is gone.
    fn open(&mut self) -> Arc<Self::Board>;
}

/// A board and its fixture.
pub struct Scene<F: Fixture> {
    /// The board under test.
    pub board: Arc<F::Board>,
    fixture: F,
}

/// A cell that depends on two small numbers only: its name and its content.
pub(super) fn cell(name: u32, content: u8) -> NewCell {
    cell_of(name, content, Keep::Fortnight, Class::Small)
}

pub(super) fn cell_of(name: u32, content: u8, keep: Keep, class: Class) -> NewCell {
    let body = Bytes::from(vec![content; class.size()]);
    NewCell::new(
        Cell {
            label: label(name),
            keep,
            erase_hash: key(name).hash(),
            body: Body::new(body).unwrap(),
        },
        keep.expiry_day(0),
    )
}

/// A label that does not sort as its number does.
pub(super) fn label(name: u32) -> Label {
    let mut bytes = [0xa5; 32];
    bytes[..4].copy_from_slice(&name.to_be_bytes());
    Label(EraseKey::new(bytes).hash().0)
}

/// The key that erases `name`.
pub(super) fn key(name: u32) -> EraseKey {
    let mut bytes = [0x5a; 32];
    bytes[..4].copy_from_slice(&name.to_be_bytes());
    EraseKey::new(bytes)
}

pub(super) fn order(name: u32, claim: u8) -> EraseOrder {
    EraseOrder {
        label: label(name),
        key: key(name),
        claim: ClaimId([claim; 16]),
    }
}

/// The tick that announces `cells` after `head`.
pub(super) fn tick_after(
    head: Option<SignedTick>,
    lane: LaneId,
    cells: &[Pending],
) -> (SignedTick, Vec<Label>) {
    let mut sorted: Vec<(Label, LeafHash)> = cells.iter().map(|p| (p.label, p.leaf)).collect();
    sorted.sort_by_key(|(label, _)| *label);
    let leaves: Vec<LeafHash> = sorted.iter().map(|(_, leaf)| *leaf).collect();
    let head = TickHead {
        lane,
        number: head.map_or(1, |head| head.head.number + 1),
        previous: head.map_or(TickHash([0; 32]), |head| head.hash()),
        root: merkle::root(&leaves),
        issuer: [0; 32],
        items: cells.len().try_into().unwrap(),
    };
    let signed = SignedTick {
        head,
        signature: [9; 64],
    };
    (signed, sorted.into_iter().map(|(label, _)| label).collect())
}

impl<F: Fixture> Scene<F> {
    pub(super) fn new(mut fixture: F) -> Self {
        let board = fixture.open();
        Self { board, fixture }
    }

    /// Closes the board and opens it again.
    pub(super) fn reopen(self) -> Self {
        let Self { board, fixture } = self;
        drop(board);
        Self::new(fixture)
    }

    pub(super) async fn put(&self, cells: &[NewCell]) -> Vec<PutOutcome> {
        self.board.put(LANE, cells.to_vec()).await.unwrap()
    }

    pub(super) async fn get(&self, name: u32) -> Lookup {
        let mut found = self.board.get(LANE, vec![label(name)]).await.unwrap();
        assert_eq!(found.len(), 1);
        found.pop().unwrap()
    }

    pub(super) async fn erase(&self, name: u32, claim: u8) -> EraseOutcome {
        let done = self.board.erase(LANE, vec![order(name, claim)]).await;
        done.unwrap()[0]
    }

    pub(super) async fn pending(&self) -> Vec<Pending> {
        self.board.pending(LANE, usize::MAX).await.unwrap()
    }

    /// Announces the `count` longest-waiting cells in `hour`.
    pub(super) async fn announce(&self, count: usize, hour: u32) -> Result<SignedTick, BoardError> {
        let waiting = self.board.pending(LANE, count).await?;
        let head = self.board.head(LANE).await?;
        let (tick, items) = tick_after(head, LANE, &waiting);
        self.board.announce(LANE, tick, items, hour).await?;
        Ok(tick)
    }

    /// Puts and announces fortnight cells in `hour`.
    pub(super) async fn show(&self, names: &[u32], hour: u32) -> SignedTick {
        let cells: Vec<NewCell> = names.iter().map(|name| cell(*name, 1)).collect();
        self.put(&cells).await;
        self.announce(cells.len(), hour).await.unwrap()
    }

    pub(super) async fn ticks(&self, from: u64) -> Vec<TickRecord> {
        self.board.ticks(LANE, from, usize::MAX).await.unwrap()
    }
}

/// Puts one fortnight cell on day 0 and announces it: for tests of one back end.
pub async fn put_and_announce_one(board: &impl Board, lane: LaneId) {
    board.put(lane, vec![cell(1, 1)]).await.unwrap();
    announce_waiting(board, lane, 0).await;
}

/// Announces everything that waits, in `hour`; nothing if nothing does: for tests of one back end.
pub async fn announce_waiting(board: &impl Board, lane: LaneId, hour: u32) {
    let waiting = board.pending(lane, usize::MAX).await.unwrap();
    if waiting.is_empty() {
        return;
    }
    let head = board.head(lane).await.unwrap();
    let (tick, items) = tick_after(head, lane, &waiting);
    board.announce(lane, tick, items, hour).await.unwrap();
}

/// A hash that no key of the stories has.
pub(super) const STRANGE: EraseHash = EraseHash([0xee; 32]);

/// The word a lookup is compared by.
pub(super) fn word(lookup: &Lookup) -> &'static str {
    match lookup {
        Lookup::Found(_) => "found",
        Lookup::Erased => "erased",
        Lookup::Absent => "absent",
    }
}
