//! Where the device stands in the lane, and what it remembers of the way.

use heliograph_store::{Position, Step};

use super::TICKS_REMEMBERED;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::engine::tick_view::WholeTick;

impl Core {
    /// Moves the position past a tick, in memory.
    pub(super) fn advance(&mut self, tick: &WholeTick) {
        self.feed.chain.adopt(tick.signed);
        self.feed.hour = self.feed.hour.max(tick.hour);
        self.feed
            .unsaved
            .push((tick.signed.head.number, tick.signed.hash().0));
    }

    /// Writes the position if it moved.
    pub(crate) fn save_position(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        if self.feed.unsaved.is_empty() {
            return Ok(());
        }
        self.write_position(tx)
    }

    pub(super) fn write_position(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
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
        self.feed.unsaved.clear();
        Ok(())
    }

    /// Hash of a tick that this device followed.
    pub(crate) fn known_tick(
        &self,
        tx: &Step<'_>,
        number: u64,
    ) -> Result<Option<[u8; 32]>, EngineError> {
        let fresh = self.feed.unsaved.iter().find(|(n, _)| *n == number);
        if let Some((_, hash)) = fresh {
            return Ok(Some(*hash));
        }
        Ok(tx.tick_hash(self.lane.0, number)?)
    }
}
