//! Two devices, the network and the board: everything that can happen, in any order.

use stateright::{Model, Property};

use crate::board::{Board, Outcome};
use crate::cells::{Body, DeviceId, INSIDER, Label, Put};
use crate::device::{Device, Later, Pace, Step};
use crate::faults::Fault;
use crate::outgoing::Step as Far;
use crate::promises;
use crate::scenario::{Foreign, Scenario};

/// Both devices.
pub const DEVICES: [DeviceId; 2] = [0, 1];

/// Everything.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// By number.
    pub devices: [Device; 2],
    /// The board.
    pub board: Board,
    /// What ever left a device: the network delivers it late, again, or never.
    pub sent: Vec<Put>,
    /// Crashes left.
    pub crashes: u8,
    /// Reasons to commit left.
    pub commits: u8,
    /// Foreign cells left.
    pub foreign: u8,
}

/// What happens. The names are those of the code (README.md).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// A person writes.
    Enqueue(DeviceId),
    /// A device has reason to commit.
    WantCommit(DeviceId),
    /// The network delivers a put: at last, or once more.
    Put(Put),
    /// The answer to a put reaches the device.
    Answered(DeviceId, Label, Outcome),
    /// The board announces what it stored.
    Tick,
    /// A device takes in the next tick.
    TakeIn(DeviceId),
    /// A connection was cut, with all that was on it, and another made.
    Online(DeviceId),
    /// A crash between two transactions.
    Restart(DeviceId),
    /// An insider stores a cell.
    Foreign(Label, Body),
    /// A planted fault's second transaction.
    Later(DeviceId),
}

impl World {
    /// The beginning.
    #[must_use]
    pub fn new(rules: &Scenario) -> Self {
        Self {
            devices: DEVICES.map(Device::new),
            board: Board::default(),
            sent: Vec::new(),
            crashes: rules.crashes,
            commits: rules.commits,
            foreign: rules.foreign,
        }
    }

    /// A device.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> &Device {
        &self.devices[usize::from(id)]
    }

    /// One transaction of a device.
    pub fn step<'a>(&'a mut self, rules: &'a Scenario, id: DeviceId) -> Step<'a> {
        Step {
            rules,
            device: &mut self.devices[usize::from(id)],
            sent: &mut self.sent,
        }
    }

    /// Lets a device take in its next tick.
    pub fn take_in(&mut self, rules: &Scenario, id: DeviceId) {
        let at = usize::from(self.device(id).read);
        let Some(tick) = self.board.ticks.get(at).cloned() else {
            return;
        };
        if rules.has(Fault::PositionInAnotherStep) {
            let device = &mut self.devices[usize::from(id)];
            device.position = device.read + 1;
            device.later = Some(Later::Judge);
            return;
        }
        self.step(rules, id).take_in(&tick);
    }

    /// A connection is there, perhaps after another was cut: nothing that was asked on that one will
    /// be answered. What the feed holds by now is read before anything leaves. All of it in one go:
    /// a device that reads is heard by nobody, and [`Action::TakeIn`] before has every crash between.
    pub fn online(&mut self, rules: &Scenario, id: DeviceId) {
        let device = &mut self.devices[usize::from(id)];
        device.flights.clear();
        device.pace = Pace::Away;
        if usize::from(device.read) == self.board.ticks.len() {
            device.position = device.read;
        }
        while usize::from(self.device(id).read) < self.board.ticks.len() {
            self.take_in(rules, id);
            self.later(rules, id);
        }
        self.step(rules, id).caught_up();
    }

    /// The second transaction of a planted fault.
    pub fn later(&mut self, rules: &Scenario, id: DeviceId) {
        let at = usize::from(self.device(id).read);
        let later = self.devices[usize::from(id)].later.take();
        match later {
            Some(Later::Keep(messages)) => {
                let mut step = self.step(rules, id);
                messages.into_iter().for_each(|message| step.keep(message));
            }
            Some(Later::Judge) => {
                if let Some(tick) = self.board.ticks.get(at).cloned() {
                    self.step(rules, id).take_in(&tick);
                }
            }
            None => self.step(rules, id).save_sender(),
        }
    }

    /// Forgets what nothing can look at again, so that states which differ only in their past are one:
    /// ticks that both have read for good, cells and puts under labels of an epoch that both have
    /// left, and open requests whose answer would change nothing.
    pub(crate) fn forget(&mut self) {
        let read = self.devices[0].position.min(self.devices[1].position);
        self.board.ticks.drain(..usize::from(read));
        let epoch = self.devices[0].epoch.min(self.devices[1].epoch);
        self.board.held.retain(|held| held.label.epoch() >= epoch);
        self.sent.retain(|put| put.label.epoch() >= epoch);
        for tick in &mut self.board.ticks {
            tick.retain(|(label, _)| label.epoch() >= epoch);
        }
        for device in &mut self.devices {
            device.position -= read;
            device.read -= read;
            let (outbox, pending, epoch) = (&device.outbox, device.pending, device.epoch);
            let sealed = |label: &Label| {
                let outgoing = outbox.iter().filter_map(|row| row.outgoing.as_ref());
                let mut placed = outgoing.flat_map(|o| &o.fragments).filter_map(|f| f.placed);
                placed.any(|p| p.label == *label && p.step == Far::Sealed)
            };
            device.flights.retain(|label| match *label {
                Label::Place { .. } => sealed(label),
                Label::Slot { epoch: of, s } => {
                    of == epoch && pending.is_some_and(|p| p.slot == Some(s) && !p.stored)
                }
            });
        }
    }

    /// The put behind an open request: the last one under this label.
    #[must_use]
    pub fn put_of(&self, by: DeviceId, label: &Label) -> Option<Put> {
        let mut of = self.sent.iter().filter(|p| p.by == by && p.label == *label);
        of.next_back().copied()
    }

    /// What a repetition of an open request would be answered now; `None` while the board has none.
    #[must_use]
    pub fn answer(&self, put: &Put) -> Option<Outcome> {
        let body = self.board.body(&put.label)?;
        Some(if *body == put.body {
            Outcome::Same
        } else {
            Outcome::Taken
        })
    }

    fn device_actions(&self, rules: &Scenario, device: &Device, actions: &mut Vec<Action>) {
        let id = device.id;
        if self.crashes > 0 {
            actions.push(Action::Restart(id));
        }
        if device.later.is_some() {
            actions.push(Action::Later(id));
            return;
        }
        if device.drawn != device.sender {
            actions.push(Action::Later(id));
        }
        if usize::from(device.enqueued) < rules.own(id).len() {
            actions.push(Action::Enqueue(id));
        }
        if self.commits > 0 && !device.wants_commit {
            actions.push(Action::WantCommit(id));
        }
        if usize::from(device.read) < self.board.ticks.len() {
            actions.push(Action::TakeIn(id));
        }
        actions.push(Action::Online(id));
        for label in &device.flights {
            let put = self.put_of(id, label);
            if let Some(outcome) = put.and_then(|put| self.answer(&put)) {
                actions.push(Action::Answered(id, *label, outcome));
            }
        }
    }

    /// Where an insider can do harm: the free labels that a device uses now or next.
    fn foreign_actions(&self, rules: &Scenario, actions: &mut Vec<Action>) {
        if self.foreign == 0 {
            return;
        }
        if rules.insider == Foreign::Echo {
            for put in &self.sent {
                if let Body::Fragment { payload, .. } = put.body
                    && self.board.body(&put.label).is_none()
                {
                    let nonce = INSIDER;
                    let body = Body::Fragment { payload, nonce };
                    actions.push(Action::Foreign(put.label, body));
                }
            }
            return;
        }
        let mut labels: Vec<Label> = Vec::new();
        for device in &self.devices {
            labels.push(device.slot(device.slots.next));
            labels.push(device.place(device.drawn));
            labels.extend(device.flights.iter());
        }
        labels.sort_unstable();
        labels.dedup();
        labels.retain(|label| self.board.body(label).is_none());
        actions.extend(labels.into_iter().map(|l| Action::Foreign(l, Body::Junk)));
    }

    fn act(&mut self, rules: &Scenario, action: Action) {
        match action {
            Action::Enqueue(id) => self.step(rules, id).enqueue(),
            Action::WantCommit(id) => {
                self.commits -= 1;
                self.step(rules, id).want_commit();
            }
            Action::Put(put) => {
                self.board.put(&put);
            }
            Action::Answered(id, label, outcome) => self.step(rules, id).answered(label, outcome),
            Action::Tick => self.board.tick(),
            Action::TakeIn(id) => self.take_in(rules, id),
            Action::Online(id) => self.online(rules, id),
            Action::Restart(id) => {
                self.crashes -= 1;
                self.devices[usize::from(id)].restart();
            }
            Action::Foreign(label, body) => {
                self.foreign -= 1;
                let by = INSIDER;
                self.board.put(&Put { by, label, body });
            }
            Action::Later(id) => self.later(rules, id),
        }
    }
}

impl Model for Scenario {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for device in &world.devices {
            world.device_actions(self, device, actions);
        }
        actions.extend(world.sent.iter().copied().map(Action::Put));
        if world.board.has_news() {
            actions.push(Action::Tick);
        }
        world.foreign_actions(self, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        next.act(self, action);
        next.forget();
        // What changes nothing (a put that comes again, say) needs no second look.
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all()
    }
}
