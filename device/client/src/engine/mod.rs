//! The device as a value: commands and the board's words in, requests and hints out.
//!
//! One rule: load → change → commit once → transmit. Every input is one or more steps; a step is
//! one database transaction, and what it wants transmitted leaves only after it is committed.
//! `Core` is what lives in memory; if a step fails, everything in it that came from the database is
//! dropped and read again.

mod accept;
mod alarms;
mod annotate;
mod asks;
mod blocks;
mod bodies;
mod cards;
mod chaff;
mod commits;
mod committing;
mod compose;
mod contact;
mod core;
mod detail;
mod drafts;
mod errors;
mod feed;
mod files;
mod fleeting;
mod flights;
mod forward;
mod freeze;
mod group;
mod heal;
mod hello;
mod history;
mod homecoming;
mod keeping;
mod knocks;
mod leave;
mod live;
mod mention;
#[cfg_attr(feature = "planted-faults", path = "one_step_planted.rs")]
mod one_step;
mod open;
mod pins;
mod profile;
mod queries;
mod receipts;
mod receive;
mod ring;
mod rule;
#[cfg_attr(feature = "planted-faults", path = "rules_planted.rs")]
pub mod rules;
mod search;
mod send;
mod settle;
mod standing;
mod stars;
mod tick_view;
mod timeline;
mod timers;
mod typing;
mod verify;
mod wishes;
mod write;

use heliograph_store::{Step, Store};
use heliograph_wire::link::BoardLink;
use heliograph_wire::{Request, ServerUnit};

use self::core::Core;
pub(crate) use self::errors::EngineError;
pub(crate) use self::files::{measure, measure_voice, portrait, thumbnail};
pub(crate) use self::profile::create_profile;
pub use self::rule::Rule;
use crate::{Changed, Refusal};

/// What happens to a device.
pub enum Input {
    /// A connection to the board is up.
    Online,
    /// It is gone, and why.
    Offline(String),
    /// What the board said, in order; as much as is there.
    Units(Vec<ServerUnit>),
    /// Time passed.
    Wake,
}

/// What a device wants done after a committed step.
#[derive(Default)]
pub struct Output {
    /// Requests to the board, in order.
    pub requests: Vec<Request>,
    /// Hints for listeners.
    pub changes: Vec<Changed>,
    /// The connection must be closed (the board broke a rule).
    pub hang_up: bool,
}

/// A device.
pub struct Engine {
    store: Store,
    core: Core,
}

impl Engine {
    /// Something happened. Failures of the database or the program itself become alarms; nothing
    /// that was committed is undone by them.
    pub fn input(&mut self, now_ms: i64, input: Input) {
        self.core.now = now_ms;
        let done = match input {
            Input::Online => self.online(),
            Input::Offline(why) => {
                self.offline(why);
                Ok(())
            }
            Input::Units(units) => {
                self.heard(units);
                Ok(())
            }
            Input::Wake => self.wake(),
        };
        self.settle_fault(done);
    }

    /// Takes what is to be done outside.
    pub fn output(&mut self) -> Output {
        std::mem::take(&mut self.core.out)
    }

    /// When to call [`Engine::input`] with [`Input::Wake`], Unix milliseconds.
    #[must_use]
    pub fn next_wake(&self) -> Option<i64> {
        self.core.timers.next()
    }

    /// The board of this profile.
    #[must_use]
    pub fn board(&self) -> &BoardLink {
        &self.core.board
    }

    /// Writes down the feed position and tidies the database file.
    pub fn close(&mut self) {
        let saved = self.step(|core, tx| core.save_position(tx));
        self.settle_fault(saved);
        self.rest();
    }

    /// Whether [`Engine::rest`] has something to do.
    #[must_use]
    pub fn is_restless(&self) -> bool {
        self.store.has_log()
    }

    /// Nothing happens for a moment: what steps since the last rest deleted leaves the files too
    /// (docs/protocol/store.md, What goes, and when).
    pub fn rest(&mut self) {
        if self.store.tidy().is_err() {
            // The next opening recovers from the write-ahead log; nothing is lost.
            self.core.counters.checkpoint_failed += 1;
        }
    }

    /// One transaction: commits what `change` did, or rolls back and forgets what it read.
    fn step<T>(
        &mut self,
        change: impl FnOnce(&mut Core, &Step<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let core = &mut self.core;
        let held = std::mem::take(&mut core.out);
        let mark = core.flights.mark();
        match self.store.step(|tx| change(core, tx)) {
            Ok(value) => {
                let made = std::mem::replace(&mut core.out, held);
                core.out.requests.extend(made.requests);
                core.out.changes.extend(made.changes);
                core.out.hang_up |= made.hang_up;
                core.feed.written(true);
                Ok(value)
            }
            Err(error) => {
                core.out = held;
                core.flights.undo_after(mark);
                core.feed.written(false);
                core.forget(!matches!(error, EngineError::Refused(_)));
                let read = self.store.view(|view| core.recall(view));
                if let Err(again) = read {
                    core.broken = Some(again.to_string());
                }
                Err(error)
            }
        }
    }

    /// A step on behalf of a person, whose error becomes a refusal.
    fn command<T>(
        &mut self,
        now_ms: i64,
        change: impl FnOnce(&mut Core, &Step<'_>) -> Result<T, EngineError>,
    ) -> Result<T, Refusal> {
        self.core.now = now_ms;
        self.step(change).map_err(EngineError::into_refusal)
    }

    /// Turns a failed step into something visible.
    fn settle_fault(&mut self, done: Result<(), EngineError>) {
        if let Err(error) = done {
            self.core.counters.failed_steps += 1;
            self.core.timers.postpone(self.core.now);
            self.core.broken = Some(error.to_string());
            self.core.out.changes.push(Changed::Alarm);
        }
    }
}
