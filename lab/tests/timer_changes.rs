//! What was begun or said under one timer and goes on under another.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::ConversationId;
use heliograph_lab::{Canaries, Hoard, TwoFaced, accept, card, dice, on_disk};

const NAMES: [&str; 2] = ["Anna", "Ben"];
const ANNA: usize = 0;
const BEN: usize = 1;
const HOUR: u32 = 3_600;
const HOUR_MS: i64 = 3_600_000;

#[test]
fn a_timer_chosen_while_a_first_contact_is_on_its_way_holds_and_holds_nothing_up() {
    // Wherever the way to the other stops for a moment, the timer is chosen there.
    for requests in 1..12 {
        let mut world = TwoFaced::new(&NAMES);
        let annas_card = card(&mut world, ANNA);
        let now = world.now;
        let ben = &mut world.engines[BEN];
        let bens = ben.add_contact(now, &annas_card).unwrap();
        ben.send(now, bens, &["hello".into()]).unwrap();
        for _ in 0..requests {
            world.serve_asked(BEN);
            world.announce();
        }
        let ben = &mut world.engines[BEN];
        ben.set_timer(now, bens, HOUR).unwrap();
        world.run();
        let annas = world.engines[ANNA].requests().unwrap();
        assert_eq!(
            annas[0].messages, 1,
            "{requests}: the stranger sees what was said"
        );
        let annas = accept(&mut world, ANNA);
        world.run();
        let timer = world.engines[ANNA].timer(annas).unwrap();
        assert_eq!((timer.timer_s, timer.agreed), (Some(HOUR), true));
    }
}

/// Two who talk.
fn meet(mut world: TwoFaced) -> (TwoFaced, [ConversationId; 2]) {
    let card = card(&mut world, ANNA);
    let bens = world.engines[BEN].add_contact(world.now, &card).unwrap();
    world.run();
    let sides = [accept(&mut world, ANNA), bens];
    world.run();
    (world, sides)
}

fn timer(world: &mut TwoFaced, id: ConversationId, seconds: u32) {
    let now = world.now;
    world.engines[ANNA].set_timer(now, id, seconds).unwrap();
    world.run();
}

#[test]
fn a_draft_begun_before_a_timer_came_on_goes_by_it() {
    let (mut world, sides) = meet(TwoFaced::new(&NAMES));
    let now = world.now;
    for (at, id) in sides.into_iter().enumerate() {
        world.engines[at].set_draft(now, id, "to be said").unwrap();
    }
    timer(&mut world, sides[ANNA], HOUR);
    let kept = |world: &TwoFaced, at: usize| world.engines[at].draft(sides[at]).unwrap();
    for at in [ANNA, BEN] {
        assert_eq!(kept(&world, at).unwrap().draft.text, "to be said");
    }
    world.pass(HOUR_MS - 1);
    assert!(kept(&world, ANNA).is_some() && kept(&world, BEN).is_some());
    world.pass(1);
    assert!(kept(&world, ANNA).is_none() && kept(&world, BEN).is_none());
}

#[test]
fn another_text_written_without_a_timer_goes_with_the_message_that_has_one() {
    let homes = tempfile::tempdir().unwrap();
    let (mut world, sides) = meet(on_disk(&NAMES, homes.path()));
    timer(&mut world, sides[ANNA], HOUR);
    let now = world.now;
    let anna = &mut world.engines[ANNA];
    let first = anna.send(now, sides[ANNA], &["one".into()]).unwrap()[0];
    world.run();
    timer(&mut world, sides[ANNA], 0);
    let mut roll = dice(11);
    let mut letter = || char::from(b'a' + u8::try_from(roll(26)).unwrap());
    let words: Vec<String> = (0..12)
        .map(|_| (0..14).map(|_| letter()).collect())
        .collect();
    let other = words.join(" ");
    let anna = &mut world.engines[ANNA];
    anna.edit(now, (sides[ANNA], first), &other).unwrap();
    let home = |at: usize| homes.path().join(NAMES[at]);
    let mut hoards = [Hoard::default(), Hoard::default()];
    hoards[ANNA].gather(&home(ANNA));
    world.run();
    let old = homes.path().join("keys");
    std::fs::create_dir(&old).unwrap();
    for at in [ANNA, BEN] {
        let page = world.engines[at].messages(sides[at], None, 10).unwrap();
        assert!(page.items.iter().any(|message| message.text == other));
        hoards[at].gather(&home(at));
        hoards[at].copy(&home(at));
        std::fs::copy(home(at).join("profile.keys"), old.join(NAMES[at])).unwrap();
    }
    let ben = &mut world.engines[BEN];
    ben.mark_read(now, sides[BEN], (None, None)).unwrap();
    world.pass(2 * HOUR_MS);
    let canaries = Canaries::of(&words);
    for at in [ANNA, BEN] {
        hoards[at].gather(&home(at));
        let found = [home(at).join("profile.keys"), old.join(NAMES[at])]
            .map(|keys| hoards[at].finds(&canaries, &keys));
        assert_eq!(found, [0, 12], "{}", NAMES[at]);
    }
}
