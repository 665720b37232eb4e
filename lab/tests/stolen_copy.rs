//! A thief takes every file of a device, with the key of its database, and has everything the board ever
//! showed. What was read before the theft stays shut, and so does what comes after the conversation healed.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{DATABASE, MessageState};
use heliograph_lab::{Plan, Scene, Stolen, Told, befriend, listen, rounds, tell};

/// A short story; tests change what they are about.
const PLAN: Plan = Plan {
    friends: 1,
    turns: 3,
    unanswered: 2,
    restless: false,
    long: false,
    pause_ms: 61_000,
    before_knock: false,
};

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
            minutes(healing.took_ms),
            within(told, start..healed),
            healed - start,
            within(told, healed..end),
            end - healed,
            healing.after,
        );
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "minutes are printed with one digit"
)]
fn minutes(ms: i64) -> f64 {
    ms as f64 / 60_000.0
}

fn judge(plan: &Plan) {
    let told = tell(plan);
    print(plan, &told);
    assert!(told.consumed > 20, "there was something to read");
    assert_eq!(
        within(&told, 0..told.consumed),
        0,
        "what was read stays shut"
    );
    assert!(told.loot.kept > 0, "kept history is there to be read");
    for healing in &told.healed {
        let (start, healed, end) = healing.cells;
        assert!(
            within(&told, start..healed) > 0,
            "a thief who opens nothing at all is blind"
        );
        assert_eq!(within(&told, healed..end), 0, "nothing opens after healing");
        assert!(healing.after > 0 && end > healed);
    }
    assert!(
        told.loot.read_on > 0,
        "the stolen device reads on for a while"
    );
}

#[test]
fn a_stolen_copy_opens_nothing_read_before_and_nothing_after_healing() {
    for round in 0..rounds(1) as usize {
        // Slow talk heals at once, quick talk within a minute.
        for (friends, pause_ms) in [(1, 61_000), (1, 7_000), (2, 61_000)] {
            judge(&Plan {
                friends,
                turns: 2 + round % 6,
                unanswered: 1 + round % 4,
                long: (round + friends).is_multiple_of(2),
                pause_ms,
                ..PLAN
            });
        }
    }
}

#[test]
fn the_thief_opens_what_a_device_that_never_rests_left_in_its_log() {
    let plan = Plan {
        restless: true,
        ..PLAN
    };
    let told = tell(&plan);
    print(&plan, &told);
    assert!(told.loot.pages.1 > 0, "the log is there");
    let opened = within(&told, 0..told.consumed);
    assert!(opened > 0, "a thief who overlooks this is blind");
}

#[test]
fn the_thief_enters_by_a_key_package_that_was_not_used_yet() {
    let told = tell(&Plan {
        before_knock: true,
        ..PLAN
    });
    let carved = &told.loot.carved;
    assert!(!carved.is_subset(&told.loot.by_card), "the first words");
    assert_eq!(within(&told, told.healed[0].cells.1..usize::MAX), 0);
}

/// Until the log of a device is empty, which it is a moment after the last thing that happened.
async fn rested(home: &std::path::Path) -> bool {
    let log = home.join(DATABASE).with_extension("db-wal");
    for _ in 0..500 {
        if std::fs::metadata(&log).unwrap().len() == 0 {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_running_device_at_rest_nothing_that_was_read_opens_on_a_real_server() {
    let scene = Scene::start().await;
    let (anna, ben) = (scene.person("Anna").await, scene.person("Ben").await);
    let (anna_side, ben_side) = befriend(&anna, &ben).await;
    for turn in 0..4 {
        let said = ben.say(&ben_side, &format!("{turn} from Ben")).await;
        ben.wait(&said, MessageState::Delivered).await;
        let said = anna.say(&anna_side, &format!("{turn} from Anna")).await;
        anna.wait(&said, MessageState::Delivered).await;
    }
    assert!(rested(&anna.home).await, "the log is emptied");
    let stolen = Stolen::copy(&anna.home);
    let consumed = listen(&scene.board(), now_ms()).await.len();
    let said = ben.say(&ben_side, "after the theft").await;
    ben.wait(&said, MessageState::Delivered).await;
    let heard = listen(&scene.board(), now_ms()).await;
    let opened = stolen.carve(&heard, now_ms()).opened();
    assert!(consumed > 20);
    assert_eq!(
        opened.range(..consumed).count(),
        0,
        "what was read stays shut"
    );
    assert!(
        opened.range(consumed..).count() > 0,
        "the thief is not blind"
    );
}
