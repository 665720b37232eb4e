//! The lane's public record: following it, catching up by spans, checking the chain.
//!
//! Follow starts at the board's newest tick. What was missed is fetched as whole public spans, so
//! nothing that is asked tells the board where this device stopped. Ticks that arrive meanwhile wait.

use std::collections::VecDeque;

use heliograph_delivery::{ChainFault, TickChain};
use heliograph_store::{Position, Step};
use heliograph_wire::{Feed as Piece, Heartbeat, LeafHash, Op, Outcome, Part, SignedTick};

use super::Engine;
use super::core::Core;
use super::errors::EngineError;
use super::flights::Flight;
use super::tick_view::WholeTick;
use crate::Changed;

/// Ticks that may wait while older ones are fetched; more are fetched again later.
const QUEUE: usize = 4_096;
/// Spans in one catching up; more would be over the keep time of anything.
const SPANS_MAX: u32 = 24 * 15;
/// A device away longer than this may not touch old labels: an expired slot could be filled again.
const UNBROKEN_HOURS: u32 = 13 * 24;
/// Ticks processed between two writings of a position nothing else writes.
const SAVE_EVERY: usize = 512;
/// Tick hashes remembered for comparing with what peers saw.
const TICKS_REMEMBERED: u64 = 200_000;

/// How far the device is in step with the lane.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// No connection.
    Away,
    /// Follow was asked for.
    Asked,
    /// Spans are being fetched; the hour asked for and how many more are allowed.
    CatchingUp(u32, u32),
    /// Caught up.
    InStep,
    /// The board broke a rule; nothing is believed or sent until the next connection.
    Stopped,
}

/// A tick whose parts are still arriving.
struct Assembly {
    signed: SignedTick,
    items: Vec<heliograph_wire::Item>,
    hour: u32,
}

/// State of the feed.
pub(crate) struct Feed {
    pub(crate) pace: Pace,
    pub(crate) chain: TickChain,
    pub(crate) hour: u32,
    live: Option<Assembly>,
    past: Option<Assembly>,
    queue: VecDeque<WholeTick>,
    overflowed: bool,
    unsaved: Vec<(u64, [u8; 32])>,
    pub(crate) blocked: Option<Blocked>,
    ready: VecDeque<WholeTick>,
}

/// A tick that cannot be judged before these cells are fetched.
pub(crate) struct Blocked {
    pub(crate) tick: WholeTick,
    pub(crate) missing: usize,
}

impl Feed {
    pub(crate) fn new(chain: TickChain, hour: u32) -> Self {
        Self {
            pace: Pace::Away,
            chain,
            hour,
            live: None,
            past: None,
            queue: VecDeque::new(),
            overflowed: false,
            unsaved: Vec::new(),
            blocked: None,
            ready: VecDeque::new(),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        !matches!(self.pace, Pace::Away | Pace::Stopped)
    }

    pub(crate) fn in_step(&self) -> bool {
        self.pace == Pace::InStep && self.blocked.is_none() && self.ready.is_empty()
    }

    fn reset(&mut self, pace: Pace) {
        self.pace = pace;
        self.live = None;
        self.past = None;
        self.queue.clear();
        self.overflowed = false;
        self.blocked = None;
        self.ready.clear();
    }

    /// Adds a part; gives the tick when it is whole.
    fn assemble(slot: &mut Option<Assembly>, part: Part) -> Result<Option<WholeTick>, ChainFault> {
        let signed = part.tick;
        let assembly = match slot {
            Some(begun) if begun.signed == signed => begun,
            Some(_) => return Err(ChainFault::Gap),
            None => slot.insert(Assembly {
                signed,
                items: Vec::new(),
                hour: part.hour,
            }),
        };
        if part.first as usize != assembly.items.len() {
            return Err(ChainFault::Gap);
        }
        assembly.items.extend(part.items);
        let wanted = signed.head.items as usize;
        if assembly.items.len() > wanted {
            return Err(ChainFault::Root);
        }
        if assembly.items.len() < wanted {
            return Ok(None);
        }
        Ok(slot.take().map(|whole| WholeTick {
            signed: whole.signed,
            items: whole.items,
            hour: whole.hour,
        }))
    }
}

impl Engine {
    pub(super) fn online(&mut self) -> Result<(), EngineError> {
        let core = &mut self.core;
        core.flights.clear();
        core.feed.reset(Pace::Asked);
        core.link = crate::LinkState::Online;
        core.out.changes.push(Changed::Link);
        let lane = core.lane;
        core.request(Flight::Follow, Op::Follow(lane));
        Ok(())
    }

    pub(super) fn offline(&mut self, why: String) {
        let core = &mut self.core;
        core.flights.clear();
        core.feed.reset(Pace::Away);
        core.ring.forget_fetched();
        core.link = crate::LinkState::Offline(why);
        core.out.changes.push(Changed::Link);
    }

    /// The board answered Follow.
    pub(super) fn following(
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
        let ours = core.feed.chain.number();
        let theirs = head.as_ref().map_or(0, |tick| tick.head.number);
        if ours == 0 && core.feed.hour == 0 {
            // A new device: everything meant for it lies ahead.
            if let Some(head) = head {
                core.feed.chain.adopt(head);
            }
            core.feed.hour = hour;
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
            core.feed.hour = hour;
            return self.caught_up();
        }
        if hour.saturating_sub(core.feed.hour) > UNBROKEN_HOURS {
            return self.away_too_long(head, hour);
        }
        let from = core.feed.hour;
        self.ask_span(from, SPANS_MAX);
        Ok(())
    }

    fn ask_span(&mut self, hour: u32, left: u32) {
        let core = &mut self.core;
        core.feed.pace = Pace::CatchingUp(hour, left);
        let lane = core.lane;
        core.request(Flight::Span, Op::Span(lane, hour));
    }

    /// A span is complete.
    pub(super) fn span_end(&mut self, outcome: &Outcome) -> Result<(), EngineError> {
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
        self.core.feed.hour = self.core.feed.hour.max(*now);
        if self.core.feed.blocked.is_some() {
            // `resume` comes back here once the missing cells are there.
            self.core.feed.pace = Pace::CatchingUp(*now, left - 1);
            return Ok(());
        }
        self.join_live()
    }

    /// The past is read: now the ticks that arrived meanwhile.
    fn join_live(&mut self) -> Result<(), EngineError> {
        let waiting: Vec<WholeTick> = self.core.feed.queue.drain(..).collect();
        self.core.feed.ready.extend(waiting);
        self.process_ready()?;
        if std::mem::take(&mut self.core.feed.overflowed) {
            let hour = self.core.feed.hour;
            self.ask_span(hour, SPANS_MAX);
            return Ok(());
        }
        if matches!(self.core.feed.pace, Pace::CatchingUp(..)) {
            return self.caught_up();
        }
        Ok(())
    }

    fn caught_up(&mut self) -> Result<(), EngineError> {
        self.core.feed.pace = Pace::InStep;
        self.core.out.changes.push(Changed::CaughtUp);
        self.go_on()
    }

    /// A piece of the feed or of a span.
    pub(super) fn piece(&mut self, piece: Piece) -> Result<(), EngineError> {
        if !self.core.feed.is_connected() {
            return Ok(());
        }
        match piece {
            Piece::Heartbeat(beat) => self.heartbeat(&beat),
            Piece::Part(0, part) => {
                let feed = &mut self.core.feed;
                match Feed::assemble(&mut feed.live, part) {
                    Err(fault) => self.stop(fault),
                    Ok(None) => Ok(()),
                    Ok(Some(tick)) => self.live_tick(tick),
                }
            }
            Piece::Part(_, part) => {
                let feed = &mut self.core.feed;
                match Feed::assemble(&mut feed.past, part) {
                    Err(fault) => self.stop(fault),
                    Ok(None) => Ok(()),
                    Ok(Some(tick)) => {
                        feed.ready.push_back(tick);
                        self.process_ready()
                    }
                }
            }
        }
    }

    fn live_tick(&mut self, tick: WholeTick) -> Result<(), EngineError> {
        let feed = &mut self.core.feed;
        if feed.pace == Pace::InStep {
            feed.ready.push_back(tick);
            return self.process_ready();
        }
        if feed.queue.len() < QUEUE {
            feed.queue.push_back(tick);
        } else {
            feed.overflowed = true;
        }
        Ok(())
    }

    fn heartbeat(&mut self, beat: &Heartbeat) -> Result<(), EngineError> {
        match self.core.feed.chain.check_heartbeat(beat) {
            Ok(()) => {
                if self.core.feed.in_step() {
                    self.core.feed.hour = self.core.feed.hour.max(beat.hour);
                }
                Ok(())
            }
            Err(fault) => self.stop(fault),
        }
    }

    /// Processes what can be processed, in order.
    fn process_ready(&mut self) -> Result<(), EngineError> {
        while self.core.feed.blocked.is_none() {
            let Some(tick) = self.core.feed.ready.pop_front() else {
                break;
            };
            self.process(tick)?;
        }
        Ok(())
    }

    fn process(&mut self, tick: WholeTick) -> Result<(), EngineError> {
        let number = tick.signed.head.number;
        if number <= self.core.feed.chain.number() {
            return self.seen_before(&tick);
        }
        let leaves: Vec<LeafHash> = tick.items.iter().map(|item| item.leaf).collect();
        if let Err(fault) = self.core.feed.chain.check_next(&tick.signed, &leaves) {
            return self.stop(fault);
        }
        self.core.ring.remember(number, &tick.items);
        self.judge(tick)
    }

    /// A tick of the past that comes again must be the one that was processed.
    fn seen_before(&mut self, tick: &WholeTick) -> Result<(), EngineError> {
        let (lane, number) = (self.core.lane.0, tick.signed.head.number);
        let remembered = self.store.view(|view| view.tick_hash(lane, number))?;
        if remembered.is_some_and(|hash| hash != tick.signed.hash().0) {
            return self.stop(ChainFault::Fork);
        }
        Ok(())
    }

    /// One whole tick, one transaction. If cells are missing, fetches them and tries again.
    pub(super) fn judge(&mut self, tick: WholeTick) -> Result<(), EngineError> {
        let hits = self.core.hits(&tick);
        let done = if hits.is_empty() {
            self.core.advance(&tick);
            if self.core.feed.unsaved.len() >= SAVE_EVERY {
                self.step(|core, tx| core.save_position(tx))
            } else {
                Ok(())
            }
        } else {
            let before = self.core.feed.chain.clone();
            let done = self.step(|core, tx| {
                core.advance(&tick);
                core.receive_tick(tx, &tick, &hits)?;
                core.save_position(tx)
            });
            if done.is_err() {
                self.core.feed.chain = before;
                self.core
                    .feed
                    .unsaved
                    .retain(|(n, _)| *n < tick.signed.head.number);
            }
            done
        };
        match done {
            Err(EngineError::Need(labels)) => {
                self.fetch_for(tick, &labels);
                Ok(())
            }
            other => {
                self.core.ring.forget_fetched();
                other
            }
        }
    }

    fn fetch_for(&mut self, tick: WholeTick, labels: &[heliograph_wire::Label]) {
        self.core.feed.blocked = Some(Blocked {
            tick,
            missing: labels.len(),
        });
        for label in labels {
            self.core.get(Flight::Body(*label), *label);
        }
    }

    /// A cell that a tick waited for has come, or is known not to exist.
    pub(super) fn resume(&mut self) -> Result<(), EngineError> {
        let Some(blocked) = &mut self.core.feed.blocked else {
            return Ok(());
        };
        blocked.missing = blocked.missing.saturating_sub(1);
        if blocked.missing > 0 {
            return Ok(());
        }
        if let Some(blocked) = self.core.feed.blocked.take() {
            self.judge(blocked.tick)?;
        }
        self.process_ready()?;
        let feed = &self.core.feed;
        match feed.pace {
            Pace::CatchingUp(..) if feed.blocked.is_none() && !self.core.flights.has_span() => {
                self.join_live()
            }
            Pace::InStep => self.go_on(),
            _ => Ok(()),
        }
    }

    /// The board broke a rule: say so, believe nothing more from this connection.
    pub(super) fn stop(&mut self, fault: ChainFault) -> Result<(), EngineError> {
        self.core.feed.reset(Pace::Stopped);
        self.core.out.hang_up = true;
        let kind = match fault {
            ChainFault::Fork | ChainFault::Rollback => "board-two-histories",
            _ => "board-broke-chain",
        };
        self.step(|core, tx| core.alarm(tx, kind, fault.to_string().as_bytes()))
    }

    fn away_too_long(&mut self, head: Option<SignedTick>, hour: u32) -> Result<(), EngineError> {
        if let Some(head) = head {
            self.core.feed.chain.adopt(head);
        }
        self.core.feed.hour = hour;
        self.step(|core, tx| {
            core.freeze_all(tx)?;
            core.write_position(tx)?;
            core.alarm(tx, "away-too-long", &[])
        })?;
        self.caught_up()
    }
}

impl Core {
    /// Moves the position past a tick, in memory.
    fn advance(&mut self, tick: &WholeTick) {
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

    fn write_position(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
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
