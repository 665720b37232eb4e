//! What is under way when a person decides something else: it goes on, or it does not hold the decision up.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;

use heliograph_client::{ConversationId, FileMeasured, FileWords, MessageId};
use heliograph_lab::{Trio, TwoFaced, texts, two_in_a_group};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

/// Ben sends a file of so many bytes.
fn send(world: &mut TwoFaced, (bens, folder): (ConversationId, &Path), size: usize) -> MessageId {
    let source = folder.join(format!("source-{size}"));
    std::fs::write(&source, vec![7; size]).unwrap();
    let words = FileWords {
        media: "application/octet-stream".into(),
        ..FileWords::default()
    };
    let file = FileMeasured::read(&source).unwrap();
    let now = world.now;
    let ben = &mut world.engines[BEN];
    ben.send_file(now, bens, (&file, &words)).unwrap()
}

fn files(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<MessageId> {
    let page = world.engines[at].messages(id, None, 1_000).unwrap();
    let files = page.items.into_iter().filter(|said| said.kind == "file");
    files.map(|said| said.id).collect()
}

#[test]
fn a_refused_call_stops_no_file_on_its_way() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let directory = tempfile::tempdir().unwrap();
    let now = world.now;
    let sent = send(&mut world, (bens, directory.path()), 2_000_000);
    world.serve_asked(BEN);
    let nobody = MessageId([9; 16]);
    let refused = world.engines[BEN].pin(now, (bens, nobody), true);
    assert_eq!(refused.unwrap_err().kind, "unknown-message");
    // Not a moment passes: nothing but the answers takes it further.
    world.run();
    assert!(world.engines[BEN].transfers().unwrap().is_empty());
    assert_eq!(files(&world, ANNA, annas), [sent]);
    let place = directory.path().join("saved");
    let anna = &mut world.engines[ANNA];
    let about = (annas, sent);
    anna.save_file(now, about, place.to_str().unwrap()).unwrap();
    world.serve_asked(ANNA);
    let anna = &mut world.engines[ANNA];
    assert!(anna.pin(now, (annas, nobody), true).is_err());
    world.run();
    world.pass(1_000);
    assert_eq!(std::fs::metadata(place).unwrap().len(), 2_000_000);
}

#[test]
fn files_that_are_here_are_in_nobodys_way() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let directory = tempfile::tempdir().unwrap();
    for number in 0..70 {
        let message = send(&mut world, (bens, directory.path()), 10 + number);
        world.run();
        let place = directory.path().join(format!("saved-{number}"));
        let (now, about) = (world.now, (annas, message));
        let anna = &mut world.engines[ANNA];
        anna.save_file(now, about, place.to_str().unwrap()).unwrap();
        world.run();
        world.pass(1_000);
        assert!(place.exists());
    }
    let source = directory.path().join("hers");
    std::fs::write(&source, "hers").unwrap();
    let words = FileWords {
        media: "text/plain".into(),
        ..FileWords::default()
    };
    let file = FileMeasured::read(&source).unwrap();
    let now = world.now;
    let anna = &mut world.engines[ANNA];
    anna.send_file(now, annas, (&file, &words)).unwrap();
    world.run();
    assert_eq!(files(&world, BEN, bens).len(), 71);
    let told = world.engines[ANNA].transfers().unwrap();
    assert_eq!(told.len(), 64, "the list stays one that can be read");
    assert!(told.iter().any(|one| one.path.ends_with("saved-69")));
    assert!(!told.iter().any(|one| one.path.ends_with("saved-5")));
}

#[test]
fn a_file_on_its_way_out_of_a_conversation_that_is_deleted_here_still_goes() {
    let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben"]);
    let directory = tempfile::tempdir().unwrap();
    let now = world.now;
    let sent = send(&mut world, (bens, directory.path()), 2_000_000);
    world.run_then_cut(BEN, 13);
    let ben = &mut world.engines[BEN];
    ben.delete_conversation(now, bens).unwrap();
    world.restart(BEN);
    world.run();
    assert_eq!(files(&world, ANNA, annas), [sent]);
    assert!(
        files(&world, BEN, bens).is_empty(),
        "and stays deleted here"
    );
}

#[test]
fn whoever_is_removed_reads_nothing_of_a_long_queue_behind_the_removal() {
    let mut trio = Trio::meet();
    let (now, sides) = (trio.world.now, trio.sides);
    let said: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();
    let carl = trio.world.engines[CARL].status().unwrap().person;
    let anna = &mut trio.world.engines[ANNA];
    anna.send(now, sides[ANNA], &said).unwrap();
    anna.remove_person(now, (sides[ANNA], &carl)).unwrap();
    trio.world.run();
    assert_eq!(texts(&trio.world, ANNA, sides[ANNA]), said);
    assert_eq!(texts(&trio.world, BEN, sides[BEN]), said);
    let read = texts(&trio.world, CARL, sides[CARL]).len();
    assert!(read <= 4, "Carl read {read} of it");
}
