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

use std::collections::BTreeMap;

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
}

/// Everything that was said, told without a device.
type Told = BTreeMap<MessageId, Wanted>;

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

/// Somebody does something; true if it was something about a message.
fn act(trio: &mut Trio, told: &mut Told, (turn, roll): (u32, &mut impl FnMut(u32) -> u32)) -> bool {
    let at = roll(3) as usize;
    let (now, id) = (trio.world.now, trio.sides[at]);
    let seen = trio.seen(at);
    let shape = roll(10);
    if seen.is_empty() || shape < 2 {
        let text = format!("{turn} by {at}");
        let made = trio.say(at, &text);
        let wanted = Wanted {
            text,
            ..Wanted::default()
        };
        told.insert(made, wanted);
        return false;
    }
    let message = &seen[roll(u32::try_from(seen.len()).unwrap()) as usize];
    let (about, engine) = ((id, message.id), &mut trio.world.engines[at]);
    if message.deleted {
        let refused = engine.react(now, about, "👍").unwrap_err();
        assert_eq!(refused.kind, "message-deleted");
        return false;
    }
    let wanted = told.get_mut(&message.id).unwrap();
    match shape {
        2 => engine.refresh(now, id).unwrap(),
        3 => {
            let text = format!("{turn} by {at} to that");
            let made = engine.reply(now, about, &text).unwrap();
            let wanted = Wanted {
                text,
                answers: Some(message.id),
                ..Wanted::default()
            };
            told.insert(made, wanted);
        }
        4 if message.mine => {
            engine.delete(now, about).unwrap();
            wanted.deleted = true;
        }
        4..7 if message.mine => {
            let text = format!("{} {turn}", "again ".repeat(1 + roll(700) as usize));
            engine.edit(now, about, &text).unwrap();
            (wanted.text, wanted.edited) = (text, true);
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

fn judge(trio: &Trio, told: &Told) -> Result<(), String> {
    let order = |at: usize| -> Vec<MessageId> {
        let seen = trio.seen(at).into_iter();
        seen.map(|message| message.id).collect()
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
            return Err(format!("{name} sees other messages, or in another order"));
        }
        for message in trio.seen(at) {
            let mut wanted = told[&message.id].clone();
            wanted.reactions.retain(|_, sign| !sign.is_empty());
            if wanted.deleted {
                wanted = Wanted {
                    deleted: true,
                    ..Wanted::default()
                };
            }
            let reactions = message.reactions.into_iter();
            let shown = Wanted {
                text: message.text,
                answers: message.in_reply_to,
                edited: message.edited,
                deleted: message.deleted,
                reactions: reactions.map(|one| (one.person, one.emoji)).collect(),
            };
            if shown != wanted {
                return Err(format!("{name} sees {shown:?} and not {wanted:?}"));
            }
            if message.change.is_some() {
                return Err(format!("{name} is told of a change that never arrives"));
            }
        }
    }
    Ok(())
}
