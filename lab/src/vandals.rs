//! Three people in a group whose board means harm for a while, and is honest afterwards.
//!
//! Seeded. Judged by: nothing is shown that was not said, nothing twice, nothing under another's name; afterwards
//! everybody has everything, in one order, in one epoch, with no conversation frozen. Of a board that showed two
//! histories: whoever hears from the other half says so, and when those who followed another record than the one that is
//! left decide to follow that, all of that holds for what is said from then on.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use std::collections::BTreeMap;

use heliograph_client::{ConversationId, GroupChange, MessageId, MessageState};

use crate::two_faced::Malice;
use crate::{Trio, dice};

/// What was said: by whom, and the words.
type Told = BTreeMap<MessageId, (usize, String)>;

/// A whole story; gives how often the board did harm.
///
/// # Errors
/// A broken promise, in words.
pub fn harmed(what: Malice, seed: u64) -> Result<u32, String> {
    let mut roll = dice(seed);
    let mut trio = Trio::meet();
    let mut told = Told::new();
    live(&mut trio, &mut told, (2, &mut roll));
    trio.world.turn_bad(what, dice(seed ^ 0x5EED));
    let turns = 6 + roll(8);
    let met = meet(&mut trio);
    live(&mut trio, &mut told, (turns, &mut roll));
    check_words(&trio, &told)?;
    let done = trio.world.turn_good();
    // A last word of each crosses from every half to every other.
    for _ in 0..4 {
        trio.world.run();
        trio.world.pass(61_000);
    }
    for at in 0..3 {
        say(&mut trio, &mut told, at);
    }
    for _ in 0..30 {
        trio.world.run();
        trio.world.pass(61_000);
    }
    check_words(&trio, &told)?;
    if trio.world.conflicts > 0 && what != Malice::LieTaken {
        return Err("a label was put with two bodies".into());
    }
    check_contact(&trio, (&met, what))?;
    if what.forks() {
        check_fork(&trio, done)?;
        return check_healed(&mut trio, &mut told).map(|()| done);
    }
    check_whole(&mut trio, &told).map(|()| done)
}

/// Somebody who was met in bad times.
struct Met {
    /// Ben's side of it, and what he wrote.
    side: ConversationId,
    words: String,
}

/// Ben writes to Anna by her card, made and read in bad times.
fn meet(trio: &mut Trio) -> Option<Met> {
    let now = trio.world.now;
    let (_, card) = trio.world.engines[0].make_card(now, false).unwrap();
    trio.world.run();
    let side = trio.world.engines[1].add_contact(now, &card).ok()?;
    let words = "between the two of us".to_owned();
    trio.world.engines[1]
        .send(now, side, std::slice::from_ref(&words))
        .ok()?;
    Some(Met { side, words })
}

/// First contact came to Anna with Ben's words and nobody else's; or Ben was told that it failed.
fn check_contact(trio: &Trio, (met, what): (&Option<Met>, Malice)) -> Result<(), String> {
    let Some(met) = met else {
        return Ok(());
    };
    let bens = trio.world.engines[1].conversations().unwrap();
    let bens = bens.into_iter().find(|one| one.id == met.side).unwrap();
    let requests = trio.world.engines[0].requests().unwrap();
    let ben = trio.world.engines[1].status().unwrap().person;
    if requests
        .iter()
        .any(|request| request.person != ben || request.messages > 1)
    {
        return Err("somebody else knocks at Anna's".into());
    }
    // Who followed another history than the one that is left waits in vain, and was told why.
    if !what.forks() && requests.is_empty() && bens.state != "failed" && bens.state != "frozen" {
        return Err(format!(
            "Ben waits for nothing ({}): {}",
            bens.state, met.words
        ));
    }
    Ok(())
}

fn say(trio: &mut Trio, told: &mut Told, at: usize) {
    let (now, side) = (trio.world.now, trio.sides[at]);
    let text = format!("{} of {at}", told.len());
    // A conversation that is frozen takes nothing.
    if let Ok(made) = trio.world.engines[at].send(now, side, std::slice::from_ref(&text)) {
        told.insert(made[0], (at, text));
    }
}

/// They talk, rename the group and replace their keys, often at once.
fn live(trio: &mut Trio, told: &mut Told, (turns, roll): (u32, &mut impl FnMut(u32) -> u32)) {
    for turn in 0..turns {
        for at in 0..3 {
            if roll(2) == 0 {
                say(trio, told, at);
            }
            if roll(4) == 0 {
                let now = trio.world.now;
                // Refused where the conversation is frozen.
                drop(trio.world.engines[at].refresh(now, trio.sides[at]));
            }
        }
        if roll(6) == 0 {
            let change = GroupChange {
                title: Some(format!("Crew {turn}")),
                ..GroupChange::default()
            };
            let now = trio.world.now;
            drop(trio.world.engines[0].change_group(now, (trio.sides[0], &change)));
        }
        if roll(8) == 0 {
            let at = roll(3) as usize;
            trio.world.restart(at);
        }
        trio.world.run();
        if roll(3) == 0 {
            trio.world.pass(61_000);
        }
    }
}

/// Nothing forged, nothing twice, nothing under another's name.
fn check_words(trio: &Trio, told: &Told) -> Result<(), String> {
    let people: Vec<String> = trio
        .world
        .engines
        .iter()
        .map(|engine| engine.status().unwrap().person)
        .collect();
    for at in 0..3 {
        let mut seen = Vec::new();
        for message in trio.seen(at) {
            let Some((by, text)) = told.get(&message.id) else {
                return Err(format!("{at} sees what nobody said: {:?}", message.text));
            };
            if message.text != *text || message.person != people[*by] {
                return Err(format!(
                    "{at} sees other words or another sender: {:?}",
                    message.text
                ));
            }
            if seen.contains(&message.id) {
                return Err(format!("{at} sees twice: {text}"));
            }
            seen.push(message.id);
        }
    }
    Ok(())
}

/// Whoever followed another record decides to follow the one that is left, is brought back, and goes on with the others.
fn check_healed(trio: &mut Trio, told: &mut Told) -> Result<(), String> {
    for at in 0..3 {
        if trio.world.engines[at].is_astray() == Some(true) {
            let now = trio.world.now;
            let followed = trio.world.engines[at].follow_anew(now);
            followed.map_err(|refusal| refusal.to_string())?;
        }
    }
    // Two who ask at the same place ask again on the next day.
    for _ in 0..2 {
        trio.world.beat(None);
        for _ in 0..5 {
            trio.world.pass(61_000);
        }
        if (0..3).any(|at| how(trio, at).starts_with("frozen")) {
            trio.world.pass(24 * 3_600_000);
        }
    }
    let before = told.clone();
    for at in 0..3 {
        say(trio, told, at);
    }
    for _ in 0..4 {
        trio.world.run();
        trio.world.pass(61_000);
    }
    check_words(trio, told)?;
    told.retain(|id, _| !before.contains_key(id));
    if told.len() < 3 {
        return Err(format!("of three, {} can speak again", told.len()));
    }
    check_whole(trio, told)
}

/// Everybody has everything that was told, in one order and one epoch.
fn check_whole(trio: &mut Trio, told: &Told) -> Result<(), String> {
    let orders: Vec<Vec<MessageId>> = (0..3)
        .map(|at| trio.seen(at).iter().map(|message| message.id).collect())
        .map(|seen: Vec<MessageId>| {
            seen.into_iter()
                .filter(|id| told.contains_key(id))
                .collect()
        })
        .collect();
    for (at, order) in orders.iter().enumerate() {
        if order.len() != told.len() {
            let missing: Vec<&String> = told
                .iter()
                .filter(|(id, _)| !order.contains(id))
                .map(|(_, (_, text))| text)
                .collect();
            return Err(format!("{at} lacks {missing:?} ({})", how(trio, at)));
        }
        if *order != orders[0] {
            return Err(format!("{at} has another order"));
        }
    }
    for at in 0..3 {
        let lost = trio
            .seen(at)
            .into_iter()
            .filter(|message| message.mine && told.contains_key(&message.id))
            .find(|message| message.state < MessageState::Sent);
        if let Some(lost) = lost {
            return Err(format!(
                "{at} has not sent {:?} ({})",
                lost.text,
                how(trio, at)
            ));
        }
    }
    let now = trio.world.now;
    let sides = trio.sides;
    let mut epoch = |at: usize| trio.world.engines[at].epoch(now, sides[at]).unwrap();
    let (first, second, third) = (epoch(0), epoch(1), epoch(2));
    if first.is_none() || first != second || second != third {
        return Err("they are in different epochs".into());
    }
    Ok(())
}

/// Whoever was in another half than the first says so.
fn check_fork(trio: &Trio, done: u32) -> Result<(), String> {
    if done == 0 {
        return Ok(());
    }
    let says = |at: usize| {
        let status = trio.world.engines[at].status().unwrap();
        status
            .alarms
            .iter()
            .any(|alarm| alarm.kind == "board-two-histories")
    };
    if (0..3).any(says) {
        return Ok(());
    }
    Err("two histories, and nobody says so".into())
}

fn how(trio: &Trio, at: usize) -> String {
    let status = trio.world.engines[at].status().unwrap();
    let alarms: Vec<String> = status.alarms.into_iter().map(|alarm| alarm.kind).collect();
    let state = trio.world.engines[at].conversations().unwrap()[0]
        .state
        .clone();
    format!(
        "{state}, {alarms:?}, {:?}, waiting {}",
        status.link, status.waiting
    )
}
