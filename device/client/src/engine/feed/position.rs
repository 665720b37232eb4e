//! Where the device stands in the lane, and what it remembers of the way.

use heliograph_store::{Position, Step, View};

use super::{TICKS_REMEMBERED, UNBROKEN_HOURS};
use crate::engine::core::Core;
use crate::engine::errors::{EngineError, Past};
use crate::engine::tick_view::WholeTick;

/// How far the board's clock is believed to be ahead of this device's. Catching up begins that much
/// earlier, so that an hour made up within it hides nothing.
pub(super) const CLOCK_HOURS: u32 = 1;
const HOUR_MS: i64 = 3_600_000;
const HOURS_A_DAY: u32 = 24;
/// Times a day that the past is read again.
const REREADS_A_DAY: u32 = 8;

impl Core {
    /// Moves the position past a tick, in memory.
    pub(in crate::engine) fn advance(&mut self, tick: &WholeTick) {
        self.feed.chain.adopt(tick.signed);
        self.feed.moved = self.now;
        self.reach_hour(tick.hour);
        self.feed
            .unsaved
            .push((tick.signed.head.number, tick.signed.hash().0));
    }

    /// The board's clock, as far as it can be believed: an hour far ahead of this device's own clock
    /// would make it skip what it has not read.
    pub(crate) fn reach_hour(&mut self, hour: u32) {
        self.feed.hour = self.feed.hour.max(self.believed(hour));
    }

    pub(super) fn believed(&self, hour: u32) -> u32 {
        hour.min(self.own_hour().saturating_add(CLOCK_HOURS))
    }

    /// Whether one of the two clocks is so wrong that hellos and absences are misjudged.
    pub(super) fn clock_differs(&self, hour: u32) -> bool {
        hour.abs_diff(self.own_hour()) > HOURS_A_DAY
    }

    fn own_hour(&self) -> u32 {
        u32::try_from(self.now.div_euclid(HOUR_MS)).unwrap_or(0)
    }

    /// Writes the position if it moved.
    pub(crate) fn save_position(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        if self.feed.unsaved.is_empty() && self.feed.hour == self.feed.saved_hour {
            return Ok(());
        }
        self.write_position(tx)
    }

    pub(super) fn write_position(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        self.feed.writing = true;
        let lane = self.lane.0;
        let Some(head) = self.feed.chain.head() else {
            return Ok(tx.set_position(
                lane,
                &Position {
                    head: Vec::new(),
                    hour: self.feed.hour,
                },
            )?);
        };
        let number = head.head.number;
        tx.set_position(
            lane,
            &Position {
                head: head.encode().to_vec(),
                hour: self.feed.hour,
            },
        )?;
        tx.remember_tick(lane, number, &head.hash().0)?;
        for (number, hash) in &self.feed.unsaved {
            tx.remember_tick(lane, *number, hash)?;
        }
        if number % 1_024 == 0 && number > TICKS_REMEMBERED {
            tx.forget_ticks_below(lane, number - TICKS_REMEMBERED)?;
        }
        Ok(())
    }

    /// Whether the past may be read again for an invitation in tick `number`: once for each, not
    /// from before the time that cells are kept, and a few times a day, since strangers can ask.
    pub(crate) fn may_read_again(&mut self, number: u64, past: Past) -> bool {
        let feed = &mut self.feed;
        let done = feed
            .again
            .is_some_and(|(at, before)| at == number && before.since <= past.since);
        let old = feed.hour.saturating_sub(past.hour) > UNBROKEN_HOURS;
        let day = feed.hour / HOURS_A_DAY;
        if feed.rereads.0 != day {
            feed.rereads = (day, 0);
        }
        if done || old || feed.rereads.1 >= REREADS_A_DAY {
            return false;
        }
        feed.rereads.1 += 1;
        true
    }

    /// Hash of a tick that this device followed.
    pub(crate) fn known_tick(
        &self,
        view: &View<'_>,
        number: u64,
    ) -> Result<Option<[u8; 32]>, EngineError> {
        let fresh = self.feed.unsaved.iter().find(|(n, _)| *n == number);
        if let Some((_, hash)) = fresh {
            return Ok(Some(*hash));
        }
        Ok(view.tick_hash(self.lane.0, number)?)
    }
}
