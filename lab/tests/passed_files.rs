//! Files that are passed on: from the board and back to it, under another key, or not at all.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;

use heliograph_client::{
    ConversationId, FileMeasured, FileWords, MessageId, MessageInfo, MessageState,
};
use heliograph_conversation::content::{Kind, More, Pointer};
use heliograph_delivery::{FileChunks, chunk_hash, file_hash};
use heliograph_lab::{Board, Cli, Mallory, TwoFaced, accept, card, introduce, two_in_a_group};
use heliograph_wire::{Cell, EraseHash, Keep};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;
/// Bytes of a file of 20 chunks, which go as 32 cells.
const SIZE: usize = 1_300_000;

/// Anna and Ben in a group, Anna and Carl by themselves.
struct Scene {
    world: TwoFaced,
    /// The group at Anna's and at Ben's.
    annas: ConversationId,
    bens: ConversationId,
    /// What Anna and Carl have, at each of them.
    to_carl: ConversationId,
    carls: ConversationId,
    directory: tempfile::TempDir,
}

fn content() -> Vec<u8> {
    (0..SIZE)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect()
}

impl Scene {
    fn new() -> Self {
        let (mut world, annas, bens) = two_in_a_group(&["Anna", "Ben", "Carl"]);
        let carls_card = card(&mut world, CARL);
        let to_carl = world.engines[ANNA]
            .add_contact(world.now, &carls_card)
            .unwrap();
        world.run();
        let carls = accept(&mut world, CARL);
        Self {
            world,
            annas,
            bens,
            to_carl,
            carls,
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// Ben sends a file with words into the group.
    fn sent(&mut self) -> MessageId {
        let path = self.directory.path().join("chart.bin");
        std::fs::write(&path, content()).unwrap();
        let file = FileMeasured::read(&path).unwrap();
        let words = FileWords {
            caption: "The *chart*.".into(),
            media: "application/x-chart".into(),
            ..FileWords::default()
        };
        let (now, bens) = (self.world.now, self.bens);
        let engine = &mut self.world.engines[BEN];
        engine.send_file(now, bens, (&file, &words)).unwrap()
    }

    fn forward(&mut self, message: MessageId, with_name: bool) -> MessageId {
        let (now, about) = (self.world.now, (self.annas, message));
        let anna = &mut self.world.engines[ANNA];
        anna.forward(now, about, (self.to_carl, with_name)).unwrap()
    }

    /// Files that somebody has been told of.
    fn files(&self, at: usize, id: ConversationId) -> Vec<MessageInfo> {
        let page = self.world.engines[at].messages(id, None, 100).unwrap();
        let files = page.items.into_iter();
        files.filter(|message| message.kind == "file").collect()
    }

    /// Carl saves the file of a message; what he gets.
    fn saved(&mut self, message: MessageId) -> Vec<u8> {
        let place = self.directory.path().join("saved.bin");
        let (now, about) = (self.world.now, (self.carls, message));
        let carl = &mut self.world.engines[CARL];
        carl.save_file(now, about, place.to_str().unwrap()).unwrap();
        self.world.run();
        self.world.pass(1_000);
        let bytes = std::fs::read(&place).unwrap();
        std::fs::remove_file(place).unwrap();
        bytes
    }

    /// What Anna's only transfer says.
    fn transfer(&mut self) -> Option<(String, Option<String>)> {
        let one = self.world.engines[ANNA].transfers().unwrap().pop()?;
        assert!(one.forwarded && one.sending && one.path.is_empty());
        Some((one.stage, one.problem))
    }
}

#[test]
fn a_file_passed_on_arrives_whole_from_cells_of_its_own() {
    let mut scene = Scene::new();
    let first = scene.sent();
    scene.world.run();
    let before = scene.world.standing();
    let plain = scene.forward(first, false);
    scene.world.run();
    assert!(scene.transfer().is_none(), "it is out");
    let cells = scene.world.standing().difference(&before).count();
    assert!(
        cells >= 32,
        "{cells} cells are new: none of the first message's serves twice"
    );
    let named = scene.forward(first, true);
    scene.world.run();

    let told = scene.files(CARL, scene.carls);
    let marks: Vec<_> = told.iter().map(|it| it.forwarded.as_deref()).collect();
    assert_eq!(marks, [Some(""), Some("Ben")]);
    for message in &told {
        let file = message.file.as_ref().unwrap();
        assert_eq!(
            (&*file.name, &*file.media, file.size, &*message.text),
            (
                "chart.bin",
                "application/x-chart",
                SIZE as u64,
                "The *chart*."
            )
        );
    }
    assert_eq!([told[0].id, told[1].id], [plain, named]);
    assert!(scene.saved(plain) == content() && scene.saved(named) == content());
    let here = scene.files(ANNA, scene.annas);
    assert_eq!(here[0].forwarded, None, "the first message is as it was");

    // Whoever got it this way can pass it on in turn.
    let now = scene.world.now;
    let carl = &mut scene.world.engines[CARL];
    let notes = carl.create_group(now, "Notes").unwrap();
    carl.forward(now, (scene.carls, plain), (notes, false))
        .unwrap();
    scene.world.run();
    assert_eq!(scene.files(CARL, notes).len(), 1);
}

#[test]
fn a_file_passed_on_goes_on_after_a_crash_a_cut_and_a_pause() {
    let mut scene = Scene::new();
    let first = scene.sent();
    scene.world.run();
    let passed = scene.forward(first, false);
    let moved = |scene: &mut Scene| scene.world.engines[ANNA].transfers().unwrap()[0].moved;
    scene.world.run_then_cut(ANNA, 20);
    let some = moved(&mut scene);
    assert!(some > 0 && some < SIZE as u64, "{some}");
    assert!(scene.files(CARL, scene.carls).is_empty());
    scene.world.reconnect(ANNA);
    scene.world.run_then_cut(ANNA, 40);
    let now = scene.world.now;
    let about = (scene.to_carl, passed);
    let anna = &mut scene.world.engines[ANNA];
    anna.pause_file(now, about, true).unwrap();
    let paused = moved(&mut scene);
    assert!(paused > some && paused < SIZE as u64, "{paused}");
    scene.world.restart(ANNA);
    scene.world.run();
    assert_eq!(
        moved(&mut scene),
        paused,
        "what was done is known, and it waits"
    );
    assert!(scene.files(CARL, scene.carls).is_empty());
    let anna = &mut scene.world.engines[ANNA];
    anna.pause_file(now, about, false).unwrap();
    scene.world.run();
    assert!(scene.transfer().is_none());
    assert!(scene.saved(passed) == content());
}

#[test]
fn a_file_taken_back_while_it_is_passed_on_is_nowhere() {
    let mut scene = Scene::new();
    let first = scene.sent();
    scene.world.run();
    let passed = scene.forward(first, false);
    scene.world.run_then_cut(ANNA, 20);
    let (now, about) = (scene.world.now, (scene.to_carl, passed));
    let anna = &mut scene.world.engines[ANNA];
    anna.cancel_file(now, about).unwrap();
    scene.world.reconnect(ANNA);
    scene.world.run();
    assert!(scene.transfer().is_none());
    assert!(scene.files(ANNA, scene.to_carl).is_empty());
    assert!(scene.files(CARL, scene.carls).is_empty());
    let again = scene.forward(first, false);
    scene.world.run();
    assert!(scene.saved(again) == content());
}

#[test]
fn what_is_not_out_not_there_or_not_said_is_not_passed_on() {
    let mut scene = Scene::new();
    let now = scene.world.now;
    scene.world.cut(BEN);
    let first = scene.sent();
    let ben = &mut scene.world.engines[BEN];
    let notes = ben.create_group(now, "Notes").unwrap();
    let early = ben.forward(now, (scene.bens, first), (notes, false));
    assert_eq!(early.unwrap_err().kind, "file-on-its-way");
    scene.world.reconnect(BEN);
    scene.world.run();
    let ben = &mut scene.world.engines[BEN];
    ben.forward(now, (scene.bens, first), (notes, false))
        .unwrap();
    scene.world.run();
    assert_eq!(scene.files(BEN, notes).len(), 1, "one's own goes too");
    let elsewhere = (scene.to_carl, first);
    let anna = &mut scene.world.engines[ANNA];
    let unknown = anna.forward(now, elsewhere, (scene.annas, false));
    assert_eq!(unknown.unwrap_err().kind, "unknown-message");
    let ben = &mut scene.world.engines[BEN];
    ben.delete(now, (scene.bens, first)).unwrap();
    scene.world.run();
    let about = (scene.annas, first);
    let anna = &mut scene.world.engines[ANNA];
    let deleted = anna.forward(now, about, (scene.to_carl, false));
    assert_eq!(deleted.unwrap_err().kind, "message-deleted");
}

/// What Mallory says of a file under a key.
fn film(key: [u8; 32], hash: [u8; 32]) -> Kind {
    let file = Pointer {
        key,
        size: 200_000,
        hash,
        name: "film.mkv".into(),
        media: "video/x-matroska".into(),
        picture: None,
        voice: None,
    };
    Kind::File {
        file: Box::new(file),
        caption: String::new(),
        in_reply_to: None,
        more: More::default(),
    }
}

/// Puts the chunks of a file of nothing but ones, the last `missing` cells of it not; gives its hash.
fn put_film(world: &mut TwoFaced, key: [u8; 32], missing: u32) -> [u8; 32] {
    let chunks = FileChunks::new(key, 200_000).unwrap();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut hashes = Vec::new();
    for at in 0..chunks.count() {
        let whole = |place: &mut [u8]| {
            place.fill(1);
            Ok::<_, ()>(())
        };
        let body = chunks.seal(at, &mut rng, whole).unwrap().unwrap();
        if at < chunks.filled() {
            hashes.push(chunk_hash(&vec![1; chunks.range(at).1]));
        }
        let cell = Cell {
            label: chunks.label(at),
            keep: Keep::Fortnight,
            erase_hash: EraseHash([0; 32]),
            body,
        };
        assert!(at >= chunks.count() - missing || world.post(cell));
    }
    world.announce();
    file_hash(&hashes)
}

#[test]
fn a_file_that_is_gone_or_not_what_was_said_of_it_is_passed_on_to_nobody() {
    let mut world = TwoFaced::new(&["Anna"]);
    let mut mallory = Mallory::new("Mallory", world.now);
    let now = world.now;
    let (_, annas_card) = world.engines[ANNA].make_card(now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &annas_card);
    let id = accept(&mut world, ANNA);
    mallory.follow(&world);
    let notes = world.engines[ANNA].create_group(now, "Notes").unwrap();
    let good = put_film(&mut world, [1; 32], 0);
    put_film(&mut world, [2; 32], 1);
    put_film(&mut world, [3; 32], 0);
    put_film(&mut world, [4; 32], 0);
    // Whoever puts a cell may erase it again.
    let last = FileChunks::new([4; 32], 200_000).unwrap();
    world.erase_under(&last.label(last.count() - 1));
    for (nonce, key, hash) in [
        (1, [1; 32], good),
        (2, [2; 32], good),
        (3, [3; 32], [8; 32]),
        (4, [4; 32], good),
    ] {
        mallory.say(&mut world, nonce, film(key, hash));
    }
    let told = world.engines[ANNA].messages(id, None, 100).unwrap().items;
    let mut ends = Vec::new();
    for message in told.iter().filter(|message| message.kind == "file") {
        let anna = &mut world.engines[ANNA];
        let passed = anna.forward(now, (id, message.id), (notes, true)).unwrap();
        world.run();
        let anna = &mut world.engines[ANNA];
        let said = anna.message_state(passed).unwrap() > MessageState::Pending;
        let problem = anna.transfers().unwrap().pop().and_then(|it| it.problem);
        if problem.is_some() {
            anna.cancel_file(now, (notes, passed)).unwrap();
        }
        ends.push((said, problem));
    }
    let failed = |why: &str| (false, Some(why.to_owned()));
    assert_eq!(
        ends,
        [
            (true, None),
            failed("file-gone"),
            failed("file-damaged"),
            failed("file-gone")
        ]
    );
}

/// The newest file in a conversation, as the program shows it once it is there.
fn newest(cli: &Cli, conversation: &str) -> serde_json::Value {
    assert!(cli.run(&["sync", "--until-idle"]).status.success());
    let said = cli.run(&["read", conversation]).lines;
    said.into_iter()
        .rfind(|line| line["kind"] == "file")
        .unwrap()
}

fn is_same(one: &Path, other: &Path) -> bool {
    std::fs::read(one).unwrap() == std::fs::read(other).unwrap()
}

#[test]
fn the_program_passes_a_file_on_and_waits_until_the_others_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let anna = Cli::init(directory.path(), "Anna", &board.link, None);
    let ben = Cli::init(directory.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let notes = anna.run(&["group", "create", "Notes"]);
    let notes = notes.object()["conversation"].as_str().unwrap().to_owned();
    let source = directory.path().join("chart.bin");
    std::fs::write(&source, content()).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let sent = ben.run(&["file", "send", &bens, &path(&source)]);
    assert!(sent.status.success(), "{}", sent.error);
    let first = newest(&anna, &annas);
    let first = first["id"].as_str().unwrap();
    let passed = anna.run(&["forward", &annas, first, &notes, "--with-name"]);
    assert!(passed.status.success(), "{}", passed.error);
    assert_ne!(passed.object()["state"], "pending");
    let message = newest(&anna, &notes);
    assert_eq!(message["forwarded"], "Ben");
    assert_eq!(message["id"], passed.object()["message"]);
    let place = directory.path().join("saved.bin");
    let id = message["id"].as_str().unwrap();
    // One's own file is saved from the board like anybody's.
    let saved = anna.run(&["file", "save", &notes, id, &path(&place)]);
    assert!(saved.status.success(), "{}", saved.error);
    assert!(is_same(&source, &place));
}
