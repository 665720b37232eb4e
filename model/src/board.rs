//! The board: put-if-absent, and announces in ticks. It does not crash here; that a stored cell
//! survives is shown on the real one (docs/operate/storage.md).

use crate::cells::{Body, Label, Put};

/// What the board answers. *Same* is as good as *Stored* to a device, so a repeated put may be
/// answered at any time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// The label was free and holds these bytes now.
    Stored,
    /// It held these very bytes.
    Same,
    /// It holds other bytes.
    Taken,
}

/// A cell that the board holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Held {
    /// Where.
    pub label: Label,
    /// What.
    pub body: Body,
    /// Whether a tick has shown it.
    pub announced: bool,
}

/// A tick: the cells stored since the one before, in no order that means anything.
pub type Tick = Vec<(Label, Body)>;

/// See the module's words.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Board {
    /// In order of label.
    pub held: Vec<Held>,
    /// The feed; what every device has read for good is cut off.
    pub ticks: Vec<Tick>,
}

impl Board {
    /// The bytes under a label.
    #[must_use]
    pub fn body(&self, label: &Label) -> Option<&Body> {
        let at = self.held.binary_search_by(|held| held.label.cmp(label));
        Some(&self.held.get(at.ok()?)?.body)
    }

    /// A put arrives.
    pub fn put(&mut self, put: &Put) -> Outcome {
        match self
            .held
            .binary_search_by(|held| held.label.cmp(&put.label))
        {
            Ok(at) if self.held[at].body == put.body => Outcome::Same,
            Ok(_) => Outcome::Taken,
            Err(at) => {
                let held = Held {
                    label: put.label,
                    body: put.body,
                    announced: false,
                };
                self.held.insert(at, held);
                Outcome::Stored
            }
        }
    }

    /// Whether something waits to be announced.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.held.iter().any(|held| !held.announced)
    }

    /// Announces what was stored since the last tick.
    pub fn tick(&mut self) {
        let mut tick = Tick::new();
        for held in self.held.iter_mut().filter(|held| !held.announced) {
            held.announced = true;
            tick.push((held.label, held.body));
        }
        self.ticks.push(tick);
    }
}
