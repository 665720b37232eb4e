//! Self-healing: when this device's keys are replaced though nothing demands it.
//!
//! One to one: when the direction of talk changes and the own last commit is at least a minute old.
//! The commit follows the message, so that nobody waits for it.

use heliograph_store::Step;

use super::core::Core;
use super::errors::EngineError;
use super::live::Live;

/// Least age of the own last commit before the next.
const PAUSE_MS: i64 = 60_000;

impl Core {
    /// A text of one's own has counted.
    pub(crate) fn said(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        let turned = std::mem::take(&mut live.detail.theirs_last);
        if turned && self.now.saturating_sub(live.detail.last_commit_ms) >= PAUSE_MS {
            live.detail.wants_commit = true;
        }
        if turned {
            live.save_row(tx)?;
        }
        Ok(())
    }

    /// A text of somebody else was shown.
    pub(crate) fn heard(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        if live.detail.theirs_last {
            return Ok(());
        }
        live.detail.theirs_last = true;
        live.save_row(tx)
    }
}
