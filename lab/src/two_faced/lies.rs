//! What this board does besides: withholding, and letting a story move word by word.

use std::collections::HashSet;

use heliograph_client::Changed;
use heliograph_client::engine::{Engine, Input};
use heliograph_wire::link::BoardLink;
use heliograph_wire::{Cell, ClaimId, Label, Outcome, Request, ServerUnit, SignedTick};

use super::{Face, TwoFaced};

/// What the board withholds, and from whom.
#[derive(Default)]
pub struct Lies {
    /// This device is shown every cell without its content, as if it had been erased.
    pub bare_to: Option<usize>,
    /// This device's Gets are answered *Absent*.
    pub deny_to: Option<usize>,
    /// Gets are not answered at all.
    pub silent: bool,
    /// Puts are neither done nor answered.
    pub deaf: bool,
    /// What this device puts or erases is thanked for and thrown away: it can only listen.
    pub mute: Option<usize>,
    /// These only listen: what they put or erase never reaches the board.
    pub thieves: Vec<usize>,
    /// This device never rests, a planted fault: its log keeps what its steps deleted.
    pub restless: Option<usize>,
}

/// What a board signed, tick by tick.
#[derive(Clone)]
pub struct Record(Vec<(SignedTick, Vec<Cell>, u32)>);

impl TwoFaced {
    /// Labels of cells that can still be read here.
    #[must_use]
    pub fn standing(&self) -> HashSet<Label> {
        let labels = self.cells.keys().copied();
        labels
            .filter(|label| !self.erased.contains_key(label))
            .collect()
    }

    /// The cell that was put under a label, if there is one, erased or not.
    #[must_use]
    pub fn cell(&self, label: &Label) -> Option<&Cell> {
        self.cells.get(label)
    }

    /// Puts a cell of somebody who is no device here; false if the label is taken.
    pub fn post(&mut self, cell: Cell) -> bool {
        matches!(self.put(None, cell), Outcome::Stored)
    }

    /// The cell under a label is erased by somebody who is no device here, and has its key.
    pub fn erase_under(&mut self, label: &Label) {
        self.erased.insert(*label, ClaimId([0xEE; 16]));
    }

    /// Serves what a device has asked for so far; its answers wait.
    pub fn serve_asked(&mut self, at: usize) {
        for request in self.asked(at) {
            self.serve(at, request);
        }
    }

    /// What a device asks for. One that hangs up is connected again, once before it has a pause.
    pub(super) fn asked(&mut self, at: usize) -> Vec<Request> {
        let output = self.engines[at].output();
        let writing = |change: &&Changed| matches!(change, Changed::Typing(..));
        self.writing[at] += output.changes.iter().filter(writing).count();
        if !output.hang_up || std::mem::replace(&mut self.hung_up[at], true) {
            return output.requests;
        }
        self.reconnect(at);
        self.engines[at].output().requests
    }

    /// Announces what waits and delivers everything, serving nobody.
    pub fn announce(&mut self) {
        self.tick_all();
        for at in 0..self.faces.len() {
            self.deliver(at);
        }
    }

    /// One more device, which is shown from now on what `like` is shown; gives its number.
    pub fn join(&mut self, like: usize, engine: Engine) -> usize {
        let face = &self.faces[like];
        let face = Face {
            ticks: face.ticks.clone(),
            pending: face.pending.clone(),
            ..Face::default()
        };
        self.faces.push(face);
        self.engines.push(engine);
        self.off.push(0);
        self.hung_up.push(false);
        self.writing.push(0);
        let (at, now) = (self.faces.len() - 1, self.now);
        self.engines[at].input(now, Input::Online);
        at
    }

    /// Every device from this one on is gone for good; what it put stays.
    pub fn leave(&mut self, from: usize) {
        self.engines.truncate(from);
        self.faces.truncate(from);
        self.off.truncate(from);
        self.hung_up.truncate(from);
        self.writing.truncate(from);
    }

    /// How many ticks a device was shown.
    #[must_use]
    pub fn ticks_shown(&self, at: usize) -> usize {
        self.faces[at].ticks.len()
    }

    /// One more device, which is shown what `like` was shown up to a tick and then only what is new: it does not hear what
    /// came between. Gives its number.
    pub fn join_in_the_past(&mut self, (like, ticks): (usize, usize), engine: Engine) -> usize {
        let at = self.join(like, engine);
        self.faces[at].ticks.truncate(ticks);
        self.faces[at].pending.clear();
        at
    }

    /// Its board link.
    #[must_use]
    pub fn board(&self) -> BoardLink {
        self.engines[0].board().clone()
    }

    /// The record that a device is shown now.
    #[must_use]
    pub fn record(&self, at: usize) -> Record {
        Record(self.faces[at].ticks.clone())
    }

    /// From now on a device is shown another record.
    pub fn show(&mut self, at: usize, record: Record) {
        self.faces[at].ticks = record.0;
        self.faces[at].pending.clear();
        self.reconnect(at);
    }

    /// The board goes back to a backup: what came after it is gone, and everybody connects anew.
    pub fn go_back(&mut self, to: &Record) {
        let held: Vec<Label> =
            to.0.iter()
                .flat_map(|tick| &tick.1)
                .map(|cell| cell.label)
                .collect();
        self.cells.retain(|label, _| held.contains(label));
        for at in 0..self.faces.len() {
            self.show(at, to.clone());
        }
        self.run();
    }

    /// How many cells were ever put here.
    #[must_use]
    pub fn cells_held(&self) -> usize {
        self.cells.len()
    }

    /// How many bytes the bodies of these have.
    #[must_use]
    pub fn bytes_held(&self) -> usize {
        let bodies = self.cells.values().map(|cell| cell.body.bytes().len());
        bodies.sum()
    }

    /// From now on a device's clock is off by so many milliseconds.
    pub fn wrong_clock(&mut self, at: usize, by_ms: i64) {
        self.off[at] = by_ms;
    }

    pub(super) fn clock(&self, at: usize) -> i64 {
        self.now + self.off[at]
    }

    /// Announces what waits, delivering nothing.
    pub fn tick_all(&mut self) {
        for at in 0..self.faces.len() {
            self.tick(at);
        }
    }

    /// Delivers what waits for a device.
    pub fn deliver(&mut self, at: usize) {
        while let Some(unit) = self.faces[at].inbox.pop_front() {
            self.hand(at, unit);
        }
    }

    /// One word of the board reaches a device.
    pub(super) fn hand(&mut self, at: usize, unit: ServerUnit) {
        let now = self.clock(at);
        let written = matches!(&unit, ServerUnit::Answer(answer)
            if matches!(answer.outcome, Outcome::Stored | Outcome::Same | Outcome::Taken | Outcome::Erased));
        self.engines[at].input(now, Input::Units(vec![unit]));
        // What became of a Put or an Erase ends no epoch.
        if let Some(mut epochs) = self.epochs.take_if(|_| !written) {
            epochs.note(self, at);
            self.epochs = Some(epochs);
        }
    }

    pub(super) fn say(&mut self, at: usize, unit: ServerUnit) {
        self.faces[at].inbox.push_back(unit);
    }
}
