//! The database under the embedded board: opening, one lock per lane, and the only place where
//! anything is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use fjall::{CompressionType, Database, Keyspace, PersistMode};
use heliograph_wire::LaneId;

use super::change::Change;
use super::lately::Lately;
use super::records::{LaneState, read_lane, write_lane};
use super::slots::Slots;
use super::{Settings, keys, space, tail};
use crate::BoardError;

/// Where the format stands; longer than any lane's key.
const FORMAT_KEY: [u8; 6] = *b"format";
/// The layout described in `keys` and `records`.
const FORMAT: u8 = 2;
/// Where the files of large bodies are.
const SLOTS: &str = "slots";

/// The keyspaces of a board; see `keys` for what is in each.
pub(super) struct Spaces {
    pub(super) cells: Keyspace,
    pub(super) bodies: Keyspace,
    pub(super) slots: Keyspace,
    pub(super) waiting: Keyspace,
    pub(super) ticks: Keyspace,
    pub(super) spans: Keyspace,
    pub(super) due: Keyspace,
    pub(super) lanes: Keyspace,
}

/// See the module.
pub(super) struct Store {
    pub(super) db: Database,
    pub(super) on: Spaces,
    pub(super) slots: Slots,
    /// State of every lane that is served or has data. Holding the lock is the right to write.
    pub(super) states: BTreeMap<LaneId, Mutex<LaneState>>,
    /// For each lane the number below which no cell waits: looking for the oldest starts there, past
    /// the marks of those that were announced since the tables were last compacted.
    waits_from: BTreeMap<LaneId, AtomicU64>,
    served: BTreeSet<LaneId>,
    pub(super) lately: Lately,
    /// Set by the first failed write and never cleared.
    failed: AtomicBool,
    /// Held by whoever expires and compacts.
    pub(super) upkeep: Mutex<()>,
    /// See [`Settings::slack_bytes`].
    pub(super) slack: u64,
    /// Records removed since the small keyspaces were last compacted.
    pub(super) removed: AtomicU64,
}

impl From<fjall::Error> for BoardError {
    fn from(error: fjall::Error) -> Self {
        Self::Storage {
            source: Arc::new(error),
        }
    }
}

impl Store {
    pub(super) fn open(dir: &Path, settings: &Settings) -> Result<Self, BoardError> {
        if !tail::mend(dir).map_err(fjall::Error::Io)? {
            return Err(BoardError::Corrupt { what: "journal" });
        }
        let db = Database::builder(dir)
            .cache_size(settings.cache_bytes)
            .max_journaling_size(settings.journal_bytes.max(64 << 20))
            .journal_compression(CompressionType::None)
            .worker_threads(1)
            .max_cached_files(Some(settings.files))
            .open()?;
        let on = Spaces {
            cells: db.keyspace("cells", || space::records(8 << 20))?,
            bodies: db.keyspace("bodies", space::bodies)?,
            slots: db.keyspace("slots", || space::records(1 << 20))?,
            waiting: db.keyspace("waiting", || space::records(4 << 20))?,
            ticks: db.keyspace("ticks", || space::records(4 << 20))?,
            spans: db.keyspace("spans", || space::records(1 << 20))?,
            due: db.keyspace("due", || space::records(4 << 20))?,
            lanes: db.keyspace("lanes", || space::records(1 << 20))?,
        };
        check_format(&db, &on.lanes)?;
        let slots = open_slots(&dir.join(SLOTS), &on.slots)?;
        let served: BTreeSet<LaneId> = settings.lanes.iter().copied().collect();
        let states = read_states(&on.lanes, &served)?;
        Ok(Self {
            db,
            on,
            slots,
            waits_from: states
                .keys()
                .map(|lane| (*lane, AtomicU64::new(0)))
                .collect(),
            states,
            served,
            lately: Lately::default(),
            failed: AtomicBool::new(false),
            upkeep: Mutex::new(()),
            slack: settings.slack_bytes,
            removed: AtomicU64::new(0),
        })
    }

    /// Refuses everything once a write has failed.
    pub(super) fn alive(&self) -> Result<(), BoardError> {
        if self.failed.load(Ordering::Acquire) {
            return Err(BoardError::Failed);
        }
        Ok(())
    }

    /// Fails the board for good.
    pub(super) fn fail(&self) -> BoardError {
        self.failed.store(true, Ordering::Release);
        BoardError::Failed
    }

    /// Checks that a lane is served.
    pub(super) fn serves(&self, lane: LaneId) -> Result<(), BoardError> {
        if self.served.contains(&lane) {
            Ok(())
        } else {
            Err(BoardError::NoLane { lane })
        }
    }

    /// The right to write on a served lane.
    pub(super) fn lock(&self, lane: LaneId) -> Result<MutexGuard<'_, LaneState>, BoardError> {
        self.serves(lane)?;
        self.lock_any(lane)
    }

    /// The right to write on any lane that has data.
    pub(super) fn lock_any(&self, lane: LaneId) -> Result<MutexGuard<'_, LaneState>, BoardError> {
        let state = self.states.get(&lane).ok_or(BoardError::NoLane { lane })?;
        let state = state.lock().map_err(|_| self.fail())?;
        self.alive()?;
        Ok(state)
    }

    /// Number below which no cell of a lane waits.
    pub(super) fn waits_from(&self, lane: LaneId) -> u64 {
        let from = self.waits_from.get(&lane);
        from.map_or(0, |from| from.load(Ordering::Acquire))
    }

    /// All cells of a lane below this number are announced, durably.
    pub(super) fn waits_no_more_below(&self, lane: LaneId, number: u64) {
        if let Some(from) = self.waits_from.get(&lane) {
            from.fetch_max(number, Ordering::AcqRel);
        }
    }

    /// An empty change.
    pub(super) fn change(&self) -> Change {
        Change::new(self.db.batch())
    }

    /// Makes `change` and the lane's new state durable together; only then does `state` change.
    /// After a failure nobody knows what reached the disk, so the board fails for good.
    pub(super) fn commit(
        &self,
        mut change: Change,
        lane: LaneId,
        (state, next): (&mut LaneState, LaneState),
    ) -> Result<(), BoardError> {
        change.insert(&self.on.lanes, keys::lane(lane), write_lane(&next));
        change.commit().inspect_err(|_| drop(self.fail()))?;
        *state = next;
        Ok(())
    }
}

/// Refuses a directory of another format; marks a new one.
fn check_format(db: &Database, lanes: &Keyspace) -> Result<(), BoardError> {
    match lanes.get(FORMAT_KEY)?.as_deref() {
        Some([FORMAT]) => Ok(()),
        Some(other) => Err(BoardError::OtherFormat {
            found: other.first().copied().unwrap_or_default(),
        }),
        None => {
            lanes.insert(FORMAT_KEY, [FORMAT])?;
            Ok(db.persist(PersistMode::SyncAll)?)
        }
    }
}

/// The files of slots; those that no batch names are free.
fn open_slots(dir: &Path, used: &Keyspace) -> Result<Slots, BoardError> {
    let mut numbers = Vec::new();
    for entry in used.iter() {
        let key = entry.key()?;
        // The stamp of `change` is no slot.
        numbers.extend(keys::read_slot(&key));
    }
    Ok(Slots::open(dir, numbers).map_err(fjall::Error::Io)?)
}

/// The states of all lanes that have data or are served.
fn read_states(
    lanes: &Keyspace,
    served: &BTreeSet<LaneId>,
) -> Result<BTreeMap<LaneId, Mutex<LaneState>>, BoardError> {
    let mut states: BTreeMap<LaneId, Mutex<LaneState>> = served
        .iter()
        .map(|lane| (*lane, Mutex::default()))
        .collect();
    for entry in lanes.iter() {
        let (key, value) = entry.into_inner()?;
        if *key == FORMAT_KEY {
            continue;
        }
        let id = key.as_ref().try_into().map(u32::from_be_bytes);
        let id = id.map_err(|_| BoardError::Corrupt { what: "lane" })?;
        states.insert(LaneId(id), Mutex::new(read_lane(&value)?));
    }
    Ok(states)
}
