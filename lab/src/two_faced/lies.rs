//! What this board does besides: withholding, and letting a story move word by word.

use heliograph_client::engine::Input;
use heliograph_wire::{Cell, Label, Outcome, ServerUnit};

use super::TwoFaced;

/// What the board withholds, and from whom.
#[derive(Default)]
pub struct Lies {
    /// This device is shown every cell without its content, as if it had been erased.
    pub bare_to: Option<usize>,
    /// This device's Gets are answered *Absent*.
    pub deny_to: Option<usize>,
    /// Gets are not answered at all.
    pub silent: bool,
    /// These only listen: what they put or erase never reaches the board.
    pub thieves: Vec<usize>,
    /// This device never rests, a planted fault: its log keeps what its steps deleted.
    pub restless: Option<usize>,
}

impl TwoFaced {
    /// The cell under a label, if there is one.
    #[must_use]
    pub fn cell(&self, label: &Label) -> Option<&Cell> {
        self.cells.get(label)
    }

    /// Puts a cell of somebody who is no device here; false if the label is taken.
    pub fn post(&mut self, cell: Cell) -> bool {
        let conflicts = self.conflicts;
        let stored = matches!(self.put(cell), Outcome::Stored);
        self.conflicts = conflicts;
        stored
    }

    /// Serves what a device has asked for so far; its answers wait.
    pub fn serve_asked(&mut self, at: usize) {
        for request in self.engines[at].output().requests {
            self.serve(at, request);
        }
    }

    /// Announces what waits and delivers everything, serving nobody.
    pub fn announce(&mut self) {
        self.tick_all();
        for at in 0..self.faces.len() {
            self.deliver(at);
        }
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
            let now = self.clock(at);
            self.engines[at].input(now, Input::Unit(Box::new(unit)));
        }
    }

    pub(super) fn say(&mut self, at: usize, unit: ServerUnit) {
        self.faces[at].inbox.push_back(unit);
    }
}
