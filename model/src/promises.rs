//! What must hold in every state (docs/protocol/delivery.md, Exactly once), and what must be reached
//! for the figures to mean anything.

use stateright::Property;

use crate::cells::MessageId;
use crate::device::Device;
use crate::scenario::{Foreign, Scenario};
use crate::world::{DEVICES, World};

/// Nothing is shown twice.
pub const ONCE: &str = "shown at most once";
/// A label is sealed once.
pub const ONE_BODY: &str = "no label gets two bodies of one device";
/// *Sent* is true.
pub const SENT: &str = "what is sent is shown to the other, or stands whole in the feed";
/// The order of the feed is the order of both.
pub const ORDER: &str = "both show the same order";
/// Nobody waits for something that nothing brings.
pub const REST: &str = "at rest everything is shown";
/// Whatever is lost on the way, devices that are connected again bring everything across.
pub const ARRIVES: &str = "left alone, everything is shown";

/// Everything is said although every crash has happened.
pub const SAID: &str = "all is said after the last crash";
/// A message was on its way when an epoch ended.
pub const RESEALED: &str = "a message is sealed in a later epoch";
/// An insider was in the way.
pub const DISPLACED: &str = "a foreign cell displaces a fragment";

/// More steps than any undisturbed run takes.
const STEPS_MAX: u32 = 200;

/// All of them.
#[must_use]
pub fn all() -> Vec<Property<Scenario>> {
    let reached =
        |name, so: fn(&Scenario, &World) -> bool| Property::<Scenario>::sometimes(name, so);
    vec![
        Property::always(ONCE, |_, world: &World| {
            world.devices.iter().all(shown_once)
        }),
        Property::always(ONE_BODY, |_, world: &World| one_body(world)),
        Property::always(SENT, sent_is_shown),
        Property::always(ORDER, |_, world: &World| same_order(world)),
        Property::always(REST, |rules, world: &World| {
            !at_rest(world) || everything_shown(rules, world)
        }),
        Property::always(ARRIVES, left_alone),
        reached(SAID, |rules, world| {
            let all = world
                .devices
                .iter()
                .map(|d| usize::from(d.enqueued))
                .sum::<usize>();
            world.crashes == 0 && all == rules.messages.len() && everything_shown(rules, world)
        }),
        reached(RESEALED, |_, world| {
            let again =
                |d: &Device| d.epoch > 0 && d.outbox.iter().any(|row| row.outgoing.is_some());
            world.devices.iter().any(again)
        }),
        reached(DISPLACED, |_, world| {
            world.devices.iter().any(|device| device.taken > 0)
        }),
    ]
}

/// Whether a scenario has what a property is about.
#[must_use]
pub fn applies(rules: &Scenario, property: &str) -> bool {
    match property {
        DISPLACED => rules.foreign > 0,
        RESEALED => rules.commits > 0 || rules.foreign >= rules.taken_max,
        _ => true,
    }
}

/// What the rules of the engine do not keep: a device takes only its own bytes for its own, and
/// everybody else whatever opens. An insider whom the board lets put a fragment first, under another
/// seal, makes the sender count it later than the others do (README.md, What it found).
#[must_use]
pub fn is_known_weakness(rules: &Scenario, property: &str) -> bool {
    rules.insider == Foreign::Echo && property == ORDER
}

fn shown_once(device: &Device) -> bool {
    let shown = &device.shown;
    (1..shown.len()).all(|at| !shown[at..].contains(&shown[at - 1]))
}

fn one_body(world: &World) -> bool {
    // In order of device, label and body: two of one label stand side by side.
    world
        .sent
        .windows(2)
        .all(|two| (two[0].by, two[0].label) != (two[1].by, two[1].label))
}

fn same_order(world: &World) -> bool {
    let [one, other] = &world.devices;
    one.shown
        .iter()
        .zip(&other.shown)
        .all(|(one, other)| one == other)
}

/// Ids of the messages that were enqueued.
fn enqueued<'a>(rules: &'a Scenario, world: &'a World) -> impl Iterator<Item = MessageId> + 'a {
    DEVICES.into_iter().flat_map(move |id| {
        let own = rules.own(id).into_iter();
        own.take(usize::from(world.device(id).enqueued))
    })
}

fn everything_shown(rules: &Scenario, world: &World) -> bool {
    enqueued(rules, world).all(|message| world.devices.iter().all(|d| d.shown.contains(&message)))
}

/// Nothing is asked, announced or unread.
fn at_rest(world: &World) -> bool {
    let head = world.board.ticks.len();
    !world.board.has_news()
        && world.devices.iter().all(|d| {
            d.in_step() && d.flights.is_empty() && d.later.is_none() && usize::from(d.read) == head
        })
}

/// What one device calls sent, the other shows or will show by reading on, even after a crash.
fn sent_is_shown(rules: &Scenario, world: &World) -> bool {
    let missing = |world: &World| {
        DEVICES.into_iter().any(|id| {
            let (sent, shown) = (world.device(id).sent, &world.device(1 - id).shown);
            (0..8).any(|message| sent & (1 << message) != 0 && !shown.contains(&message))
        })
    };
    if !missing(world) {
        return true;
    }
    let mut later = world.clone();
    for id in DEVICES {
        later.devices[usize::from(id)].restart();
        later.online(rules, id);
    }
    !missing(&later)
}

/// Cuts every connection with all that is on it, makes new ones, and disturbs nothing any more.
fn left_alone(rules: &Scenario, world: &World) -> bool {
    if everything_shown(rules, world) {
        return true;
    }
    let mut world = world.clone();
    for id in DEVICES {
        world.later(rules, id);
        world.online(rules, id);
    }
    for _ in 0..STEPS_MAX {
        if !undisturbed(rules, &mut world) {
            return everything_shown(rules, &world);
        }
    }
    false
}

/// Delivers and answers what is asked, announces it, and lets it be read. False if nothing was left.
fn undisturbed(rules: &Scenario, world: &mut World) -> bool {
    let mut moved = false;
    for id in DEVICES {
        for label in world.device(id).flights.clone() {
            if let Some(put) = world.put_of(id, &label) {
                let outcome = world.board.put(&put);
                world.step(rules, id).answered(label, outcome);
                moved = true;
            }
        }
    }
    if world.board.has_news() {
        world.board.tick();
        moved = true;
    }
    for id in DEVICES {
        while usize::from(world.device(id).read) < world.board.ticks.len() {
            world.take_in(rules, id);
            world.later(rules, id);
            moved = true;
        }
    }
    moved
}
