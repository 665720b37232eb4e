//! When the feed cannot be believed or does not come: say so, hang up, begin anew.

use heliograph_delivery::ChainFault;
use heliograph_wire::SignedTick;

use super::anew::ASTRAY;
use super::{CLAIMED_MAX, Pace, STALLED_MS};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::{Changed, LinkState};

impl Core {
    /// The patience for what the board owes begins anew.
    pub(in crate::engine) fn begin_waiting_anew(&mut self) {
        self.feed.moved = self.now;
        self.flights.ask_anew(self.now);
    }
}

impl Engine {
    /// Whether a tick that an answer names belongs to the history this device follows. If it lies
    /// ahead, it is remembered and must come.
    pub(in crate::engine) fn fits_history(
        &mut self,
        named: &SignedTick,
    ) -> Result<bool, EngineError> {
        let core = &mut self.core;
        let (number, hash) = (named.head.number, named.hash().0);
        if number <= core.feed.chain.number() {
            let known = self.store.view(|view| core.known_tick(view, number))?;
            return Ok(known.is_none_or(|known| known == hash));
        }
        let claimed = &mut core.feed.claimed;
        if claimed.len() >= CLAIMED_MAX {
            claimed.clear();
        }
        Ok(*claimed.entry(number).or_insert(hash) == hash)
    }

    /// Gives up a connection on which the board holds back what this device needs to go on, or
    /// leaves a request without an answer: on the next one it is asked again.
    pub(in crate::engine) fn give_up_if_stalled(&mut self) -> Result<(), EngineError> {
        let core = &mut self.core;
        let waits = core.feed.is_connected() && !core.feed.in_step();
        let stalled = |since_ms: i64| core.now.saturating_sub(since_ms) >= STALLED_MS;
        let unanswered = core.flights.oldest_ms().is_some_and(stalled);
        let held_back = waits && stalled(core.feed.moved);
        if !unanswered && !held_back {
            return Ok(());
        }
        self.begin_anew();
        self.step(|core, tx| core.alarm(tx, "board-stalls", &[]))
    }

    /// Hangs up without a word against the board; the next connection reads on from what is written.
    pub(super) fn begin_anew(&mut self) {
        self.core.feed.reset(Pace::Stopped);
        // What was asked on this connection is answered to nobody.
        self.core.flights.clear();
        self.core.out.hang_up = true;
    }

    /// The board broke a rule: say so, believe nothing more from this connection.
    pub(in crate::engine) fn stop(&mut self, fault: ChainFault) -> Result<(), EngineError> {
        let other = matches!(fault, ChainFault::Fork | ChainFault::Rollback);
        // A past that does not go on from what was read is another one too; its ticks are only older than those asked for.
        let astray = other || (fault == ChainFault::Gap && self.core.feed.is_catching_up());
        self.begin_anew();
        if astray {
            self.core.feed.astray = true;
            self.core.feed.judged = true;
            self.core.link = LinkState::Astray;
            self.core.out.changes.push(Changed::Link);
        }
        let kind = if other {
            "board-two-histories"
        } else {
            "board-broke-chain"
        };
        self.step(|core, tx| {
            if astray {
                tx.set_meta(ASTRAY, &[1])?;
            }
            core.alarm(tx, kind, fault.to_string().as_bytes())
        })
    }
}
