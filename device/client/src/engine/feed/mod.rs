//! The lane's public record: following it, catching up by spans, checking the chain.
//!
//! Follow starts at the board's newest tick. What was missed is fetched as whole public spans, so
//! nothing that is asked tells the board where this device stopped. Ticks that arrive meanwhile wait.

mod anew;
mod catch_up;
mod faults;
mod position;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

pub(super) use self::anew::earlier_records;

use heliograph_delivery::{ChainFault, TickChain};
use heliograph_wire::{Feed as Piece, Heartbeat, LeafHash, Part, SignedTick, merkle};

use super::Engine;
use super::errors::{EngineError, Past};
use super::flights::Flight;
use super::tick_view::WholeTick;

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
/// Ticks ahead that answers may name before this device has reached them.
const CLAIMED_MAX: usize = 64;
/// A connection on which nothing comes further for this long is given up.
const STALLED_MS: i64 = 120_000;

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
    /// Hour of the position last written, and of one being written in the step at hand.
    saved_hour: u32,
    writing: bool,
    pub(crate) blocked: Option<Blocked>,
    ready: VecDeque<WholeTick>,
    /// Ticks ahead of this device that answers of the board named: they must come out so.
    claimed: HashMap<u64, [u8; 32]>,
    /// The past is being read again, for this tick.
    pub(crate) again: Option<(u64, Past)>,
    /// Day, and how often the past was read again on it.
    rereads: (u32, u32),
    /// When this device last came further, Unix milliseconds.
    moved: i64,
    /// Ticks of records followed before this one.
    passed: u64,
    /// Number of the newest tick when Follow was answered: the past must lead there.
    promised: u64,
    /// The board showed another record than this device followed, and not yet that one again.
    astray: bool,
    /// It did so on the connection that is, or on the last one.
    judged: bool,
}

/// A tick that cannot be judged before these cells are fetched.
pub(crate) struct Blocked {
    pub(crate) tick: WholeTick,
    pub(crate) missing: usize,
}

impl Feed {
    pub(crate) fn new(chain: TickChain, hour: u32, (passed, astray): (u64, bool)) -> Self {
        Self {
            pace: Pace::Away,
            chain,
            hour,
            live: None,
            past: None,
            queue: VecDeque::new(),
            overflowed: false,
            unsaved: Vec::new(),
            saved_hour: hour,
            writing: false,
            blocked: None,
            ready: VecDeque::new(),
            claimed: HashMap::new(),
            again: None,
            rereads: (0, 0),
            moved: 0,
            passed,
            promised: 0,
            astray,
            judged: false,
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        !matches!(self.pace, Pace::Away | Pace::Stopped)
    }

    fn is_catching_up(&self) -> bool {
        matches!(self.pace, Pace::CatchingUp(..))
    }

    /// Whether a part may be kept: one that waits for others must be of a tick the board signed.
    fn wants(&mut self, part: &Part) -> bool {
        part.items.len() >= part.tick.head.items as usize
            || self.chain.check_part(&part.tick).is_ok()
    }

    pub(crate) fn in_step(&self) -> bool {
        self.pace == Pace::InStep && self.blocked.is_none() && self.ready.is_empty()
    }

    /// The step at hand is over: what it wrote of the position is written, or is not.
    pub(crate) fn written(&mut self, committed: bool) {
        if std::mem::take(&mut self.writing) && committed {
            self.unsaved.clear();
            self.saved_hour = self.hour;
        }
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
            items: Arc::new(whole.items),
            hour: whole.hour,
        }))
    }
}

impl Engine {
    /// A piece of the feed or of a span.
    pub(in crate::engine) fn piece(&mut self, piece: Piece) -> Result<(), EngineError> {
        if !self.core.feed.is_connected() {
            return Ok(());
        }
        match piece {
            Piece::Heartbeat(beat) => self.heartbeat(&beat),
            Piece::Part(_, part) if !self.core.feed.wants(&part) => {
                self.stop(ChainFault::Signature)
            }
            Piece::Part(stream, _) if stream != 0 && !self.core.feed.is_catching_up() => {
                self.stop(ChainFault::Gap)
            }
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
            if feed.ready.len() > QUEUE {
                // The board withholds a cell and goes on: begin anew rather than grow.
                self.begin_anew();
                return Ok(());
            }
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
                let newest = beat.tick.head.number == self.core.feed.chain.number();
                if self.core.feed.in_step() && newest {
                    self.core.reach_hour(beat.hour);
                }
                Ok(())
            }
            Err(fault) => self.stop(fault),
        }
    }

    /// Processes what can be processed, in order.
    pub(super) fn process_ready(&mut self) -> Result<(), EngineError> {
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
        let claimed = self.core.feed.claimed.remove(&number);
        if claimed.is_some_and(|hash| hash != tick.signed.hash().0) {
            return self.stop(ChainFault::Fork);
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
        let number = tick.signed.head.number;
        let core = &self.core;
        let remembered = self.store.view(|view| core.known_tick(view, number))?;
        if remembered.is_some_and(|hash| hash != tick.signed.hash().0) {
            return self.stop(ChainFault::Fork);
        }
        let leaves: Vec<LeafHash> = tick.items.iter().map(|item| item.leaf).collect();
        if remembered.is_some() && merkle::root(&leaves) == tick.signed.head.root {
            // Read anyway: bodies of a commit to come may be among them.
            self.core.ring.remember(number, &tick.items);
        }
        Ok(())
    }

    /// One whole tick, one transaction. If cells are missing, fetches them and tries again.
    pub(in crate::engine) fn judge(&mut self, tick: WholeTick) -> Result<(), EngineError> {
        let hits = self.core.hits(&tick);
        let (before, hour) = (self.core.feed.chain.clone(), self.core.feed.hour);
        let done = if hits.is_empty() {
            self.core.advance(&tick);
            if self.core.feed.unsaved.len() >= SAVE_EVERY {
                self.step(|core, tx| core.save_position(tx))
            } else {
                Ok(())
            }
        } else {
            self.take_in(&tick, &hits)
        };
        if done.is_err() {
            let feed = &mut self.core.feed;
            feed.chain = before;
            feed.hour = hour;
            feed.unsaved.retain(|(n, _)| *n < tick.signed.head.number);
        }
        match done {
            Err(EngineError::Need(labels)) => {
                self.fetch_for(tick, &labels);
                Ok(())
            }
            Err(EngineError::Past(past)) => {
                // The next connection reads it with the rest of the past.
                self.core.feed.again = Some((tick.signed.head.number, past));
                self.begin_anew();
                Ok(())
            }
            other => {
                self.core.ring.forget_fetched();
                self.core.feed.again = None;
                if other.is_err() {
                    // Ours to mend, not the board's fault: the tick is read again from a span.
                    self.begin_anew();
                }
                other
            }
        }
    }

    fn fetch_for(&mut self, tick: WholeTick, labels: &[heliograph_wire::Label]) {
        self.core.feed.moved = self.core.now;
        self.core.feed.blocked = Some(Blocked {
            tick,
            missing: labels.len(),
        });
        for label in labels {
            self.core.get(Flight::Body(*label), *label);
        }
    }

    /// A cell that a tick waited for has come, or is known not to exist.
    pub(in crate::engine) fn resume(&mut self) -> Result<(), EngineError> {
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
}
