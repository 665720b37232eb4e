//! Everybody in a large group commits at once, again and again.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, EpochInfo};
use heliograph_lab::{TwoFaced, brought, dice, rounds, texts};

const PEOPLE: usize = 50;
/// Messages said in every race of all for all epochs.
const SPEAKERS: usize = 25;

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

/// The epoch that everybody is in.
fn same_epoch(world: &mut TwoFaced, ids: &[ConversationId]) -> EpochInfo {
    let now = world.now;
    let epochs = ids.iter().enumerate().map(|(at, id)| {
        let epoch = world.engines[at].epoch(now, *id).unwrap().unwrap();
        (epoch.number, epoch.authenticator, epoch.devices.len())
    });
    let epochs: Vec<_> = epochs.collect();
    assert!(epochs.iter().all(|epoch| epoch == &epochs[0]));
    assert_eq!(epochs[0].2, PEOPLE);
    world.engines[0].epoch(now, ids[0]).unwrap().unwrap()
}

#[test]
fn fifty_who_race_for_every_epoch_stay_in_one_line_and_lose_no_message() {
    let wanted = u64::from(rounds(100));
    let (mut world, ids) = fifty();
    let start = same_epoch(&mut world, &ids).number;
    let mut roll = dice(50);
    let mut said = 0;
    // A lost race is run again in the next epoch, so that one call of all is a race an epoch.
    while same_epoch(&mut world, &ids).number < start + wanted {
        let now = world.now;
        for (at, id) in ids.iter().enumerate() {
            world.engines[at].refresh(now, *id).unwrap();
        }
        for _ in 0..SPEAKERS {
            let at = roll(50) as usize;
            world.engines[at]
                .send(now, ids[at], &[format!("{said}")])
                .unwrap();
            said += 1;
        }
        world.run();
    }
    assert_eq!(world.conflicts, 0);
    let all = texts(&world, 0, ids[0]);
    assert_eq!(all.len(), said);
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(texts(&world, at, *id), all);
        assert_eq!(world.engines[at].status().unwrap().waiting, 0);
    }
}
