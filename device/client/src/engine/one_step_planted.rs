//! A planted fault: labels are used up in one transaction and messages kept in another. Compiled only
//! with the feature `planted-faults`; never part of a release.

use std::cell::RefCell;
use std::time::Duration;

use heliograph_store::{MessageRow, Step};

use super::Engine;
use super::core::Core;
use super::errors::EngineError;
use super::receive::Hits;
use super::standing;
use super::tick_view::WholeTick;

/// How long a crash has room between the two transactions.
const GAP: Duration = Duration::from_millis(60);

thread_local! {
    static LATER: RefCell<Vec<MessageRow>> = const { RefCell::new(Vec::new()) };
}

impl Engine {
    /// Takes in a tick that concerns this device, in two transactions.
    pub(crate) fn take_in(&mut self, tick: &WholeTick, hits: &Hits) -> Result<(), EngineError> {
        LATER.take();
        self.step(|core, tx| {
            core.advance(tick);
            core.receive_tick(tx, tick, hits)?;
            core.save_position(tx)
        })?;
        let rows = LATER.take();
        if rows.is_empty() {
            return Ok(());
        }
        if !super::rules::is_planted() {
            std::thread::sleep(GAP);
        }
        self.store.step(|tx| {
            for row in &rows {
                tx.insert_message(row)?;
                standing::settle(tx, row.conversation, &row.id)?;
            }
            Ok::<(), EngineError>(())
        })?;
        Ok(())
    }
}

impl Core {
    /// Keeps what somebody said for the second transaction.
    pub(crate) fn keep(&self, tx: &Step<'_>, row: MessageRow) -> Result<bool, EngineError> {
        let new = tx.message(row.conversation, &row.id)?.is_none();
        if new {
            LATER.with_borrow_mut(|rows| rows.push(row));
        }
        Ok(new)
    }
}
