//! Groups of two to eight through everything at once: racing commits, people brought in and removed,
//! crashes, lost connections.

use heliograph_lab::{Crew, Happened, dice, rounds};

fn history(seed: u64) -> Result<Happened, String> {
    let mut roll = dice(seed);
    let people = 2 + roll(7) as usize;
    let turns = 8 + roll(16) as usize;
    let mut crew = Crew::new(people, roll);
    crew.live(turns);
    crew.settle();
    crew.judge()
}

#[test]
fn whoever_is_in_a_group_has_the_same_messages_and_secrets_whatever_happens() {
    let mut all = Happened::default();
    for seed in 1..=u64::from(rounds(500)) {
        match history(seed) {
            Ok(happened) => all += happened,
            Err(wrong) => panic!("seed {seed}: {wrong}"),
        }
    }
    println!("{all:?}");
    assert!(all.removed > 0 && all.brought > all.removed && all.messages > 0);
}
