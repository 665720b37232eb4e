//! Everybody in a large group commits at once, again and again.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::collections::HashMap;

use heliograph_client::ConversationId;
use heliograph_lab::{TwoFaced, brought, dice, rounds, texts};

const PEOPLE: usize = 50;
/// Messages said in every race.
const SPEAKERS: usize = 5;

/// A group of fifty; its id for each of them.
fn fifty() -> (TwoFaced, Vec<ConversationId>) {
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("Member {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = TwoFaced::new(&names);
    let first = world.engines[0].create_group(world.now, "Crew").unwrap();
    let mut ids = vec![first];
    for at in 1..PEOPLE {
        ids.push(brought(&mut world, (0, first), at));
    }
    (world, ids)
}

/// One line of epochs, as everybody's devices show it.
#[derive(Default)]
struct Line(HashMap<u64, Vec<u8>>);

impl Line {
    /// Looks where everybody is: whoever is in one epoch has one secret with all who were. Gives the epoch that everybody
    /// has reached.
    fn look(&mut self, world: &mut TwoFaced, ids: &[ConversationId]) -> u64 {
        let now = world.now;
        let mut least = u64::MAX;
        for (at, id) in ids.iter().enumerate() {
            let epoch = world.engines[at].epoch(now, *id).unwrap().unwrap();
            assert_eq!(epoch.devices.len(), PEOPLE);
            let known = self
                .0
                .entry(epoch.number)
                .or_insert_with(|| epoch.authenticator.clone());
            assert_eq!(*known, epoch.authenticator, "epoch {}", epoch.number);
            least = least.min(epoch.number);
        }
        least
    }
}

#[test]
fn fifty_who_race_for_every_epoch_stay_in_one_line_and_lose_no_message() {
    let wanted = u64::from(rounds(100));
    let (mut world, ids) = fifty();
    let mut line = Line::default();
    let start = line.look(&mut world, &ids);
    let (mut roll, mut said, mut reached) = (dice(50), 0, 0);
    while reached < start + wanted {
        let now = world.now;
        // Whoever lost wants it still; whoever won wants the next one: all fifty are in every race.
        for (at, id) in ids.iter().enumerate() {
            world.engines[at].refresh(now, *id).unwrap();
        }
        let epoch = line.look(&mut world, &ids);
        if epoch > reached {
            reached = epoch;
            for _ in 0..SPEAKERS {
                let at = roll(50) as usize;
                world.engines[at]
                    .send(now, ids[at], &[format!("{said}")])
                    .unwrap();
                said += 1;
            }
        }
        world.run_once(&mut roll);
    }
    world.run();
    assert!(!world.restless);
    let reached = line.look(&mut world, &ids);
    assert_eq!(Some(&reached), line.0.keys().max(), "nobody is behind");
    assert_eq!(world.conflicts, 0);
    let all = texts(&world, 0, ids[0]);
    assert_eq!(all.len(), said);
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(texts(&world, at, *id), all);
        assert_eq!(world.engines[at].status().unwrap().waiting, 0);
    }
}
