//! Several files on their way at once.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{FileMeasured, FileWords, MessageId};
use heliograph_lab::{TwoFaced, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
/// Bytes of each: of more chunks together than may be under way at once at the beginning.
const SIZES: [usize; 3] = [900_000, 1_300_000, 700_000];

/// Stages of somebody's files, in words.
fn stages(world: &mut TwoFaced, at: usize) -> Vec<String> {
    let all = world.engines[at].transfers().unwrap();
    all.into_iter().map(|one| one.stage).collect()
}

#[test]
fn several_files_go_and_come_at_once_each_whole() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str, number: usize| directory.path().join(format!("{name}-{number}"));
    let words = FileWords {
        media: "application/octet-stream".into(),
        ..FileWords::default()
    };
    let now = world.now;
    // Without a connection none begins before the others are there.
    world.cut(BEN);
    let sent: Vec<MessageId> = SIZES
        .iter()
        .enumerate()
        .map(|(number, size)| {
            let source = place("source", number);
            let bytes = (0..*size).map(|at| u8::try_from((at * 7 + number) % 251).unwrap());
            std::fs::write(&source, bytes.collect::<Vec<u8>>()).unwrap();
            let file = FileMeasured::read(&source).unwrap();
            let engine = &mut world.engines[BEN];
            engine.send_file(now, bens, (&file, &words)).unwrap()
        })
        .collect();
    assert_eq!(stages(&mut world, BEN), ["moving"; 3]);
    world.reconnect(BEN);
    // Some of each went before any of them is through.
    world.run_then_cut(BEN, 13);
    let moved = world.engines[BEN].transfers().unwrap();
    assert!(moved.len() == 3 && moved.iter().all(|one| one.moved > 0));
    world.reconnect(BEN);
    world.run();
    assert!(stages(&mut world, BEN).is_empty(), "all went");

    for (number, message) in sent.iter().enumerate() {
        let saved = place("saved", number);
        let engine = &mut world.engines[ANNA];
        let saved = saved.to_str().unwrap();
        engine.save_file(now, (annas, *message), saved).unwrap();
    }
    assert_eq!(stages(&mut world, ANNA), ["moving"; 3]);
    world.run();
    world.pass(1_000);
    assert_eq!(stages(&mut world, ANNA), ["done"; 3]);
    for number in 0..SIZES.len() {
        let [source, saved] = ["source", "saved"].map(|name| place(name, number));
        assert!(std::fs::read(source).unwrap() == std::fs::read(saved).unwrap());
    }
}
