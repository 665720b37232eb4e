//! Three people of a group who answer, react, change and delete what they said, all at once, through
//! crashes, lost connections and new epochs.
//!
//! Seeded: one number tells a whole history. It judges by two rules. In the end everybody sees the
//! same; and that is what each of them last said about each message, told without a device: newest
//! text, newest reaction of each person, deleted or not.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use heliograph_client::{ConversationId, MessageId, MessageInfo};

use crate::{TwoFaced, dice};

const NAMES: [&str; 3] = ["Anna", "Ben", "Carl"];
const SIGNS: [&str; 4] = ["👍", "❤", "🎉", ""];

/// What a message should come to.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
struct Wanted {
    text: String,
    answers: Option<MessageId>,
    edited: bool,
    deleted: bool,
    reactions: BTreeMap<String, String>,
    mentions: BTreeSet<String>,
}

/// What is told of a message and is no part of what it should come to.
#[derive(Default)]
struct Beside {
    /// Who wrote it.
    by: usize,
    /// Who read it.
    read_by: BTreeSet<usize>,
    /// The last that each said about its pin.
    pins: BTreeMap<usize, bool>,
}

/// Everything that was said, told without a device.
type Told = BTreeMap<MessageId, (Wanted, Beside)>;

/// A group of three and its people.
pub struct Trio {
    /// The world they live in.
    pub world: TwoFaced,
    /// The group on the side of each.
    pub sides: [ConversationId; 3],
}

impl Trio {
    /// Anna makes a group and brings Ben and Carl in.
    #[must_use]
    pub fn meet() -> Self {
        Self::in_world(TwoFaced::new(&NAMES))
    }

    /// The same in a world of these three that is there.
    #[must_use]
    pub fn in_world(mut world: TwoFaced) -> Self {
        let now = world.now;
        let group = world.engines[0].create_group(now, "Crew").unwrap();
        let mut sides = [group; 3];
        for (at, side) in sides.iter_mut().enumerate().skip(1) {
            let (_, card) = world.engines[at].make_card(now, true).unwrap();
            world.run();
            world.engines[0].bring(now, group, &card).unwrap();
            world.run();
            *side = world.engines[at].requests().unwrap()[0].id;
            world.engines[at].accept(now, *side).unwrap();
            world.run();
        }
        Self { world, sides }
    }

    /// What somebody sees of what was said.
    #[must_use]
    pub fn seen(&self, at: usize) -> Vec<MessageInfo> {
        let page = self.world.engines[at].messages(self.sides[at], None, 1_000);
        let items = page.unwrap().items.into_iter();
        items.filter(|message| message.kind != "change").collect()
    }

    /// Somebody says something.
    pub fn say(&mut self, at: usize, text: &str) -> MessageId {
        let (now, texts) = (self.world.now, [text.to_owned()]);
        self.world.engines[at]
            .send(now, self.sides[at], &texts)
            .unwrap()[0]
    }
}

/// A whole history, told by a seed; gives how many things were said about messages.
///
/// # Errors
/// A broken promise, in words.
pub fn rewritten(seed: u64) -> Result<usize, String> {
    let mut roll = dice(seed);
    let mut trio = Trio::meet();
    let (mut told, mut done) = (Told::new(), 0);
    for turn in 0..12 + roll(20) {
        done += usize::from(act(&mut trio, &mut told, (turn, &mut roll)));
        let words = 5 + roll(30);
        trio.world.run_roughly(words, &mut roll);
        if roll(5) == 0 {
            trio.world.pass(61_000);
        }
    }
    (0..3).for_each(|at| trio.world.reconnect(at));
    for _ in 0..6 {
        trio.world.run();
        trio.world.pass(61_000);
    }
    judge(&trio, &told)?;
    Ok(done)
}

/// Names whom a text mentions at random.
fn naming(roll: &mut impl FnMut(u32) -> u32) -> (String, BTreeSet<String>) {
    let named: BTreeSet<String> = NAMES
        .iter()
        .filter(|_| roll(4) == 0)
        .map(ToString::to_string)
        .collect();
    let words = named.iter().map(|name| format!(" @{name}")).collect();
    (words, named)
}

/// A message is told.
fn tell(
    told: &mut Told,
    made: MessageId,
    (by, (text, answers, mentions)): (usize, (String, Option<MessageId>, BTreeSet<String>)),
) {
    let wanted = Wanted {
        text,
        answers,
        mentions,
        ..Wanted::default()
    };
    let beside = Beside {
        by,
        ..Beside::default()
    };
    told.insert(made, (wanted, beside));
}

/// Somebody reads all that is there.
fn look(trio: &mut Trio, told: &mut Told, at: usize) {
    let (now, id) = (trio.world.now, trio.sides[at]);
    for message in trio.seen(at) {
        let (_, beside) = told.get_mut(&message.id).unwrap();
        beside.read_by.insert(at);
    }
    trio.world.engines[at]
        .mark_read(now, id, (None, None))
        .unwrap();
}

/// Somebody does something; true if it was something about a message.
fn act(trio: &mut Trio, told: &mut Told, (turn, roll): (u32, &mut impl FnMut(u32) -> u32)) -> bool {
    let at = roll(3) as usize;
    let (now, id) = (trio.world.now, trio.sides[at]);
    let seen = trio.seen(at);
    let shape = roll(13);
    let (names, mentions) = naming(roll);
    if seen.is_empty() || shape < 2 {
        let text = format!("{turn} by {at}{names}");
        let made = trio.say(at, &text);
        tell(told, made, (at, (text, None, mentions)));
        return false;
    }
    if shape == 10 {
        look(trio, told, at);
        return false;
    }
    let message = &seen[roll(u32::try_from(seen.len()).unwrap()) as usize];
    let (about, engine) = ((id, message.id), &mut trio.world.engines[at]);
    if message.deleted {
        let refused = engine.react(now, about, "👍").unwrap_err();
        assert_eq!(refused.kind, "message-deleted");
        return false;
    }
    let (wanted, beside) = told.get_mut(&message.id).unwrap();
    match shape {
        2 => engine.refresh(now, id).unwrap(),
        3 => {
            let text = format!("{turn} by {at} to that{names}");
            let made = engine.reply(now, about, &text).unwrap();
            tell(told, made, (at, (text, Some(message.id), mentions)));
        }
        4 if message.mine => {
            engine.delete(now, about).unwrap();
            wanted.deleted = true;
        }
        4..7 if message.mine => {
            let text = format!("{} {turn}{names}", "again ".repeat(1 + roll(700) as usize));
            engine.edit(now, about, &text).unwrap();
            (wanted.text, wanted.edited, wanted.mentions) = (text, true, mentions);
        }
        11..13 => {
            let pinned = roll(2) == 0;
            engine.pin(now, about, pinned).unwrap();
            beside.pins.insert(at, pinned);
        }
        _ => {
            let sign = SIGNS[roll(4) as usize];
            engine.react(now, about, sign).unwrap();
            let person = engine.status().unwrap().person;
            wanted.reactions.insert(person, sign.to_owned());
        }
    }
    shape != 2 && shape != 3
}

/// How a message should be shown to everybody.
fn wanted(told: &Wanted) -> Wanted {
    if told.deleted {
        return Wanted {
            deleted: true,
            ..Wanted::default()
        };
    }
    let mut wanted = told.clone();
    wanted.reactions.retain(|_, sign| !sign.is_empty());
    wanted
}

fn shown(message: MessageInfo) -> Wanted {
    let reactions = message.reactions.into_iter();
    let mentions = message.mentions.into_iter();
    Wanted {
        text: message.text,
        answers: message.in_reply_to,
        edited: message.edited,
        deleted: message.deleted,
        reactions: reactions.map(|one| (one.person, one.emoji)).collect(),
        mentions: mentions.map(|one| one.name).collect(),
    }
}

/// What counts for one person: messages not read, and those of them that name this person.
fn unread(trio: &Trio, told: &Told, at: usize) -> Result<(), String> {
    let open = told.values().filter(|(wanted, beside)| {
        beside.by != at && !wanted.deleted && !beside.read_by.contains(&at)
    });
    let name = NAMES[at];
    let (mut unread, mut naming) = (0, 0);
    for (wanted, _) in open {
        unread += 1;
        naming += u64::from(wanted.mentions.contains(name));
    }
    let list = trio.world.engines[at].conversations().unwrap();
    let counted = (list[0].unread, list[0].mentions);
    if counted != (unread, naming) {
        return Err(format!(
            "{name} counts {counted:?} and not {unread}, {naming}"
        ));
    }
    Ok(())
}

fn judge(trio: &Trio, told: &Told) -> Result<(), String> {
    let order = |at: usize| -> Vec<(MessageId, bool)> {
        let seen = trio.seen(at).into_iter();
        seen.map(|message| (message.id, message.pinned)).collect()
    };
    let first = order(0);
    for (at, name) in NAMES.iter().enumerate() {
        let status = trio.world.engines[at].status().unwrap();
        if let Some(alarm) = status.alarms.iter().find(|a| a.kind != "member-added") {
            return Err(format!("{name} is told {}", alarm.kind));
        }
        let idle = trio.world.engines[at].synced(true).unwrap();
        if idle.is_none() || status.waiting > 0 {
            return Err(format!("{name} never comes to rest"));
        }
        if order(at) != first || first.len() != told.len() {
            return Err(format!(
                "{name} sees other messages or pins, or in another order"
            ));
        }
        unread(trio, told, at)?;
        for message in trio.seen(at) {
            let (told, beside) = &told[&message.id];
            // The latest in board order is the last of somebody.
            let pins: Vec<bool> = beside.pins.values().copied().collect();
            let possible = !told.deleted && pins.contains(&true);
            let certain = possible && !pins.contains(&false);
            if message.pinned && !possible || !message.pinned && certain {
                return Err(format!("{name} sees a pin as nobody set it"));
            }
            if message.change.is_some() {
                return Err(format!("{name} is told of a change that never arrives"));
            }
            let (shown, wanted) = (shown(message), wanted(told));
            if shown != wanted {
                return Err(format!("{name} sees {shown:?} and not {wanted:?}"));
            }
        }
    }
    Ok(())
}
