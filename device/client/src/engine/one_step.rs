//! One whole tick, one transaction: a label is used up and what it brought is kept, or neither.

use heliograph_store::{MessageRow, Step};

use super::Engine;
use super::core::Core;
use super::errors::EngineError;
use super::receive::Hits;
use super::tick_view::WholeTick;

impl Engine {
    /// Takes in a tick that concerns this device.
    pub(crate) fn take_in(&mut self, tick: &WholeTick, hits: &Hits) -> Result<(), EngineError> {
        self.step(|core, tx| {
            core.advance(tick);
            core.receive_tick(tx, tick, hits)?;
            core.save_position(tx)
        })
    }
}

impl Core {
    /// Keeps what somebody said; false if it is there already.
    pub(crate) fn keep(&self, tx: &Step<'_>, row: MessageRow) -> Result<bool, EngineError> {
        Ok(tx.insert_message(&row)?)
    }
}
