//! Opening a profile: everything that must always be in memory is read.

use std::collections::HashMap;
use std::path::Path;

use heliograph_conversation::Crypto;
use heliograph_delivery::{TickChain, WatchSet};
use heliograph_store::{Store, StoreKey, View};
use heliograph_wire::SignedTick;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::core::{Core, Counters};
use super::errors::EngineError;
use super::feed::{Feed, earlier_records};
use super::files::Files;
use super::flights::Flights;
use super::profile::{DATABASE, Profile, cannot_open, write_profile};
use super::ring::Ring;
use super::timers::Timers;
use super::{Engine, Output};
use crate::{Fault, LinkState, Refusal};

impl Engine {
    /// Opens the profile in `home`. `seed` is fresh randomness for this run.
    ///
    /// # Errors
    /// A missing, damaged or newer database, or a key that does not fit.
    pub fn open(
        home: &Path,
        key: &[u8; 32],
        seed: &[u8; 32],
        now_ms: i64,
    ) -> Result<Self, Refusal> {
        let path = home.join(DATABASE);
        if !path.exists() {
            return Err(Refusal::new(
                "profile-missing",
                Fault::User,
                "There is no profile in this home.",
                "Nothing was changed.",
                "Make one with `heliograph --home DIR init --name NAME --board LINK`.",
            ));
        }
        let store = Store::open(&path, &StoreKey::new(*key)).map_err(cannot_open)?;
        Self::start(store, seed, now_ms)
    }

    /// A new profile in memory, for simulations: nothing touches a disk.
    ///
    /// # Errors
    /// A name or board link that cannot be used.
    pub fn in_memory(
        name: &str,
        board: &str,
        seed: &[u8; 32],
        now_ms: i64,
    ) -> Result<Self, Refusal> {
        let mut store = Store::in_memory().map_err(cannot_open)?;
        write_profile(&mut store, seed, (name, board), now_ms)?;
        Self::start(store, seed, now_ms)
    }

    /// Stops and starts again on the same database, as after a crash: memory is lost.
    ///
    /// # Errors
    /// [`Refusal`] if the database cannot be read back.
    pub fn restart(self, seed: &[u8; 32], now_ms: i64) -> Result<Self, Refusal> {
        Self::start(self.store, seed, now_ms)
    }

    fn start(store: Store, seed: &[u8; 32], now_ms: i64) -> Result<Self, Refusal> {
        let mut core = store
            .view(|view| Core::read(view, seed, now_ms))
            .map_err(EngineError::into_refusal)?;
        store
            .view(|view| core.recall(view))
            .map_err(EngineError::into_refusal)?;
        let mut engine = Self { store, core };
        let expired = engine.expire_at_opening();
        engine.settle_fault(expired);
        Ok(engine)
    }
}

impl Core {
    fn read(view: &View<'_>, seed: &[u8; 32], now_ms: i64) -> Result<Self, EngineError> {
        let profile = Profile::read(view)?;
        let lane = profile.board.lane;
        let position = view.position(lane.0)?;
        let head = match &position {
            Some(position) if !position.head.is_empty() => {
                Some(SignedTick::decode(&position.head).map_err(EngineError::bug)?)
            }
            _ => None,
        };
        let chain = TickChain::new(&profile.board.key, lane, head)
            .ok_or_else(|| EngineError::bug("the board's key is not a key"))?;
        let hour = position.map_or(0, |position| position.hour);
        let mut rng = ChaCha20Rng::from_seed(*seed);
        let timers = Timers::new(now_ms, &mut rng);
        Ok(Self {
            now: now_ms,
            rng,
            crypto: Crypto::new().map_err(EngineError::bug)?,
            me: profile.me,
            board: profile.board,
            lane,
            erase: profile.erase,
            prompt_receipts: profile.prompt_receipts,
            typing: profile.typing,
            typed: HashMap::new(),
            link: LinkState::Connecting,
            feed: Feed::new(chain, hour, earlier_records(view)?),
            ring: Ring::default(),
            live: HashMap::new(),
            watch: WatchSet::new(),
            watched: HashMap::new(),
            cards: HashMap::new(),
            returns: super::homecoming::ReturnsWatched::default(),
            files: Files::default(),
            flights: Flights::default(),
            timers,
            counters: Counters::default(),
            broken: None,
            out: Output::default(),
        })
    }

    /// Labels of every conversation that has an epoch.
    pub(crate) fn recall_conversations(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        for row in view.conversations()? {
            let labels = super::live::stored_labels(view, row.id)?;
            self.watch_conversation(row.id, labels);
        }
        Ok(())
    }
}
