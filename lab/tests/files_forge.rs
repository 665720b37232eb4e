//! Files that change on their way, stop, end with their conversation, or that nobody wants any more.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use heliograph_client::{
    ConversationId, FileMeasured, FileWords, MessageId, MessageInfo, MessageState,
};
use heliograph_lab::TwoFaced;

const ANNA: usize = 0;
const BEN: usize = 1;

struct Scene {
    world: TwoFaced,
    /// The conversation at Anna's and at Ben's.
    annas: ConversationId,
    bens: ConversationId,
    directory: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let mut world = TwoFaced::new(&["Anna", "Ben"]);
        let now = world.now;
        let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
        world.run();
        let added = world.engines[BEN].add_contact(now, &card).unwrap();
        world.run();
        let annas = world.engines[ANNA].requests().unwrap()[0].id;
        world.engines[ANNA].accept(now, annas).unwrap();
        world.run();
        let directory = tempfile::tempdir().unwrap();
        Self {
            world,
            annas,
            bens: added,
            directory,
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn measured(&self, size: usize) -> FileMeasured {
        let path = self.place("source.bin");
        let bytes: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        std::fs::write(&path, bytes).unwrap();
        FileMeasured::read(&path).unwrap()
    }

    /// Ben sends it; gives the message as Anna has it.
    fn send(&mut self, file: &FileMeasured) -> MessageId {
        let words = words();
        let now = self.world.now;
        let (bens, engine) = (self.bens, &mut self.world.engines[BEN]);
        let sent = engine.send_file(now, bens, (file, &words)).unwrap();
        self.world.run();
        sent
    }

    fn save(&mut self, message: MessageId, place: &Path) {
        let (now, annas) = (self.world.now, self.annas);
        let engine = &mut self.world.engines[ANNA];
        let place = place.to_str().unwrap();
        engine.save_file(now, (annas, message), place).unwrap();
    }

    /// Stage and problem of Anna's only transfer.
    fn transfer(&mut self) -> Option<(String, Option<String>)> {
        let one = self.world.engines[ANNA].transfers().unwrap().pop();
        one.map(|one| (one.stage, one.problem))
    }

    fn files_in_place(&self) -> usize {
        std::fs::read_dir(self.directory.path()).unwrap().count()
    }

    /// The conversation still works.
    fn talks(&mut self) {
        let (now, bens) = (self.world.now, self.bens);
        let said = self.world.engines[BEN].send(now, bens, &["Still here?".into()]);
        said.unwrap();
        self.world.run();
        let heard = texts(&self.world, self.annas);
        assert_eq!(heard.last().unwrap(), "Still here?");
    }
}

fn words() -> FileWords {
    FileWords {
        media: "application/octet-stream".into(),
        ..FileWords::default()
    }
}

fn messages(world: &TwoFaced, id: ConversationId) -> Vec<MessageInfo> {
    let page = world.engines[ANNA].messages(id, None, 100).unwrap();
    page.items
}

fn texts(world: &TwoFaced, id: ConversationId) -> Vec<String> {
    let all = messages(world, id).into_iter();
    all.map(|message| message.text).collect()
}

#[test]
fn a_file_goes_from_engine_to_engine_and_through_restarts() {
    let mut scene = Scene::new();
    let file = scene.measured(1_000_000);
    let message = scene.send(&file);
    scene.world.restart(ANNA);
    let place = scene.place("saved.bin");
    scene.save(message, &place);
    scene.world.restart(ANNA);
    scene.world.run();
    scene.world.pass(1_000);
    assert_eq!(scene.transfer(), Some(("done".into(), None)));
    assert!(std::fs::read(&place).unwrap() == std::fs::read(&file.path).unwrap());
}

#[test]
fn a_file_taken_back_goes_with_its_half_and_its_key() {
    let mut scene = Scene::new();
    let file = scene.measured(1_000_000);
    let message = scene.send(&file);
    let place = scene.place("saved.bin");
    scene.save(message, &place);
    let now = scene.world.now;
    let about = (scene.annas, message);
    scene.world.engines[ANNA]
        .pause_file(now, about, true)
        .unwrap();
    assert_eq!(scene.files_in_place(), 2, "a half file is there");
    let deleted = scene.world.engines[BEN].delete(now, (scene.bens, message));
    deleted.unwrap();
    scene.world.run();
    scene.world.pass(60_000);
    assert_eq!(scene.transfer(), None);
    assert_eq!(scene.files_in_place(), 1, "only the source is there");
    let save = place.to_str().unwrap();
    let refused = scene.world.engines[ANNA].save_file(now, about, save);
    assert_eq!(refused.unwrap_err().kind, "message-deleted");
}

#[test]
fn a_file_that_was_only_renamed_or_touched_on_its_way_goes_all_the_same() {
    let mut scene = Scene::new();
    let file = scene.measured(3_000_000);
    let (now, bens) = (scene.world.now, scene.bens);
    let engine = &mut scene.world.engines[BEN];
    let message = engine.send_file(now, bens, (&file, &words())).unwrap();
    scene.world.run_then_cut(BEN, 20);
    let source = std::fs::File::open(&file.path).unwrap();
    let when = std::time::SystemTime::UNIX_EPOCH;
    source.set_modified(when).unwrap();
    scene.world.reconnect(BEN);
    scene.world.run();
    scene.world.pass(60_000);
    assert!(scene.world.engines[BEN].transfers().unwrap().is_empty());
    let place = scene.place("saved.bin");
    scene.save(message, &place);
    scene.world.run();
    scene.world.pass(1_000);
    assert_eq!(scene.transfer(), Some(("done".into(), None)));
    assert!(std::fs::read(&place).unwrap() == std::fs::read(&file.path).unwrap());
}

#[test]
fn a_file_written_to_before_or_after_a_stop_is_not_sent_half_old_and_half_new() {
    for (stopped, byte) in [(false, 5), (false, 2_999_999), (true, 5), (true, 2_999_999)] {
        let mut scene = Scene::new();
        let file = scene.measured(3_000_000);
        let (now, bens) = (scene.world.now, scene.bens);
        let engine = &mut scene.world.engines[BEN];
        let message = engine.send_file(now, bens, (&file, &words())).unwrap();
        scene.world.run_then_cut(BEN, 20);
        let source = std::fs::File::options().write(true).open(&file.path);
        source.unwrap().write_all_at(&[255], byte).unwrap();
        if stopped {
            scene.world.restart(BEN);
        } else {
            scene.world.reconnect(BEN);
        }
        scene.world.run();
        scene.world.pass(60_000);
        let left = scene.world.engines[BEN].transfers().unwrap();
        let said = texts(&scene.world, scene.annas);
        match left.first() {
            Some(one) => assert_eq!(one.problem.as_deref(), Some("file-changed")),
            // All of it had been written to before any of that went.
            None => {
                assert_eq!(said.len(), 1);
                let place = scene.place("saved.bin");
                scene.save(message, &place);
                scene.world.run();
                scene.world.pass(1_000);
                assert!(std::fs::read(&place).unwrap() == std::fs::read(&file.path).unwrap());
                continue;
            }
        }
        assert!(said.is_empty(), "nobody hears of it");
        scene.talks();
    }
}

#[test]
fn a_file_that_is_saved_again_comes_again() {
    let mut scene = Scene::new();
    let file = scene.measured(200_000);
    let message = scene.send(&file);
    let place = scene.place("saved.bin");
    for _ in 0..2 {
        scene.save(message, &place);
        // Given again while it is on its way: nothing is begun anew, nothing is refused.
        scene.save(message, &place);
        scene.world.run();
        scene.world.pass(1_000);
        assert_eq!(scene.transfer(), Some(("done".into(), None)));
        std::fs::remove_file(&place).unwrap();
    }
}

#[test]
fn a_file_on_its_way_out_of_a_group_that_ended_stays_unsent() {
    let mut scene = Scene::new();
    let file = scene.measured(1_000_000);
    let now = scene.world.now;
    let world = &mut scene.world;
    let group = world.engines[ANNA].create_group(now, "Friends").unwrap();
    let (_, card) = world.engines[BEN].make_card(now, false).unwrap();
    world.run();
    world.engines[ANNA].bring(now, group, &card).unwrap();
    world.run();
    let bens = world.engines[BEN].requests().unwrap()[0].id;
    world.engines[BEN].accept(now, bens).unwrap();
    world.run();
    let sent = world.engines[BEN].send_file(now, bens, (&file, &words()));
    let message = sent.unwrap();
    world.engines[BEN]
        .pause_file(now, (bens, message), true)
        .unwrap();
    let ben = world.engines[BEN].status().unwrap().person;
    world.engines[ANNA]
        .remove_person(now, (group, &ben))
        .unwrap();
    world.run();
    assert!(world.engines[BEN].transfers().unwrap().is_empty());
    let page = world.engines[BEN].messages(bens, None, 100).unwrap();
    let kept = page
        .items
        .into_iter()
        .find(|one| one.id == message)
        .unwrap();
    assert_eq!(kept.state, MessageState::Unsent);
    assert_eq!(kept.file.unwrap().name, "source.bin");
}

#[test]
fn two_files_never_share_one_place() {
    let mut scene = Scene::new();
    let file = scene.measured(200_000);
    let (first, second) = (scene.send(&file), scene.send(&file));
    let place = scene.place("saved.bin");
    scene.save(first, &place);
    let aliased = scene.directory.path().join("./saved.bin");
    let (now, annas) = (scene.world.now, scene.annas);
    let engine = &mut scene.world.engines[ANNA];
    let refused = engine.save_file(now, (annas, second), aliased.to_str().unwrap());
    assert_eq!(refused.unwrap_err().kind, "file-exists");
}

#[test]
fn a_late_answer_to_a_file_that_was_cancelled_does_not_count_for_the_next() {
    let mut scene = Scene::new();
    let first = scene.measured(600_000);
    let first = scene.send(&first);
    let file = scene.measured(700_000);
    let second = scene.send(&file);
    let (now, annas) = (scene.world.now, scene.annas);
    let place = scene.place("second.bin");
    scene.save(first, &scene.place("first.bin"));
    // What was asked for the first is answered only from here on.
    let anna = &mut scene.world.engines[ANNA];
    anna.cancel_file(now, (annas, first)).unwrap();
    scene.save(second, &place);
    scene.world.run();
    scene.world.pass(1_000);
    assert_eq!(scene.transfer(), Some(("done".into(), None)));
    assert_eq!(std::fs::read(&place).unwrap().len(), 700_000);
    scene.talks();
}

#[test]
fn a_file_that_pauses_while_answers_are_on_their_way_goes_on_at_once() {
    let mut scene = Scene::new();
    let file = scene.measured(300_000);
    let message = scene.send(&file);
    let (now, about) = (scene.world.now, (scene.annas, message));
    let place = scene.place("saved.bin");
    scene.save(message, &place);
    for paused in [true, false] {
        let anna = &mut scene.world.engines[ANNA];
        anna.pause_file(now, about, paused).unwrap();
    }
    scene.world.run();
    scene.world.pass(1_000);
    assert_eq!(scene.transfer(), Some(("done".into(), None)));
    assert_eq!(std::fs::read(&place).unwrap().len(), 300_000);
}

/// A recipe that leaves nothing out of a file of `size` bytes, as it is kept.
fn all_of_it(size: u32) -> Vec<u8> {
    let number = [&[0x1a][..], &size.to_be_bytes()].concat();
    let pieces = b"\x66pieces\x81\xa1\x64Kept\x82\x00";
    [b"\xa2\x66source", &number[..], pieces, &number].concat()
}

#[test]
fn a_picture_that_somebody_touched_on_its_way_is_not_sent() {
    for touched in [false, true] {
        let mut scene = Scene::new();
        let file = FileMeasured {
            recipe: all_of_it(3_000_000),
            ..scene.measured(3_000_000)
        };
        let (now, bens) = (scene.world.now, scene.bens);
        let engine = &mut scene.world.engines[BEN];
        engine.send_file(now, bens, (&file, &words())).unwrap();
        scene.world.run_then_cut(BEN, 20);
        if touched {
            let source = std::fs::File::open(&file.path).unwrap();
            source
                .set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        }
        scene.world.restart(BEN);
        scene.world.run();
        scene.world.pass(60_000);
        let left = scene.world.engines[BEN].transfers().unwrap();
        let problem = left.first().and_then(|one| one.problem.as_deref());
        assert_eq!(problem, touched.then_some("file-changed"));
        assert_eq!(
            texts(&scene.world, scene.annas).len(),
            usize::from(!touched)
        );
    }
}

#[test]
fn a_half_file_that_is_gone_cut_short_or_another_is_never_taken_for_what_came() {
    type Harm = fn(&Path);
    let harms: [(Harm, &str); 3] = [
        (|half| std::fs::remove_file(half).unwrap(), "done"),
        (|half| std::fs::write(half, "short").unwrap(), "done"),
        (
            |half| {
                std::fs::remove_file(half).unwrap();
                std::fs::write(half, vec![0; 1_000_000]).unwrap();
            },
            "failed",
        ),
    ];
    for (harm, stage) in harms {
        let mut scene = Scene::new();
        let file = scene.measured(1_000_000);
        let message = scene.send(&file);
        let place = scene.place("saved.bin");
        scene.save(message, &place);
        scene.world.run_then_cut(ANNA, 8);
        let half = scene.place(".saved.bin.heliograph-part");
        let (now, about) = (scene.world.now, (scene.annas, message));
        let anna = &mut scene.world.engines[ANNA];
        anna.pause_file(now, about, true).unwrap();
        assert!(anna.transfers().unwrap()[0].moved > 0);
        harm(&half);
        anna.pause_file(now, about, false).unwrap();
        scene.world.reconnect(ANNA);
        scene.world.run();
        scene.world.pass(1_000);
        let (came, problem) = scene.transfer().unwrap();
        assert_eq!(came, stage, "{problem:?}");
        if stage == "failed" {
            assert_eq!(problem.as_deref(), Some("file-damaged"));
            scene.save(message, &place);
            scene.world.run();
            scene.world.pass(1_000);
        }
        assert!(std::fs::read(&place).unwrap() == std::fs::read(&file.path).unwrap());
    }
}
