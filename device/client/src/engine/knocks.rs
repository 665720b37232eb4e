//! Where strangers may knock at one's own cards: the places that are watched, day by day.

use std::ops::RangeInclusive;

use heliograph_delivery::{Card, day_of};
use heliograph_store::View;

use super::cards::{CardDetail, CardFor};
use super::core::{Core, Watched};
use super::errors::{EngineError, from_cbor};

/// Days before the feed position whose hellos may still be announced.
const DAYS_BACK: u32 = 1;
/// Days ahead: the stranger's clock may be ahead of ours.
const DAYS_AHEAD: u32 = 1;
/// Most days that can lie between a position and now; cells live no longer.
const DAYS_MOST: u32 = 15;
const HOURS_A_DAY: u32 = 24;

/// A card in memory.
pub(crate) struct CardWatch {
    pub(crate) card: Card,
    pub(crate) made_for: CardFor,
    /// Days whose hello labels are watched.
    days: RangeInclusive<u32>,
}

impl Core {
    /// Watches the hello places of every good card, for the days that the feed may still announce.
    pub(crate) fn recall_cards(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        let days = self.days_watched();
        for row in view.cards()? {
            let held = self.cards.get(&row.id);
            if row.revoked || held.is_some_and(|held| held.days == days) {
                continue;
            }
            let detail: CardDetail = from_cbor(&row.detail)?;
            let card = Card::decode(&detail.link).map_err(EngineError::bug)?;
            self.watch_card(row.id, &card, &days);
            let watch = CardWatch {
                card,
                made_for: detail.made_for,
                days: days.clone(),
            };
            self.cards.insert(row.id, watch);
        }
        Ok(())
    }

    /// Days on which somebody may knock whose knock the feed may still announce.
    pub(crate) fn days_watched(&self) -> RangeInclusive<u32> {
        let read = match self.feed.hour {
            0 => day_of(self.now),
            hour => hour / HOURS_A_DAY,
        };
        let last = day_of(self.now).clamp(read, read.saturating_add(DAYS_MOST)) + DAYS_AHEAD;
        read.saturating_sub(DAYS_BACK)..=last
    }

    /// A day has a thousand places, each a hash: those that are watched already stay.
    fn watch_card(&mut self, id: i64, card: &Card, days: &RangeInclusive<u32>) {
        let held = self.cards.remove(&id).map(|held| held.days);
        if held.is_some() {
            self.watch.retain(|watched| {
                !matches!(watched, Watched::Hello { card, day, .. } if *card == id && !days.contains(day))
            });
        }
        for day in days.clone() {
            if held.as_ref().is_some_and(|held| held.contains(&day)) {
                continue;
            }
            for (slot, label) in card.hello_labels(day) {
                let watched = Watched::Hello {
                    card: id,
                    day,
                    slot,
                };
                self.watch.insert(label, watched);
            }
        }
    }

    /// Stops watching a card's places.
    pub(crate) fn forget_card(&mut self, id: i64) {
        if self.cards.remove(&id).is_some() {
            self.watch
                .retain(|watched| !matches!(watched, Watched::Hello { card, .. } if *card == id));
        }
    }
}
