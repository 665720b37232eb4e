//! A thief with a copy of all files of a device, the key of its database, and everything the board ever
//! showed: what can be opened with that.
//!
//! Three ways are tried. *Carving*: every page of file and log, in use or not, is decrypted and every string
//! of bytes in it tried as every kind of secret. *The card*: what its holder can open anyway, and whether a
//! Welcome found that way can be entered again. *Going on*: the stolen device itself is started and hears
//! the record from its position on.
//!
//! Not tried: a device's memory while it runs, old blocks of a disk, and keys cut in two by a page's end
//! (in rows that are in use those are read whole).

#![allow(
    clippy::unwrap_used,
    reason = "a thief who cannot work is a failed test, reported by panicking"
)]

mod hoard;
mod keys;
mod pages;
mod raw_disk;
mod record;
mod story;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use heliograph_client::DATABASE;
use heliograph_client::engine::Engine;
use heliograph_conversation::{Crypto, EpochSecret, read_welcome};
use heliograph_delivery::{Card, HELLO_SLOTS, Invitation, PACKAGES_MAX, day_of, week_of};
use heliograph_store::{Step, Store, StoreError, StoreKey};
use tempfile::TempDir;

pub use self::hoard::{Canaries, Hoard};
use self::keys::Safe;
pub use self::pages::Pages;
pub use self::raw_disk::{KeysInImage, raw_image};
pub use self::record::listen;
pub use self::story::{Healing, Plan, Told, VICTIM, tell};
use crate::{Overheard, TwoFaced};

const KEY: [u8; 32] = [7; 32];
const CARD: &[u8] = b"heliograph://card/";
/// Fragments of a key package, and places of a bundle, that are looked at.
const FRAGMENTS: u32 = 8;

/// All files of a home as they lay on the disk at one moment.
pub struct Stolen {
    directory: TempDir,
}

/// What a thief got out of it; numbers are those of cells in the record.
#[derive(Default)]
pub struct Loot {
    /// Opened with what pages held.
    pub carved: BTreeSet<usize>,
    /// Opened by whoever holds a card, thief or not.
    pub by_card: BTreeSet<usize>,
    /// Opened with the keys that the stolen device came to hold as it went on.
    pub going_on: BTreeSet<usize>,
    /// Messages that the stolen device showed as it went on.
    pub read_on: usize,
    /// Texts that lie in the database to be read: kept history.
    pub kept: usize,
    /// Pages read, of them in the log, and strings tried.
    pub pages: (usize, usize, u64),
}

impl Loot {
    /// Every cell that keys opened, but for those that any holder of the card opens.
    #[must_use]
    pub fn opened(&self) -> BTreeSet<usize> {
        let all = self.carved.union(&self.going_on).copied();
        all.filter(|cell| !self.by_card.contains(cell)).collect()
    }
}

impl Stolen {
    /// Copies a home, whoever uses it at the moment.
    #[must_use]
    pub fn copy(home: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for file in home.read_dir().unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), directory.path().join(file.file_name())).unwrap();
        }
        Self { directory }
    }

    fn database(&self) -> PathBuf {
        self.directory.path().join(DATABASE)
    }

    fn open(&self) -> Store {
        Store::open(&self.database(), &StoreKey::new(KEY)).unwrap()
    }

    /// The device itself, started again with what was copied.
    #[must_use]
    pub fn start(&self, now: i64) -> Engine {
        Engine::open(self.directory.path(), &KEY, &[0xDE; 32], now).unwrap()
    }

    /// Texts that lie in the database, of a conversation.
    #[must_use]
    pub fn kept(&self) -> usize {
        let store = Self::copy(self.directory.path()).open();
        store
            .view(|view| -> Result<usize, StoreError> {
                let mut all = 0;
                for row in view.conversations()? {
                    let page = view.page(row.id, None, u32::MAX)?;
                    all += page.iter().filter(|row| row.text.is_some()).count();
                }
                Ok(all)
            })
            .unwrap()
    }

    /// Tries everything. The copy is used up: the stolen device goes on with it.
    #[must_use]
    pub fn plunder(&self, world: &mut TwoFaced, victim: usize) -> Loot {
        let heard = std::mem::take(&mut world.overheard);
        let mut loot = self.carve(&heard, world.now);
        let mut safe = Safe::new(&heard);
        loot.read_on = self.go_on(world, victim, &mut safe);
        loot.going_on = safe.opened;
        world.overheard = heard;
        loot
    }

    /// Tries what lies in the files and what cards open, on a record of the board.
    #[must_use]
    pub fn carve(&self, heard: &[Overheard], now: i64) -> Loot {
        let mut loot = Loot {
            kept: self.kept(),
            ..Loot::default()
        };
        let pages = Pages::read(&self.database(), KEY);
        assert_eq!(
            pages.unread, 0,
            "a page the thief cannot read hides what is on it"
        );
        let mut safe = Safe::new(heard);
        for page in &pages.plain {
            safe.search(page, false);
        }
        for row in rows_in_use(&Self::copy(self.directory.path()).open()) {
            safe.search(&row, true);
        }
        loot.pages = (pages.plain.len(), pages.in_log, safe.candidates);
        let mut anyone = Safe::new(heard);
        self.use_cards(&pages, now, (&mut safe, &mut anyone));
        loot.carved = safe.opened;
        loot.by_card = anyone.opened;
        loot
    }

    /// What any holder of the card opens; and Welcomes, entered again if their key is still there.
    fn use_cards(&self, pages: &Pages, now: i64, (safe, anyone): (&mut Safe<'_>, &mut Safe<'_>)) {
        let mut welcomes = Vec::new();
        for card in cards(pages) {
            for place in places(&card, now) {
                if let Some(head) = anyone.open_place(&place.label, &place.key) {
                    welcomes.extend(anyone.follow_head(&head));
                }
            }
        }
        let crypto = Crypto::new().unwrap();
        for welcome in welcomes {
            let mut store = Self::copy(self.directory.path()).open();
            let secret = store.step(|tx| enter_again(&crypto, tx, (&welcome, now)));
            if let Ok(secret) = secret {
                safe.search(secret.bytes(), true);
            }
        }
    }

    /// The stolen device hears the rest of the record; every key it comes to hold is tried. Gives how many
    /// messages it showed beyond those it had.
    fn go_on(&self, world: &mut TwoFaced, victim: usize, safe: &mut Safe<'_>) -> usize {
        let before = self.kept();
        let engine = Engine::open(self.directory.path(), &KEY, &[0xDD; 32], world.now).unwrap();
        let watcher = self.open();
        let at = world.listen_in(victim, engine);
        loop {
            for row in rows_in_use(&watcher) {
                safe.search(&row, false);
            }
            if !world.whisper(at) {
                break;
            }
        }
        self.kept() - before
    }
}

/// Nothing was found, for whatever reason.
struct Nothing;

impl From<StoreError> for Nothing {
    fn from(_: StoreError) -> Self {
        Self
    }
}

/// The secret of the epoch that an invitation leads into, if its key package can still be used.
fn enter_again(
    crypto: &Crypto,
    tx: &Step<'_>,
    (invitation, now): (&[u8], i64),
) -> Result<EpochSecret, Nothing> {
    let welcome = Invitation::parse(invitation).ok_or(Nothing)?.welcome;
    let joining = read_welcome(crypto, &tx.mls(), welcome, now).map_err(|_| Nothing)?;
    let mut group = joining.enter(crypto, &tx.mls()).map_err(|_| Nothing)?;
    let secret = group.export_epoch(crypto, &tx.mls());
    secret.map_err(|_| Nothing)
}

/// Keys of all conversations, as a device has them in use.
fn rows_in_use(store: &Store) -> Vec<Vec<u8>> {
    store
        .view(|view| -> Result<_, StoreError> {
            let mut rows = Vec::new();
            for row in view.conversations()? {
                if let Some((sender, slots)) = view.epoch(row.id)? {
                    rows.extend([sender.to_vec(), slots.to_vec()]);
                }
                rows.extend(
                    view.chains(row.id)?
                        .into_iter()
                        .map(|(_, state)| state.to_vec()),
                );
                rows.extend(view.pending_commit(row.id)?);
            }
            Ok(rows)
        })
        .unwrap()
}

/// Cards whose links stand anywhere on the pages.
fn cards(pages: &Pages) -> Vec<Card> {
    let mut links = BTreeSet::new();
    for page in &pages.plain {
        for at in 0..page.len().saturating_sub(CARD.len()) {
            if page[at..].starts_with(CARD) {
                let end = page[at..].iter().position(|byte| !byte.is_ascii_graphic());
                let link = &page[at..at + end.unwrap_or(page.len() - at)];
                links.insert(String::from_utf8_lossy(link).into_owned());
            }
        }
    }
    // What follows in the row may look like more of the link.
    let whole = |link: &String| {
        (0..=link.len())
            .rev()
            .find_map(|end| Card::decode(&link[..end]).ok())
    };
    links.iter().filter_map(whole).collect()
}

/// Everything a card names, for the days around a moment.
fn places(card: &Card, now: i64) -> Vec<heliograph_delivery::Place> {
    let (week, day) = (week_of(now), day_of(now));
    let mut all = Vec::new();
    for week in week.saturating_sub(2)..=week {
        all.extend((0..FRAGMENTS).map(|r| card.bundle(week, r)));
        for i in 0..PACKAGES_MAX {
            all.extend((0..FRAGMENTS).map(|f| card.package(week, i, f)));
        }
    }
    for day in day.saturating_sub(14)..=day + 1 {
        all.extend((0..HELLO_SLOTS).map(|slot| card.hello(day, slot)));
    }
    all
}
