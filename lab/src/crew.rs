//! A group and its people on a virtual clock: they talk, bring each other in, remove each other and
//! replace their keys, all at once, through crashes and lost connections.
//!
//! Seeded: one number tells a whole history. It judges by two rules. Whoever was a member has every
//! message that counted meanwhile, once, in one order, and none besides; and in the end everybody
//! who is in it is in the same epoch with the same secrets.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use heliograph_client::{Alarm, ConversationId, GroupChange, MessageId, MessageInfo, MessageState};

use crate::TwoFaced;
use crate::two_faced::Epochs;

/// Names of everybody; a history takes the first few.
const NAMES: [&str; 8] = [
    "Anna", "Ben", "Carl", "Dora", "Emil", "Frida", "Gustav", "Hanna",
];
/// Whoever made the group, is in it all the time, and is not removed.
const WITNESS: usize = 0;
/// Alarms that belong to such a life.
const USUAL: [&str; 4] = [
    "member-added",
    "removed-from-group",
    "not-added",
    "group-change-lost",
];

/// What happened in a history.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// People at the board.
    pub people: usize,
    /// Epochs the group went through.
    pub epochs: usize,
    /// Messages that counted.
    pub messages: usize,
    /// Times that somebody was asked to be brought in.
    pub brought: usize,
    /// Times that somebody was asked to be removed.
    pub removed: usize,
    /// Times that somebody was asked to be an admin.
    pub promoted: usize,
}

impl std::ops::AddAssign for Happened {
    fn add_assign(&mut self, other: Self) {
        self.people += other.people;
        self.epochs += other.epochs;
        self.messages += other.messages;
        self.brought += other.brought;
        self.removed += other.removed;
        self.promoted += other.promoted;
    }
}

/// Small deterministic dice; a seed repeats the same events.
pub fn dice(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |upto| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from((state >> 33) % u64::from(upto)).unwrap()
    }
}

/// A whole history of two to eight people, told by a seed.
///
/// # Errors
/// A broken promise, in words.
pub fn history(seed: u64) -> Result<Happened, String> {
    let mut roll = dice(seed);
    // Small groups and short lives more often than large and long ones: most races need only two or
    // three people and a few turns, and so there are more of them in the same time.
    let people = 2 + roll(7).min(roll(7)).min(roll(7)) as usize;
    let turns = 3 + roll(15).min(roll(15)).min(roll(15)) as usize;
    let mut crew = Crew::new(people, roll);
    crew.live(turns);
    crew.settle();
    crew.judge()
}

/// See the module's words.
struct Crew<D> {
    world: TwoFaced,
    group: ConversationId,
    roll: D,
    happened: Happened,
}

impl<D: FnMut(u32) -> u32> Crew<D> {
    /// The first of `people` makes a group.
    fn new(people: usize, roll: D) -> Self {
        let mut world = TwoFaced::new(&NAMES[..people]);
        let now = world.now;
        let group = world.engines[WITNESS].create_group(now, "Crew").unwrap();
        world.epochs = Some(Epochs::of(WITNESS, group));
        Self {
            world,
            group,
            roll,
            happened: Happened {
                people,
                ..Happened::default()
            },
        }
    }

    fn pick(&mut self, upto: usize) -> usize {
        (self.roll)(u32::try_from(upto).unwrap()) as usize
    }

    /// The group on somebody's device, if they know it.
    fn side(&self, at: usize) -> Option<ConversationId> {
        if at == WITNESS {
            return Some(self.group);
        }
        let engine = &self.world.engines[at];
        let asked = engine.requests().unwrap().into_iter().map(|r| r.id);
        let known = engine.conversations().unwrap().into_iter().map(|c| c.id);
        asked.chain(known).next()
    }

    fn is_open(&self, at: usize) -> bool {
        let conversations = self.world.engines[at].conversations().unwrap();
        conversations.iter().any(|known| known.state == "open")
    }

    fn person(&self, at: usize) -> String {
        self.world.engines[at].status().unwrap().person
    }

    /// Everybody who was asked in goes in.
    fn accept(&mut self, at: usize) {
        let now = self.world.now;
        for request in self.world.engines[at].requests().unwrap() {
            assert_eq!(request.group.as_deref(), Some("Crew"));
            self.world.engines[at].accept(now, request.id).unwrap();
        }
    }

    /// `by` brings in `at`, who gives a card out of the board's sight.
    fn bring(&mut self, by: usize, at: usize) {
        let now = self.world.now;
        let (_, card) = self.world.engines[at].make_card(now, true).unwrap();
        let Some(id) = self.side(by) else { return };
        // Whoever is in it by this device's record need not be brought.
        if self.world.engines[by].bring(now, id, &card).is_ok() {
            self.happened.brought += 1;
        }
    }

    fn remove(&mut self, by: usize, at: usize) {
        let (now, person) = (self.world.now, self.person(at));
        let Some(id) = self.side(by) else { return };
        // Whoever is not in it by this device's record is none to remove.
        if self.world.engines[by]
            .remove_person(now, (id, &person))
            .is_ok()
        {
            self.happened.removed += 1;
        }
    }

    /// The witness lets somebody decide, too.
    fn promote(&mut self, at: usize) {
        let (now, person) = (self.world.now, self.person(at));
        let change = GroupChange {
            admins: vec![(person, true)],
            ..GroupChange::default()
        };
        // Whoever is not in it by the witness's record cannot decide in it.
        let asked = self.world.engines[WITNESS].change_group(now, (self.group, &change));
        self.happened.promoted += usize::from(asked.is_ok());
    }

    /// One thing that somebody does.
    fn act(&mut self, turn: usize) {
        let (people, now) = (self.happened.people, self.world.now);
        let (by, other) = (self.pick(people), self.pick(people));
        self.accept(by);
        if !self.is_open(by) {
            return;
        }
        let id = self.side(by).unwrap();
        match self.pick(11) {
            10 => self.promote(other),
            0..2 if other != by => self.bring(by, other),
            2 if other != by && other != WITNESS => self.remove(by, other),
            3 => self.world.engines[by].refresh(now, id).unwrap(),
            shape => {
                let text = match shape {
                    9 => format!("{turn} {}", "long ".repeat(700)),
                    _ => format!("{turn}"),
                };
                self.world.engines[by].send(now, id, &[text]).unwrap();
            }
        }
    }

    /// Lives through so many turns.
    fn live(&mut self, turns: usize) {
        for at in 1..self.happened.people {
            if self.pick(4) > 0 {
                self.bring(WITNESS, at);
            }
        }
        self.world.run_roughly(60, &mut self.roll);
        for turn in 0..turns {
            self.act(turn);
            let words = 5 + (self.roll)(40);
            self.world.run_roughly(words, &mut self.roll);
            if self.pick(3) == 0 {
                self.world.pass(61_000);
            }
        }
    }

    /// Good lines for everybody, until nothing is under way any more.
    fn settle(&mut self) {
        for at in 0..self.happened.people {
            self.world.reconnect(at);
        }
        for _ in 0..12 {
            self.world.run();
            self.world.pass(61_000);
            (0..self.happened.people).for_each(|at| self.accept(at));
            let idle = |at: usize| self.world.engines[at].synced(true).unwrap().is_some();
            if (0..self.happened.people).all(idle) {
                return;
            }
        }
    }

    fn counted(&self, at: usize, id: ConversationId) -> Vec<(MessageId, u64)> {
        self.world.engines[at].counted(id).unwrap()
    }

    /// Judges the history; gives what happened, or what is wrong.
    fn judge(mut self) -> Result<Happened, String> {
        let witnessed = self.counted(WITNESS, self.group);
        let epochs = self.world.epochs.take().unwrap();
        for at in 0..self.happened.people {
            self.judge_one(at, &epochs, &witnessed)?;
        }
        if self.world.restless {
            return Err("somebody always has one more thing to do".to_owned());
        }
        if self.world.conflicts > 0 {
            return Err("a label was put with two bodies".to_owned());
        }
        self.happened.epochs = epochs.all.len();
        self.happened.messages = witnessed.len();
        Ok(self.happened)
    }
    fn judge_one(
        &mut self,
        at: usize,
        epochs: &Epochs,
        witnessed: &[(MessageId, u64)],
    ) -> Result<(), String> {
        let status = self.world.engines[at].status().unwrap();
        let name = status.name.clone();
        let odd = |alarm: &&Alarm| !USUAL.contains(&alarm.kind.as_str());
        if let Some(alarm) = status.alarms.iter().find(odd) {
            return Err(format!("{name} is told {}", alarm.kind));
        }
        if self.world.engines[at].synced(true).unwrap().is_none() || status.waiting > 0 {
            return Err(format!("{name} never comes to rest"));
        }
        let Some(id) = self.side(at) else {
            if epochs.everyone().contains(&status.device) {
                return Err(format!("{name} was added and never heard of it"));
            }
            return Ok(());
        };
        let counted = self.counted(at, id);
        let has: Vec<MessageId> = counted.into_iter().map(|(message, _)| message).collect();
        let wanted = epochs.readable(witnessed, &status.device);
        if has != wanted {
            let (has, wanted) = (has.len(), wanted.len());
            return Err(format!(
                "{name} has {has} messages of {wanted}, or in another order"
            ));
        }
        let now = self.world.now;
        let present = self.world.engines[at].epoch(now, id).unwrap();
        let last = epochs.all.last().unwrap();
        let member = last.devices.contains(&status.device);
        let same = present.map(|epoch| (epoch.number, epoch.authenticator))
            == member.then(|| (last.number, last.authenticator.clone()));
        if !same {
            return Err(format!("{name} is not in the epoch of the others"));
        }
        let page = self.world.engines[at].messages(id, None, 1_000).unwrap();
        let hung = |message: &MessageInfo| {
            [MessageState::Pending, MessageState::Stored].contains(&message.state)
        };
        if page.items.iter().any(hung) {
            return Err(format!("what {name} said was never sent"));
        }
        let unsent = |message: &MessageInfo| message.state == MessageState::Unsent;
        let removed = |alarm: &Alarm| alarm.kind == "removed-from-group";
        if page.items.iter().any(unsent) && !status.alarms.iter().any(removed) {
            return Err(format!(
                "{name} is told a message was given up, and was in all the time"
            ));
        }
        Ok(())
    }
}
