//! What the device does because time passed.

use heliograph_store::{Step, View};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng;

use super::Engine;
use super::core::Core;
use super::errors::EngineError;

/// How often days and weeks are looked at, and a position nothing else writes is written.
const ROUND_MS: i64 = 60_000;
/// Mean pause between chaff requests.
pub(crate) const CHAFF_MEAN_MS: f64 = 120_000.0;
/// Pause before asking a busy board again.
pub(crate) const RETRY_MS: i64 = 1_000;
/// Far enough to mean never.
pub(crate) const NEVER: i64 = i64::MAX;

/// Due times, Unix milliseconds.
pub(crate) struct Timers {
    pub(crate) receipts: i64,
    pub(crate) erasures: i64,
    pub(crate) retry: i64,
    pub(crate) files: i64,
    pub(crate) fleeting: i64,
    pub(crate) round: i64,
    pub(crate) chaff: i64,
}

impl Timers {
    pub(crate) fn new(now_ms: i64, rng: &mut ChaCha20Rng) -> Self {
        // Anywhere in the first two minutes, so that starting says nothing about when.
        let first = i64::from(rng.next_u32() % 120_000);
        Self {
            receipts: NEVER,
            erasures: NEVER,
            retry: NEVER,
            files: NEVER,
            fleeting: NEVER,
            round: now_ms + ROUND_MS,
            chaff: now_ms + first,
        }
    }

    /// After a failure (a full disk, say): what is due is tried again, but not at once.
    pub(crate) fn postpone(&mut self, now_ms: i64) {
        self.receipts = self.receipts.max(now_ms + RETRY_MS);
        self.erasures = self.erasures.max(now_ms + RETRY_MS);
        self.fleeting = self.fleeting.max(now_ms + RETRY_MS);
        if self.files != NEVER {
            self.files = self.files.max(now_ms + RETRY_MS);
        }
    }

    pub(crate) fn next(&self) -> Option<i64> {
        [
            self.receipts,
            self.erasures,
            self.retry,
            self.files,
            self.fleeting,
            self.round,
            self.chaff,
        ]
        .into_iter()
        .min()
        .filter(|at| *at != NEVER)
    }
}

impl Core {
    /// Reads the due times that the database knows.
    pub(crate) fn recall_timers(&mut self, view: &View<'_>) -> Result<(), EngineError> {
        self.timers.receipts = view.next_receipt_due()?.unwrap_or(NEVER);
        self.timers.erasures = view.next_erasure()?.unwrap_or(NEVER);
        self.timers.fleeting = view.next_due()?.unwrap_or(NEVER);
        Ok(())
    }
}

impl Engine {
    /// Does what is due. Anything that needs the board waits until the device is in step.
    pub(super) fn wake(&mut self) -> Result<(), EngineError> {
        let now = self.core.now;
        self.expire()?;
        let round = self.core.timers.round <= now;
        if round {
            // A machine that slept heard nobody: nobody is late because of that.
            let slept = now.saturating_sub(self.core.timers.round) > ROUND_MS;
            self.core.timers.round = now + ROUND_MS;
            if slept {
                self.core.begin_waiting_anew();
            }
            self.step(|core, tx| core.save_position(tx))?;
            let core = &mut self.core;
            self.store.view(|view| {
                core.recall_cards(view)?;
                core.recall_returns(view)
            })?;
            self.refresh_cards()?;
            self.give_up_if_stalled()?;
        }
        if self.core.timers.files <= now {
            self.check_files()?;
        }
        if self.core.timers.receipts <= now {
            self.step(Core::send_receipts)?;
        }
        if !self.core.feed.in_step() {
            // Not lost: `go_on` comes by when the device is in step.
            self.core.timers.erasures = self.core.timers.erasures.max(now + RETRY_MS);
            self.core.timers.retry = NEVER;
            self.core.timers.chaff = self.core.timers.chaff.max(now + RETRY_MS);
            return Ok(());
        }
        if round {
            self.go_on_contacts()?;
            self.go_on_files()?;
            self.step(Core::heal_groups)?;
            self.step(Core::ask_to_return)?;
            self.step(Core::doubt)?;
        }
        if self.core.timers.erasures <= now {
            self.step(|core, tx: &Step<'_>| core.erase_due(tx))?;
        }
        if self.core.timers.retry <= now {
            self.core.timers.retry = NEVER;
            self.go_on()?;
        }
        if self.core.timers.chaff <= now {
            self.core.chaff();
        }
        Ok(())
    }
}
