//! Self-healing: when this device's keys are replaced though nothing demands it.
//!
//! One to one: when the direction of talk changes and the own last commit is at least a minute old.
//! The commit follows the message, so that nobody waits for it. In a group: each device about once
//! a week, at a time of its own, whether or not it says anything.

use heliograph_store::Step;
use rand_core::Rng;

use super::core::Core;
use super::detail::{Detail, State};
use super::errors::EngineError;
use super::live::Live;

/// Least age of the own last commit before the next.
const PAUSE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// A group's device heals after this many days, and up to so many more.
const HEAL_DAYS: (i64, i64) = (5, 4);

impl Core {
    /// A text of one's own has counted.
    pub(crate) fn said(&mut self, tx: &Step<'_>, live: &mut Live) -> Result<(), EngineError> {
        let turned = std::mem::take(&mut live.detail.theirs_last);
        if turned
            && !live.detail.group
            && self.now.saturating_sub(live.detail.last_commit_ms) >= PAUSE_MS
        {
            live.detail.wants_commit = true;
        }
        if turned {
            live.save_row(tx)?;
        }
        Ok(())
    }

    /// When a device that has just replaced its keys does so again, by itself.
    pub(crate) fn next_healing(&mut self) -> i64 {
        let (least, more) = HEAL_DAYS;
        let spread = i64::from(self.rng.next_u32()) * more * DAY_MS / i64::from(u32::MAX);
        self.now + least * DAY_MS + spread
    }

    /// Groups whose time has come.
    pub(crate) fn heal_groups(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        for row in tx.conversations()? {
            let detail = Detail::of(&row)?;
            let due = detail.group && detail.heal_due_ms <= self.now;
            if !due || State::of(&row)? != State::Open {
                continue;
            }
            self.with_live(tx, row.id, |core, tx, live| {
                live.detail.wants_commit = true;
                live.detail.heal_due_ms = core.next_healing();
                live.save_row(tx)?;
                core.drive_commit(tx, live)
            })?;
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
