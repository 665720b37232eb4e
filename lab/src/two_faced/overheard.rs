//! Who listens to the board: a record of every cell, and thieves who replay it with a stolen device.

use heliograph_client::engine::{Engine, Input};
use heliograph_wire::{Body, Cell, Tag};

use super::{Face, TwoFaced};

/// A cell as a board shows it to everybody who follows.
pub struct Overheard {
    /// All that is shown of its label.
    pub tag: Tag,
    /// The sealed bytes.
    pub body: Body,
}

impl TwoFaced {
    pub(super) fn overhear(&mut self, cell: &Cell) {
        self.overheard.push(Overheard {
            tag: cell.label.tag(),
            body: cell.body.clone(),
        });
    }

    /// What a device does when nothing happens for a moment.
    pub(super) fn rest_all(&mut self) {
        let restless = self.lies.restless;
        for (at, engine) in self.engines.iter_mut().enumerate() {
            if Some(at) != restless && engine.is_restless() {
                engine.rest();
            }
        }
    }

    /// A stolen device begins to listen to the whole record, as `victim` was shown it; gives its place. It
    /// never rests, and what it puts goes nowhere.
    pub fn listen_in(&mut self, victim: usize, engine: Engine) -> usize {
        let at = self.engines.len();
        let ticks = self.faces[victim].ticks.clone();
        self.faces.push(Face {
            ticks,
            ..Face::default()
        });
        self.off.push(0);
        self.hung_up.push(false);
        self.writing.push(0);
        self.engines.push(engine);
        self.lies.thieves.push(at);
        let now = self.now;
        self.engines[at].input(now, Input::Online);
        at
    }

    /// Serves a thief and gives it one word of the board; false when there is nothing left to hear.
    pub fn whisper(&mut self, at: usize) -> bool {
        let mut heard = false;
        for request in self.engines[at].output().requests {
            self.serve(at, request);
            heard = true;
        }
        if let Some(unit) = self.faces[at].inbox.pop_front() {
            let now = self.now;
            self.engines[at].input(now, Input::Units(vec![unit]));
            heard = true;
        }
        heard
    }
}
