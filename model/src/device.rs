//! A device: what it has written down, what it holds in memory, and one transaction over both.

use crate::board::Tick;
use crate::cells::{Body, DeviceId, Label, MessageId, Put};
use crate::outgoing::Outgoing;
use crate::scenario::Scenario;

/// A row of the outbox.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    /// The message.
    pub message: MessageId,
    /// How often it was sealed in this epoch.
    pub sealings: u8,
    /// The sealed message; `None` while it waits to be sealed.
    pub outgoing: Option<Outgoing>,
}

/// A reader's chain of one leaf: which places the feed has shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Reader(u16);

impl Reader {
    /// First place beyond all that were seen.
    #[must_use]
    pub fn beyond(self) -> u8 {
        u8::try_from(u16::BITS - self.0.leading_zeros()).unwrap_or(u8::MAX)
    }

    /// Whether a place is watched for.
    #[must_use]
    pub fn watches(self, n: u8, ahead: u8) -> bool {
        n < self.beyond() + ahead && self.0 & (1 << n) == 0
    }

    /// Takes a place out; the window moves beyond it.
    pub fn take(&mut self, n: u8) {
        self.0 |= 1 << n;
    }
}

/// Commit slots of the epoch, as far as they are judged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Slots {
    /// The lowest slot not judged.
    pub next: u8,
    /// Slots above it that stood before their time, one bit each.
    pub dead: u16,
}

/// An own commit that waits to be judged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pending {
    /// The slot it was put at.
    pub slot: Option<u8>,
    /// Whether the board has answered.
    pub stored: bool,
}

/// How far the device is in step with the feed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pace {
    /// No connection, or one on which the past is still read: nothing leaves.
    Away,
    /// Caught up.
    InStep,
}

/// The second of two transactions where one belongs: a planted fault.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Later {
    /// Messages to keep.
    Keep(Vec<MessageId>),
    /// A tick to judge.
    Judge,
}

/// See the module's words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Device {
    /// Number and leaf.
    pub id: DeviceId,
    /// How many of its messages were enqueued.
    pub enqueued: u8,
    /// Outbox, oldest first.
    pub outbox: Vec<Row>,
    /// Own messages shown as *sent*, one bit each.
    pub sent: u8,
    /// What is shown, own and others', in the order in which it counted.
    pub shown: Vec<MessageId>,
    /// Epoch of the group.
    pub epoch: u8,
    /// Next place of the own chain, as written down.
    pub sender: u8,
    /// Readers' chains by leaf.
    pub readers: [Reader; 2],
    /// Fragments that wait for others: message, sealing, parts as bits.
    pub partial: Vec<(MessageId, u8, u8)>,
    /// MLS messages opened in this epoch: each can be opened once.
    pub opened: Vec<(MessageId, u8)>,
    /// Slots.
    pub slots: Slots,
    /// The own commit.
    pub pending: Option<Pending>,
    /// Whether a commit is to be made.
    pub wants_commit: bool,
    /// Own labels found taken in this epoch.
    pub taken: u8,
    /// Ticks read, as written down.
    pub position: u8,
    // In memory only, from here on.
    /// Next place of the own chain; ahead of what is written down only by a planted fault.
    pub drawn: u8,
    /// Ticks read.
    pub read: u8,
    /// How far in step.
    pub pace: Pace,
    /// Labels being put on this connection.
    pub flights: Vec<Label>,
    /// What a planted fault puts off.
    pub later: Option<Later>,
}

impl Device {
    /// A device that has just entered the conversation.
    #[must_use]
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            enqueued: 0,
            outbox: Vec::new(),
            sent: 0,
            shown: Vec::new(),
            epoch: 0,
            sender: 0,
            readers: [Reader::default(); 2],
            partial: Vec::new(),
            opened: Vec::new(),
            slots: Slots::default(),
            pending: None,
            wants_commit: false,
            taken: 0,
            position: 0,
            drawn: 0,
            read: 0,
            pace: Pace::InStep,
            flights: Vec::new(),
            later: None,
        }
    }

    /// Whether it may talk.
    #[must_use]
    pub fn in_step(&self) -> bool {
        self.pace == Pace::InStep
    }

    /// Label of a place in the own chain.
    #[must_use]
    pub fn place(&self, n: u8) -> Label {
        Label::Place {
            epoch: self.epoch,
            leaf: self.id,
            n,
        }
    }

    /// Label of a slot.
    #[must_use]
    pub fn slot(&self, s: u8) -> Label {
        Label::Slot {
            epoch: self.epoch,
            s,
        }
    }

    /// Whether a label is one that the device waits for.
    #[must_use]
    pub fn watches(&self, label: &Label, ahead: u8) -> bool {
        label.epoch() == self.epoch
            && match *label {
                Label::Place { leaf, n, .. } => self.readers[usize::from(leaf)].watches(n, ahead),
                Label::Slot { s, .. } => s >= self.slots.next && self.slots.dead & (1 << s) == 0,
            }
    }

    /// A crash between two transactions: memory is lost, what was written down stays.
    pub fn restart(&mut self) {
        self.drawn = self.sender;
        self.read = self.position;
        self.pace = Pace::Away;
        self.flights.clear();
        self.later = None;
    }
}

/// One transaction of one device. What it sends leaves when it is over.
pub struct Step<'a> {
    /// The rules at hand.
    pub rules: &'a Scenario,
    /// Whose.
    pub device: &'a mut Device,
    /// Everything that ever left, in order.
    pub sent: &'a mut Vec<Put>,
}

impl Step<'_> {
    /// Sends a put, unless one for its label is on its way on this connection.
    pub(crate) fn request(&mut self, label: Label, body: Body) {
        if self.device.pace == Pace::Away || self.device.flights.contains(&label) {
            return;
        }
        self.device.flights.push(label);
        self.device.flights.sort_unstable();
        let put = Put {
            by: self.device.id,
            label,
            body,
        };
        if let Err(at) = self.sent.binary_search(&put) {
            self.sent.insert(at, put);
        }
    }

    /// In step: everything up to the end of the feed, as it was when the connection began, is read.
    pub fn caught_up(&mut self) {
        self.device.pace = Pace::InStep;
        self.go_on();
    }

    /// Reads the next tick: one tick, one transaction. One that does not concern the device moves
    /// only the position in memory.
    pub fn take_in(&mut self, tick: &Tick) {
        let ahead = self.rules.read_ahead;
        let hits = tick.iter().any(|(l, _)| self.device.watches(l, ahead));
        self.device.read += 1;
        if hits {
            self.device.position = self.device.read;
            self.settle(tick);
        }
    }
}
