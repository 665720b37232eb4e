//! A card stays good while days pass and its owner's device is neither closed nor opened.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::TwoFaced;

const ANNA: usize = 0;
const DAY_MS: i64 = 86_400_000;

#[test]
fn whoever_knocks_on_any_day_is_heard_whatever_days_were_watched_before() {
    let names = ["Anna", "Ben", "Cleo", "Dora", "Emil", "Fred"];
    let mut world = TwoFaced::new(&names);
    let now = world.now;
    let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
    world.run();
    // From one day to the next, over days between which nothing was heard, and into another week.
    for (who, days) in [(1, 0), (2, 1), (3, 1), (4, 3), (5, 4)] {
        world.pass(days * DAY_MS);
        world.run();
        let now = world.now;
        let theirs = world.engines[who].add_contact(now, &card).unwrap();
        let text = format!("day {days}");
        world.engines[who].send(now, theirs, &[text]).unwrap();
        world.run();
        let requests = world.engines[ANNA].requests().unwrap();
        assert_eq!(requests.len(), who, "{} is not heard", names[who]);
    }
}
