//! Files with the real programs: whole, or not at all, whatever is killed on the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// How long anything may take before it is taken to have failed.
const LONG: Duration = Duration::from_secs(120);

/// Bytes of a file that takes several seconds, so that there is time to do something to it.
const LARGE: usize = 96 << 20;

struct World {
    directory: tempfile::TempDir,
    board: Board,
    anna: Cli,
    ben: Cli,
    /// The conversation as each of them names it.
    annas: String,
    bens: String,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let board = Board::start(&directory.path().join("board"), &[]);
        let anna = Cli::init(directory.path(), "Anna", &board.link, None);
        let ben = Cli::init(directory.path(), "Ben", &board.link, None);
        let (annas, bens) = introduce(&anna, &ben);
        Self {
            directory,
            board,
            anna,
            ben,
            annas,
            bens,
        }
    }

    /// A file of `size` bytes that no two chunks of are alike.
    fn file(&self, name: &str, size: usize) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content(size)).unwrap();
        path
    }

    fn place(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn content(size: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut out = Vec::with_capacity(size + 8);
    while out.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(size);
    out
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Asks again until `found` finds something.
fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        if let Some(found) = found() {
            return found;
        }
        std::thread::yield_now();
    }
    panic!("what was waited for did not come");
}

/// The one file message of a conversation.
fn arrived(cli: &Cli, conversation: &str) -> Value {
    until(|| {
        assert!(cli.run(&["sync", "--until-idle"]).status.success());
        let said = cli.run(&["read", conversation]);
        said.lines.into_iter().find(|line| line["kind"] == "file")
    })
}

fn id(message: &Value) -> &str {
    message["id"].as_str().unwrap()
}

/// Waits until the one file on its way is as `wanted`.
fn on_its_way(cli: &Cli, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let files = cli.run(&["file", "list"]);
        if let Some(found) = files.lines.iter().find(|one| wanted(one)) {
            return found.clone();
        }
        assert!(
            begun.elapsed() < LONG,
            "not in time: {:?} {}",
            files.lines,
            files.error
        );
    }
}

#[test]
fn a_file_arrives_whole_under_its_name_and_nothing_is_written_over() {
    let world = World::new();
    let report = world.file("report.pdf", 200_000);
    let sent = world.ben.run(&[
        "file",
        "send",
        &world.bens,
        path(&report),
        "--caption",
        "The draft.",
    ]);
    assert!(sent.status.success(), "{}", sent.error);
    assert_ne!(sent.object()["state"], "pending");
    let message = arrived(&world.anna, &world.annas);
    assert_eq!(message["text"], "The draft.");
    assert_eq!(message["file"]["name"], "report.pdf");
    assert_eq!(message["file"]["size"], 200_000);

    for found in [
        world.anna.run(&["search", "draft"]),
        world.anna.run(&["search", "report", "--has", "file"]),
        world.anna.run(&[
            "search",
            "--has",
            "file",
            "--in",
            &world.annas,
            "--from",
            "Ben",
        ]),
    ] {
        assert_eq!(found.lines.len(), 1, "{}", found.error);
        assert_eq!(found.object()["id"], message["id"]);
    }
    let none = world.anna.run(&["search", "--has", "file", "--from", "me"]);
    assert!(none.lines.is_empty());

    let folder = world.place("downloads");
    std::fs::create_dir(&folder).unwrap();
    let save = ["file", "save", &world.annas, id(&message), path(&folder)];
    let saved = world.anna.run(&save);
    assert!(saved.status.success(), "{}", saved.error);
    let place = folder.join("report.pdf");
    assert_eq!(saved.object()["path"], path(&place));
    assert!(std::fs::read(&place).unwrap() == content(200_000));
    let only: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(only.len(), 1, "no half file stays");

    std::fs::write(&place, "mine").unwrap();
    let again = world.anna.run(&save);
    assert!(!again.status.success() && again.error.contains("file-exists"));
    assert_eq!(std::fs::read(&place).unwrap(), b"mine");
}

#[test]
fn an_empty_file_is_a_file() {
    let world = World::new();
    let empty = world.file("empty.txt", 0);
    let sent = world.ben.run(&["file", "send", &world.bens, path(&empty)]);
    assert!(sent.status.success(), "{}", sent.error);
    let message = arrived(&world.anna, &world.annas);
    let place = world.place("saved.txt");
    let saved = world
        .anna
        .run(&["file", "save", &world.annas, id(&message), path(&place)]);
    assert!(saved.status.success(), "{}", saved.error);
    assert_eq!(std::fs::read(&place).unwrap(), b"");
}

#[test]
fn a_file_survives_kills_of_the_sender_the_reader_and_the_board() {
    let mut world = World::new();
    let size = LARGE;
    let film = world.file("film.bin", size);
    let half = |one: &Value| {
        let moved = one["moved"].as_u64().unwrap();
        moved > 0 && moved < size as u64
    };

    for _ in 0..2 {
        let daemon = world.ben.daemon();
        let files = world.ben.run(&["file", "list"]);
        if files.lines.is_empty() {
            let send = ["file", "send", &world.bens, path(&film)];
            let mut asked = world.ben.command(&send).spawn().unwrap();
            on_its_way(&world.ben, half);
            daemon.kill();
            asked.wait().unwrap();
        } else {
            daemon.kill();
        }
        world.board.kill_and_restart();
    }
    let daemon = world.ben.daemon();
    until(|| {
        world
            .ben
            .run(&["file", "list"])
            .lines
            .is_empty()
            .then_some(())
    });
    daemon.kill();
    assert!(world.ben.run(&["sync", "--until-idle"]).status.success());
    let message = arrived(&world.anna, &world.annas);

    let place = world.place("film.saved");
    let daemon = world.anna.daemon();
    let save = ["file", "save", &world.annas, id(&message), path(&place)];
    let mut asked = world.anna.command(&save).spawn().unwrap();
    on_its_way(&world.anna, half);
    daemon.kill();
    asked.wait().unwrap();
    assert!(!place.exists(), "a half file does not stand in its place");
    world.board.kill_and_restart();
    let daemon = world.anna.daemon();
    on_its_way(&world.anna, |one| one["stage"] == "done");
    daemon.kill();
    assert!(std::fs::read(&place).unwrap() == content(size));
}

#[test]
fn a_file_that_changes_on_the_way_is_not_sent_and_can_be_cancelled() {
    let world = World::new();
    let size = LARGE;
    let film = world.file("film.bin", size);
    let daemon = world.ben.daemon();
    let send = ["file", "send", &world.bens, path(&film)];
    let mut asked = world.ben.command(&send).spawn().unwrap();
    on_its_way(&world.ben, |one| one["moved"].as_u64().unwrap() > 0);
    std::fs::write(&film, vec![1; size]).unwrap();
    let failed = on_its_way(&world.ben, |one| one["stage"] == "failed");
    assert_eq!(failed["problem"], "file-changed");
    assert!(!asked.wait().unwrap().success());

    let message = failed["message"].as_str().unwrap();
    let cancelled = world.ben.run(&["file", "cancel", &world.bens, message]);
    assert!(cancelled.status.success(), "{}", cancelled.error);
    assert!(world.ben.run(&["file", "list"]).lines.is_empty());
    daemon.kill();
    assert!(world.ben.run(&["sync", "--until-idle"]).status.success());
    assert!(world.anna.run(&["sync", "--until-idle"]).status.success());
    assert!(world.anna.run(&["read", &world.annas]).lines.is_empty());
}

#[test]
fn a_paused_file_stays_until_it_is_resumed() {
    let world = World::new();
    let size = LARGE;
    let film = world.file("film.bin", size);
    let daemon = world.ben.daemon();
    let send = ["file", "send", &world.bens, path(&film)];
    let mut asked = world.ben.command(&send).spawn().unwrap();
    let moving = on_its_way(&world.ben, |one| one["moved"].as_u64().unwrap() > 0);
    let message = moving["message"].as_str().unwrap();
    let paused = world.ben.run(&["file", "pause", &world.bens, message]);
    assert!(paused.status.success(), "{}", paused.error);
    assert!(asked.wait().unwrap().success());
    let stands = on_its_way(&world.ben, |one| one["stage"] == "paused");
    let later = on_its_way(&world.ben, |one| one["stage"] == "paused");
    assert_eq!(stands["moved"], later["moved"]);
    let resumed = world.ben.run(&["file", "resume", &world.bens, message]);
    assert!(resumed.status.success(), "{}", resumed.error);
    assert!(world.ben.run(&["file", "list"]).lines.is_empty());
    daemon.kill();
    arrived(&world.anna, &world.annas);
}

#[test]
fn whoever_waits_for_a_file_is_told_that_it_was_cancelled() {
    let world = World::new();
    let film = world.file("film.bin", LARGE);
    let daemon = world.ben.daemon();
    let send = ["file", "send", &world.bens, path(&film)];
    let asked = world
        .ben
        .command(&send)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let moving = on_its_way(&world.ben, |one| one["moved"].as_u64().unwrap() > 0);
    let message = moving["message"].as_str().unwrap();
    let done = world.ben.run(&["file", "cancel", &world.bens, message]);
    assert!(done.status.success(), "{}", done.error);
    let told = asked.wait_with_output().unwrap();
    assert!(!told.status.success());
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("file-cancelled"), "{told}");
    daemon.kill();
}

#[test]
fn a_disk_without_room_for_a_file_is_told_before_anything_comes() {
    let world = World::new();
    let film = world.file("film.bin", 24 << 20);
    let sent = world.ben.run(&["file", "send", &world.bens, path(&film)]);
    assert!(sent.status.success(), "{}", sent.error);
    let message = arrived(&world.anna, &world.annas);
    let place = world.place("film.saved");
    // No file of this process may grow beyond 16 MiB, which is as good as a full disk.
    let save = ["file", "save", &world.annas, id(&message), path(&place)];
    let whole = world.anna.command(&save);
    let refused = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 32768; exec \"$0\" \"$@\""])
        .arg(whole.get_program())
        .args(whole.get_args())
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("disk-full"), "{told}");
    let listed = world.anna.run(&["file", "list"]);
    let moved: Vec<_> = listed.lines.iter().map(|one| &one["moved"]).collect();
    assert_eq!(moved, [0]);
    assert!(!place.exists());
    // The conversation goes on, and so does the file once there is room.
    let said = world.anna.run(&["send", &world.annas, "No room here."]);
    assert!(said.status.success(), "{}", said.error);
    let saved = world.anna.run(&save);
    assert!(saved.status.success(), "{}", saved.error);
    assert!(std::fs::read(&place).unwrap() == content(24 << 20));
}

#[test]
fn what_is_no_file_or_too_much_is_refused_before_anything_is_written() {
    let world = World::new();
    let huge = world.file("huge", 0);
    let made = std::fs::File::options().write(true).open(&huge).unwrap();
    made.set_len((2 << 30) + 1).unwrap();
    let folder = world.directory.path();
    for (what, kind) in [
        (path(&huge), "file-too-large"),
        (path(folder), "file-unreadable"),
        ("/dev/zero", "file-unreadable"),
        ("/nothing/there", "file-unreadable"),
    ] {
        let refused = world.ben.run(&["file", "send", &world.bens, what]);
        assert!(!refused.status.success(), "{what}");
        assert!(refused.error.contains(kind), "{what}: {}", refused.error);
    }
    assert!(world.ben.run(&["read", &world.bens]).lines.is_empty());
}

#[test]
fn what_kind_a_file_is_is_found_by_its_first_bytes() {
    let world = World::new();
    let files: [(&str, &[u8], &str); 4] = [
        ("report.txt", b"%PDF-1.7\n", "application/pdf"),
        ("archive", b"PK\x03\x04 and more", "application/zip"),
        ("words.pdf", b"only words", "application/octet-stream"),
        ("nothing", b"", "application/octet-stream"),
    ];
    for (name, bytes, _) in files {
        let place = world.place(name);
        std::fs::write(&place, bytes).unwrap();
        let sent = world.ben.run(&["file", "send", &world.bens, path(&place)]);
        assert!(sent.status.success(), "{}", sent.error);
    }
    assert!(world.anna.run(&["sync"]).status.success());
    let seen = world.anna.run(&["read", &world.annas]).lines;
    let found: Vec<&str> = seen
        .iter()
        .filter_map(|line| line["file"]["media"].as_str())
        .collect();
    assert_eq!(found, files.map(|(_, _, media)| media));
}
