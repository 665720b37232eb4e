//! What is tried: who says what, how much may go wrong, and which rule is broken on purpose.

use crate::cells::{DeviceId, MessageId};
use crate::faults::Fault;

/// A message that is going to be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Message {
    /// Who writes it.
    pub by: DeviceId,
    /// How many cells it needs.
    pub parts: u8,
}

/// What an insider can put under labels that everybody in the conversation can derive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Foreign {
    /// Bytes that do not open, at any expected label.
    Junk,
    /// With a board that hands puts over: a device's own fragment, sealed anew, in its place.
    Echo,
}

/// See the module's words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Scenario {
    /// What it is called in the figures.
    pub name: &'static str,
    /// The messages; a device writes its own in this order.
    pub messages: Vec<Message>,
    /// Crashes, of any device at any time.
    pub crashes: u8,
    /// Times at which something other than a taken label makes a device want a commit.
    pub commits: u8,
    /// Cells of an insider.
    pub foreign: u8,
    /// What they are.
    pub insider: Foreign,
    /// Places a reader watches beyond the highest one seen: eight in the code.
    pub read_ahead: u8,
    /// Own labels found taken before a commit leads out of the epoch: four in the code.
    pub taken_max: u8,
    /// The rule that is broken.
    pub fault: Option<Fault>,
}

fn said(by: DeviceId, parts: u8) -> Message {
    Message { by, parts }
}

impl Scenario {
    /// Three messages between two devices, the first of two cells; two crashes; an epoch that ends.
    #[must_use]
    pub fn full() -> Self {
        Self {
            name: "full",
            messages: vec![said(0, 2), said(0, 1), said(1, 1)],
            crashes: 2,
            commits: 1,
            foreign: 0,
            insider: Foreign::Junk,
            read_ahead: 2,
            taken_max: 2,
            fault: None,
        }
    }

    /// The same messages and crashes with a foreign cell in the way instead of a commit.
    #[must_use]
    pub fn foreign() -> Self {
        Self {
            name: "foreign",
            commits: 0,
            foreign: 1,
            ..Self::full()
        }
    }

    /// A foreign cell whose victim commits because of it.
    #[must_use]
    pub fn led_out() -> Self {
        Self {
            name: "led-out",
            messages: vec![said(0, 2), said(1, 1)],
            taken_max: 1,
            ..Self::foreign()
        }
    }

    /// A foreign cell and a commit that have nothing to do with each other.
    #[must_use]
    pub fn together() -> Self {
        Self {
            name: "together",
            messages: vec![said(0, 2), said(1, 1)],
            foreign: 1,
            ..Self::full()
        }
    }

    /// Two commits that race for a slot.
    #[must_use]
    pub fn race() -> Self {
        Self {
            name: "race",
            messages: vec![said(0, 2), said(1, 1)],
            commits: 2,
            ..Self::full()
        }
    }

    /// A board that hands puts to an insider, who stores them first under another seal.
    #[must_use]
    pub fn echo() -> Self {
        Self {
            name: "echo",
            insider: Foreign::Echo,
            crashes: 1,
            ..Self::together()
        }
    }

    /// The same, small enough for every day.
    #[must_use]
    pub fn small(self) -> Self {
        Self {
            messages: vec![said(0, 2), said(1, 1)],
            crashes: 1,
            ..self
        }
    }

    /// The same with a rule broken.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..self
        }
    }

    /// Whether a rule is broken.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The messages of a device, in order.
    #[must_use]
    pub fn own(&self, device: DeviceId) -> Vec<MessageId> {
        let numbered = self.messages.iter().zip(0..);
        numbered
            .filter(|(message, _)| message.by == device)
            .map(|(_, number)| number)
            .collect()
    }
}
