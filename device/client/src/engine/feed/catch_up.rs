//! Getting in step: Follow, whole spans of the past, then what arrived meanwhile.

use heliograph_delivery::ChainFault;
use heliograph_wire::{Op, Outcome, SignedTick};

use super::anew::ASTRAY;
use super::position::CLOCK_HOURS;
use super::{Pace, SPANS_MAX, UNBROKEN_HOURS};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;
use crate::engine::tick_view::WholeTick;
use crate::{Changed, LinkState};

impl Engine {
    pub(in crate::engine) fn online(&mut self) -> Result<(), EngineError> {
        let core = &mut self.core;
        core.flights.clear();
        core.feed.reset(Pace::Asked);
        core.feed.moved = core.now;
        core.feed.judged = false;
        if !core.feed.astray {
            core.link = LinkState::Online;
            core.out.changes.push(Changed::Link);
        }
        let lane = core.lane;
        core.request(Flight::Follow, Op::Follow(lane));
        Ok(())
    }

    pub(in crate::engine) fn offline(&mut self, why: String) {
        let core = &mut self.core;
        core.flights.clear();
        core.feed.reset(Pace::Away);
        core.ring.forget_fetched();
        if !core.feed.astray {
            core.link = LinkState::Offline(why);
        }
        core.out.changes.push(Changed::Link);
    }

    /// The board answered Follow.
    pub(in crate::engine) fn following(
        &mut self,
        head: Option<SignedTick>,
        hour: u32,
    ) -> Result<(), EngineError> {
        let core = &mut self.core;
        if let Some(head) = &head
            && core.feed.chain.check_signature(head).is_err()
        {
            return self.stop(ChainFault::Signature);
        }
        if core.clock_differs(hour) {
            self.step(|core, tx| core.alarm(tx, "clock-differs", &[]))?;
        }
        let core = &mut self.core;
        let ours = core.feed.chain.number();
        let theirs = head.as_ref().map_or(0, |tick| tick.head.number);
        if ours == 0 && core.feed.hour == 0 {
            // A new device: everything meant for it lies ahead.
            if let Some(head) = head {
                core.feed.chain.adopt(head);
            }
            core.reach_hour(hour);
            self.step(|core, tx| core.write_position(tx))?;
            return self.caught_up();
        }
        if theirs < ours {
            return self.stop(ChainFault::Rollback);
        }
        if theirs == ours {
            let same = head.map(|tick| tick.hash()) == core.feed.chain.head().map(|t| t.hash());
            if !same {
                return self.stop(ChainFault::Fork);
            }
            core.reach_hour(hour);
            self.step(|core, tx| core.save_position(tx))?;
            return self.caught_up();
        }
        core.feed.promised = theirs;
        // Whoever was led astray does not go over to another record by staying away.
        let away = core.believed(hour).saturating_sub(core.feed.hour) > UNBROKEN_HOURS;
        if away && !core.feed.astray {
            return self.away_too_long(head, hour);
        }
        let mut from = core.feed.hour.saturating_sub(CLOCK_HOURS);
        if let Some((_, past)) = core.feed.again {
            core.ring.read_again(past.since);
            from = from.min(past.hour);
        }
        self.ask_span(from, SPANS_MAX);
        Ok(())
    }

    fn ask_span(&mut self, hour: u32, left: u32) {
        let core = &mut self.core;
        core.feed.pace = Pace::CatchingUp(hour, left);
        core.feed.moved = core.now;
        let lane = core.lane;
        core.request(Flight::Span, Op::Span(lane, hour));
    }

    /// A span is complete.
    pub(in crate::engine) fn span_end(&mut self, outcome: &Outcome) -> Result<(), EngineError> {
        let (Outcome::SpanEnd(first, hours, now), Pace::CatchingUp(asked, left)) =
            (outcome, self.core.feed.pace)
        else {
            return self.stop(ChainFault::Gap);
        };
        let next = first.saturating_add(*hours);
        if next <= asked || left == 0 {
            return self.stop(ChainFault::Gap);
        }
        if next <= *now {
            self.ask_span(next, left - 1);
            return Ok(());
        }
        // Where the past ends; the hour is reached only once nothing of it waits any more.
        self.core.feed.pace = Pace::CatchingUp(*now, left - 1);
        if self.core.feed.blocked.is_some() {
            // `resume` joins once the missing cells are there.
            return Ok(());
        }
        self.join_live()
    }

    /// The past is read: now the ticks that arrived meanwhile.
    pub(super) fn join_live(&mut self) -> Result<(), EngineError> {
        let waiting: Vec<WholeTick> = self.core.feed.queue.drain(..).collect();
        self.core.feed.ready.extend(waiting);
        self.process_ready()?;
        if std::mem::take(&mut self.core.feed.overflowed) {
            let from = self.core.feed.hour.saturating_sub(CLOCK_HOURS);
            self.ask_span(from, SPANS_MAX);
            return Ok(());
        }
        let Pace::CatchingUp(now, _) = self.core.feed.pace else {
            return Ok(());
        };
        let feed = &self.core.feed;
        if feed.blocked.is_none() && feed.chain.number() < feed.promised {
            // Nothing of what it said there is follows what this device read.
            return self.stop(ChainFault::Gap);
        }
        if self.core.feed.blocked.is_none() {
            self.core.reach_hour(now);
        }
        self.caught_up()
    }

    pub(super) fn caught_up(&mut self) -> Result<(), EngineError> {
        self.core.feed.pace = Pace::InStep;
        if self.core.feed.astray {
            self.step(|_, tx| Ok(tx.remove_meta(ASTRAY)?))?;
            self.core.feed.astray = false;
            self.core.link = LinkState::Online;
            self.core.out.changes.push(Changed::Link);
        }
        self.core.out.changes.push(Changed::CaughtUp);
        let core = &mut self.core;
        self.store.view(|view| {
            core.recall_cards(view)?;
            core.recall_returns(view)
        })?;
        self.go_on()?;
        // Whoever opens the profile for a moment only asks now or never.
        self.step(Core::ask_to_return)
    }

    fn away_too_long(&mut self, head: Option<SignedTick>, hour: u32) -> Result<(), EngineError> {
        if let Some(head) = head {
            self.core.feed.chain.adopt(head);
        }
        self.core.reach_hour(hour);
        self.step(|core, tx| {
            core.freeze_all(tx, "away-too-long")?;
            core.write_position(tx)?;
            core.alarm(tx, "away-too-long", &[])
        })?;
        self.caught_up()
    }
}
