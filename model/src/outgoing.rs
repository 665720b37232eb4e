//! One message on its way through the sender's own chain: `device/delivery/src/outgoing.rs`, without bytes.

use crate::cells::{Body, Label, Payload};

/// How far a placed fragment is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Sealed and written down.
    Sealed,
    /// The board answered that it holds it.
    Stored,
    /// It stands in the feed.
    Counted,
}

/// A fragment at a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Placed {
    /// Where.
    pub label: Label,
    /// The sealed bytes; repeated as they are.
    pub body: Body,
    /// How far.
    pub step: Step,
}

/// A fragment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fragment {
    /// What it says.
    pub payload: Payload,
    /// Where it is, if it has a place.
    pub placed: Option<Placed>,
}

/// See the module's words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Outgoing {
    /// In order.
    pub fragments: Vec<Fragment>,
}

/// What a cell in the feed means for a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// Not a label of this message.
    NotOurs,
    /// Our bytes stand in the feed.
    Counted,
    /// Somebody else's bytes hold our label; the fragment moves on.
    Foreign,
}

impl Outgoing {
    /// A message of so many fragments.
    #[must_use]
    pub fn new(message: u8, sealing: u8, parts: u8) -> Self {
        let fragment = |part| Fragment {
            payload: Payload {
                message,
                sealing,
                part,
            },
            placed: None,
        };
        Self {
            fragments: (0..parts).map(fragment).collect(),
        }
    }

    fn at(&mut self, label: &Label) -> Option<&mut Fragment> {
        self.fragments
            .iter_mut()
            .find(|f| f.placed.is_some_and(|p| p.label == *label))
    }

    /// The board holds the cell. False if the label is not of this message.
    pub fn stored(&mut self, label: &Label) -> bool {
        let Some(placed) = self.at(label).and_then(|f| f.placed.as_mut()) else {
            return false;
        };
        if placed.step == Step::Sealed {
            placed.step = Step::Stored;
        }
        true
    }

    /// The label holds other bytes: the fragment will be sealed anew at the next place.
    pub fn taken(&mut self, label: &Label) -> bool {
        let Some(fragment) = self.at(label) else {
            return false;
        };
        if fragment.placed.is_some_and(|p| p.step == Step::Counted) {
            return false;
        }
        fragment.placed = None;
        true
    }

    /// A cell stands in the feed. `by_label` is a planted fault: it does not look at the bytes.
    pub fn seen(&mut self, label: &Label, body: &Body, by_label: bool) -> Seen {
        let Some(fragment) = self.at(label) else {
            return Seen::NotOurs;
        };
        match &mut fragment.placed {
            Some(p) if p.step == Step::Counted || p.body == *body || by_label => {
                p.step = Step::Counted;
                Seen::Counted
            }
            _ => {
                fragment.placed = None;
                Seen::Foreign
            }
        }
    }

    /// Whether every fragment is stored.
    #[must_use]
    pub fn all_stored(&self) -> bool {
        self.fragments
            .iter()
            .all(|f| f.placed.is_some_and(|p| p.step != Step::Sealed))
    }

    /// Whether every fragment stands in the feed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.fragments
            .iter()
            .all(|f| f.placed.is_some_and(|p| p.step == Step::Counted))
    }
}
