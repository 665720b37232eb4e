//! Somebody who was removed from a group and kept everything their device knew.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::{Stolen, Trio, on_disk};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn texts(trio: &Trio, at: usize) -> Vec<String> {
    trio.seen(at)
        .into_iter()
        .map(|message| message.text)
        .collect()
}

#[test]
fn with_all_its_state_a_removed_device_reads_and_says_nothing_from_the_next_epoch_on() {
    let homes = tempfile::tempdir().unwrap();
    let mut trio = Trio::in_world(on_disk(&["Anna", "Ben", "Carl"], homes.path()));
    for (at, text) in [(ANNA, "before"), (CARL, "me too"), (BEN, "and I")] {
        trio.say(at, text);
        trio.world.run();
    }
    // Everything Carl's device has, twice: once to listen on, once to go on talking.
    let home = homes.path().join("Carl");
    let (kept, also) = (Stolen::copy(&home), Stolen::copy(&home));
    let control = Stolen::copy(&homes.path().join("Ben"));
    let ticks = trio.world.ticks_shown(CARL);
    let (now, sides) = (trio.world.now, trio.sides);
    let carl = trio.world.engines[CARL].status().unwrap().person;
    trio.world.engines[ANNA]
        .remove_person(now, (sides[ANNA], &carl))
        .unwrap();
    trio.world.run();
    let removed = trio.world.cells_held();
    for turn in 0..12 {
        trio.say(turn % 2, &format!("after {turn}"));
        trio.world.run();
        trio.world.pass(61_000);
    }
    let said = trio.world.cells_held() - removed;
    assert!(said >= 12, "{said} cells were put meanwhile");
    let before = [texts(&trio, ANNA), texts(&trio, BEN)];
    assert_eq!(before[0].len(), 15);

    // A copy that never hears of the removal talks as if nothing had happened.
    let engine = also.start(trio.world.now);
    let ghost = trio.world.join_in_the_past((CARL, ticks), engine);
    let now = trio.world.now;
    let put = trio.world.cells_held();
    trio.world.engines[ghost]
        .send(now, sides[CARL], &["still here".into()])
        .unwrap();
    trio.world.run();
    assert!(trio.world.cells_held() > put, "it did put something");
    assert_eq!([texts(&trio, ANNA), texts(&trio, BEN)], before);

    // And one that listens to everything opens nothing.
    let loot = kept.plunder(&mut trio.world, CARL);
    assert_eq!(loot.opened().range(removed..removed + said).count(), 0);
    assert_eq!(loot.read_on, 0);
    // Control: the same with the state of somebody who stayed.
    assert!(control.plunder(&mut trio.world, BEN).read_on > 0);
}
