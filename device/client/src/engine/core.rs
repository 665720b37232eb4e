//! What the engine holds in memory.

use std::collections::{HashMap, HashSet};

use heliograph_conversation::Crypto;
use heliograph_delivery::{DeviceEraseSecret, WatchSet};
use heliograph_store::View;
use heliograph_wire::link::BoardLink;
use heliograph_wire::{ClaimId, Label, LaneId, Op, Request};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

use super::Output;
use super::errors::EngineError;
use super::feed::Feed;
use super::files::Files;
use super::flights::{Flight, Flights};
use super::homecoming::ReturnsWatched;
use super::knocks::CardWatch;
use super::live::Live;
use super::profile::Me;
use super::ring::Ring;
use super::timers::Timers;
use crate::LinkState;

/// Whom a label in the feed is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// A conversation, by row.
    Conversation(i64),
    /// A card's hello of a day and slot.
    Hello { card: i64, day: u32, slot: u32 },
    /// A cell of one's own knock, which must show before it is believed to be there.
    Knock,
    /// Where somebody of a conversation asks this device to be brought back.
    Return {
        conversation: i64,
        day: u32,
        slot: u32,
    },
}

/// Things that are counted rather than told.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) failed_steps: u64,
    pub(crate) checkpoint_failed: u64,
    pub(crate) resealed: u64,
    pub(crate) junk_cells: u64,
    pub(crate) void_hellos: u64,
    pub(crate) void_annotations: u64,
}

/// See the module's words.
pub(crate) struct Core {
    pub(crate) now: i64,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) crypto: Crypto,
    pub(crate) me: Me,
    pub(crate) board: BoardLink,
    pub(crate) lane: LaneId,
    pub(crate) erase: DeviceEraseSecret,
    pub(crate) prompt_receipts: bool,
    pub(crate) typing: bool,
    /// When this person was last told to be writing, by conversation.
    pub(crate) typed: HashMap<i64, i64>,
    pub(crate) link: LinkState,
    pub(crate) feed: Feed,
    pub(crate) ring: Ring,
    pub(crate) live: HashMap<i64, Live>,
    pub(crate) watch: WatchSet<Watched>,
    pub(crate) watched: HashMap<i64, Vec<Label>>,
    pub(crate) cards: HashMap<i64, CardWatch>,
    pub(crate) returns: ReturnsWatched,
    pub(crate) files: Files,
    pub(crate) flights: Flights,
    pub(crate) timers: Timers,
    pub(crate) counters: Counters,
    pub(crate) broken: Option<String>,
    pub(crate) out: Output,
}

impl Core {
    /// Sends a request once the step is committed; nothing happens while the link is down.
    pub(crate) fn request(&mut self, flight: Flight, op: Op) {
        if !self.feed.is_connected() {
            return;
        }
        if let Some(id) = self.flights.begin(flight, self.now) {
            self.out.requests.push(Request { id, op: Some(op) });
        }
    }

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.rng.fill_bytes(&mut out);
        out
    }

    pub(crate) fn claim(&mut self) -> ClaimId {
        ClaimId(self.random())
    }

    /// A waiting time with the given mean, exponentially distributed: no past tells the next.
    pub(crate) fn exponential_ms(&mut self, mean_ms: f64) -> i64 {
        // 53 random bits in (0, 1].
        let bits = (self.rng.next_u64() >> 11).saturating_add(1);
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits are exactly what an f64 holds"
        )]
        let uniform = bits as f64 / (1_u64 << 53) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most 37 times the mean; far below i64::MAX"
        )]
        let wait = (-uniform.ln() * mean_ms) as i64;
        wait
    }

    /// Drops whatever was read from the database: a step failed and memory may be ahead of it. Files on their way go on
    /// after a refusal: nothing that a person asks touches them before it is plain that it can be done.
    pub(crate) fn forget(&mut self, files_too: bool) {
        self.live.clear();
        if files_too {
            self.files.forget();
        }
        self.watch = WatchSet::new();
        self.watched.clear();
        self.cards.clear();
        self.returns = ReturnsWatched::default();
    }

    /// Reads again what must always be in memory: the labels to watch for.
    pub(crate) fn recall(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        self.recall_conversations(view)?;
        self.recall_knocks(view)?;
        self.recall_cards(view)?;
        self.recall_returns(view)?;
        self.recall_timers(view)
    }

    /// Replaces the labels that wake a conversation. Between steps most stay where they were.
    pub(crate) fn watch_conversation(&mut self, id: i64, now: Vec<Label>) {
        let before = self.watched.remove(&id).unwrap_or_default();
        let (gone, new) = (moved(&before, &now), moved(&now, &before));
        for gone in gone.difference(&new) {
            self.watch.remove(gone);
        }
        for new in new.difference(&gone) {
            self.watch.insert(*new, Watched::Conversation(id));
        }
        self.watched.insert(id, now);
    }

    /// Whether these are the labels that wake a conversation already.
    pub(crate) fn watches(&self, id: i64, labels: impl Iterator<Item = Label>) -> bool {
        let known = self.watched.get(&id).into_iter().flatten();
        labels.eq(known.copied())
    }
}

/// Labels of `one` at whose place `other` has another one, or none.
fn moved(one: &[Label], other: &[Label]) -> HashSet<Label> {
    let places = one.iter().enumerate();
    let moved = places.filter(|(at, label)| other.get(*at) != Some(label));
    moved.map(|(_, label)| *label).collect()
}
