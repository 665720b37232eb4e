//! A thief takes every file of a device, with the key of its database, and has everything the board ever
//! showed. What was read before the theft stays shut, and so does what comes after the conversation healed.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::{Plan, Told, rounds, tell};

/// How many of the opened cells lie in a range.
fn within(told: &Told, range: std::ops::Range<usize>) -> usize {
    told.loot.opened().range(range).count()
}

/// One line a conversation: the window in cells, messages and minutes.
fn print(plan: &Plan, told: &Told) {
    let loot = &told.loot;
    println!(
        "read before the theft: {} of {} cells opened; kept history {} texts; by card {}; \
         {} pages ({} in the log), {} strings tried; {} messages read on",
        within(told, 0..told.consumed),
        told.consumed,
        loot.kept,
        loot.by_card.len(),
        loot.pages.0,
        loot.pages.1,
        loot.pages.2,
        loot.read_on,
    );
    for (healing, friend) in told.healed.iter().zip(1..=plan.friends) {
        let (start, healed, end) = healing.cells;
        println!(
            "  friend {friend}: window {} messages, {:.1} minutes, {} of {} cells opened; after it {} of \
             {} cells, {} messages",
            healing.messages,
            healing.took_ms as f64 / 60_000.0,
            within(told, start..healed),
            healed - start,
            within(told, healed..end),
            end - healed,
            healing.after,
        );
    }
}

fn judge(plan: &Plan) {
    let told = tell(plan);
    print(plan, &told);
    assert!(told.consumed > 20, "there was something to read");
    assert_eq!(within(&told, 0..told.consumed), 0, "what was read stays shut");
    assert!(told.loot.kept > 0, "kept history is there to be read");
    for healing in &told.healed {
        let (start, healed, end) = healing.cells;
        assert!(within(&told, start..healed) > 0, "a thief who opens nothing at all is blind");
        assert_eq!(within(&told, healed..end), 0, "nothing opens after healing");
        assert!(healing.after > 0 && end > healed);
    }
    assert!(told.loot.read_on > 0, "the stolen device goes on reading for a while");
}

#[test]
fn a_stolen_copy_opens_nothing_read_before_and_nothing_after_healing() {
    for round in 0..rounds(1) as usize {
        judge(&Plan {
            friends: 1,
            turns: 3 + round % 7,
            unanswered: 2 + round % 5,
            restless: false,
            long: round % 2 == 0,
        });
        judge(&Plan {
            friends: 2,
            turns: 2 + round % 5,
            unanswered: 1 + round % 3,
            restless: false,
            long: round % 2 == 1,
        });
    }
}

#[test]
fn the_thief_opens_what_a_device_that_never_rests_left_in_its_log() {
    let plan = Plan {
        friends: 1,
        turns: 3,
        unanswered: 2,
        restless: true,
        long: false,
    };
    let told = tell(&plan);
    print(&plan, &told);
    assert!(told.loot.pages.1 > 0, "the log is there");
    assert!(within(&told, 0..told.consumed) > 0, "a thief who overlooks this is blind");
}
