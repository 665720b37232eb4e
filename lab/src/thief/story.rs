//! The life of a device that is stolen from: talk with every friend, the theft, and talk until each
//! conversation has healed, on a clock of its own.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use heliograph_client::{ConversationId, DATABASE};
use heliograph_store::{Store, StoreKey};
use tempfile::TempDir;

use super::{KEY, Loot, Stolen};
use crate::{TwoFaced, on_disk};

/// Place of the device that is stolen from.
pub const VICTIM: usize = 0;
const NAMES: [&str; 3] = ["Anna", "Ben", "Carl"];
/// Rounds of talk within which every conversation must have healed.
const PATIENCE: usize = 60;

/// How a story goes.
pub struct Plan {
    /// Friends of the victim, 1 or 2.
    pub friends: usize,
    /// Turns of talk before the theft, with each friend.
    pub turns: usize,
    /// Messages of each friend between the theft and the victim's answer.
    pub unanswered: usize,
    /// The victim never rests: a planted fault.
    pub restless: bool,
    /// Some messages are too long for one cell.
    pub long: bool,
    /// Between words, milliseconds of the story's clock.
    pub pause_ms: i64,
    /// The theft happens before anybody knocks, with every key package unused.
    pub before_knock: bool,
}

/// What happened to one conversation after the theft; numbers are those of cells in the record.
pub struct Healing {
    /// Cells of its story: the first after the theft, the first after healing, the end.
    pub cells: (usize, usize, usize),
    /// Messages that the friend and the victim said between theft and healing.
    pub messages: usize,
    /// Between theft and healing, milliseconds of the story's clock.
    pub took_ms: i64,
    /// Messages said after healing.
    pub after: usize,
}

/// A story, told to its end.
pub struct Told {
    /// Cells that the board had shown before the theft; all were read by then.
    pub consumed: usize,
    /// Each conversation, in the order in which they went on.
    pub healed: Vec<Healing>,
    /// What the thief got.
    pub loot: Loot,
}

/// Two sides of a talk.
struct Talk {
    friend: usize,
    victims: ConversationId,
    theirs: ConversationId,
}

struct Story {
    world: TwoFaced,
    directory: TempDir,
    said: usize,
    long: bool,
    pause_ms: i64,
}

/// Tells a story and lets the thief try everything.
#[must_use]
pub fn tell(plan: &Plan) -> Told {
    let mut story = Story::begin(plan);
    let unused = story.card();
    let home = story.directory.path().join(NAMES[VICTIM]);
    let early = Stolen::copy(&home);
    let talks: Vec<Talk> = (1..=plan.friends)
        .map(|friend| story.meet(friend, &unused))
        .collect();
    for turn in 0..plan.turns {
        for talk in &talks {
            story.turn(talk, turn);
        }
    }
    let (consumed, stolen_at) = (story.world.overheard.len(), story.world.now);
    let stolen = if plan.before_knock {
        early
    } else {
        Stolen::copy(&home)
    };
    let mut healed = Vec::new();
    for talk in &talks {
        healed.push(story.heal(talk, plan.unanswered, stolen_at));
    }
    let loot = stolen.plunder(&mut story.world, VICTIM);
    Told {
        consumed,
        healed,
        loot,
    }
}

impl Story {
    fn begin(plan: &Plan) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut world = on_disk(&NAMES[..=plan.friends], directory.path());
        world.lies.restless = plan.restless.then_some(VICTIM);
        Self {
            world,
            directory,
            said: 0,
            long: plan.long,
            pause_ms: plan.pause_ms,
        }
    }

    /// The victim makes a card.
    fn card(&mut self) -> String {
        let now = self.world.now;
        let (_, card) = self.world.engines[VICTIM].make_card(now, false).unwrap();
        self.world.run();
        card
    }

    /// A friend uses the card and is accepted.
    fn meet(&mut self, friend: usize, card: &str) -> Talk {
        let world = &mut self.world;
        let now = world.now;
        let theirs = world.engines[friend].add_contact(now, card).unwrap();
        world.run();
        let victims = world.engines[VICTIM].requests().unwrap()[0].id;
        world.engines[VICTIM].accept(now, victims).unwrap();
        world.run();
        world.pass(self.pause_ms);
        Talk {
            friend,
            victims,
            theirs,
        }
    }

    fn say(&mut self, at: usize, id: ConversationId) {
        self.said += 1;
        let more = if self.long && self.said.is_multiple_of(3) {
            700
        } else {
            1
        };
        let text = format!("{} {}", self.said, "words ".repeat(more));
        let now = self.world.now;
        self.world.engines[at].send(now, id, &[text]).unwrap();
    }

    /// The friend speaks, the victim answers; every other time twice.
    fn turn(&mut self, talk: &Talk, turn: usize) {
        for _ in 0..=turn % 2 {
            self.say(talk.friend, talk.theirs);
            self.world.run();
        }
        self.world.pass(self.pause_ms);
        for _ in 0..=turn % 2 {
            self.say(VICTIM, talk.victims);
            self.world.run();
        }
        self.world.pass(self.pause_ms);
    }

    /// The friend goes on talking; then the victim answers, which heals unless it has just committed; then
    /// both talk on.
    fn heal(&mut self, talk: &Talk, unanswered: usize, stolen_at: i64) -> Healing {
        let start = (self.world.overheard.len(), self.said);
        let mut healed = None;
        for _ in 0..PATIENCE {
            for _ in 0..unanswered {
                self.say(talk.friend, talk.theirs);
                self.world.run();
                self.world.pass(self.pause_ms);
            }
            self.say(VICTIM, talk.victims);
            healed = self.watch_for_commit(talk.victims);
            if healed.is_some() {
                break;
            }
            self.world.run();
            self.world.pass(self.pause_ms);
        }
        let healed = healed.unwrap();
        let (messages, took_ms) = (self.said - start.1, self.world.now - stolen_at);
        self.world.run();
        self.world.pass(self.pause_ms);
        for turn in 0..4 {
            self.turn(talk, turn);
        }
        Healing {
            cells: (start.0, healed, self.world.overheard.len()),
            messages,
            took_ms,
            after: self.said - start.1 - messages,
        }
    }

    /// Goes on word by word until the victim's own commit is made and judged, or nothing more happens; gives
    /// how many cells the board had shown when it was judged.
    fn watch_for_commit(&mut self, id: ConversationId) -> Option<usize> {
        let database = self.directory.path().join(NAMES[VICTIM]).join(DATABASE);
        let witness = Store::open(&database, &StoreKey::new(KEY)).unwrap();
        let waits = || {
            let row = witness.view(|view| view.conversation_by_public(&id.0));
            let row = row.unwrap().unwrap().id;
            let pending = witness.view(|view| view.pending_commit(row));
            pending.unwrap().is_some()
        };
        let (mut made, mut quiet, mut heard) = (false, 0, 0);
        while quiet < 4 {
            for at in 0..self.world.engines.len() {
                self.world.serve_asked(at);
            }
            made |= waits();
            self.world.announce();
            if made && !waits() {
                return Some(self.world.overheard.len());
            }
            made |= waits();
            quiet = if self.world.overheard.len() == heard {
                quiet + 1
            } else {
                0
            };
            heard = self.world.overheard.len();
        }
        None
    }
}
