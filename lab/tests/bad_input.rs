//! What is too much, or made to harm, between real programs: refused with a reason, or shown without harm; and the conversation
//! goes on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};

use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// A family: four people joined into one sign, over and over.
const JOINED: &str = "\u{1f468}\u{200d}";

struct World {
    _directory: tempfile::TempDir,
    _board: Board,
    anna: Cli,
    ben: Cli,
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
            _directory: directory,
            _board: board,
            anna,
            ben,
            annas,
            bens,
        }
    }

    /// Anna says it, and Ben hears it.
    fn goes_on(&self, text: &str) {
        let said = self
            .anna
            .run_with(&["send", &self.annas, "-"], text.as_bytes());
        assert!(said.status.success(), "{}", said.error);
        assert_eq!(self.ben.heard(&self.bens).last().unwrap(), text);
    }

    fn refuses(&self, command: &[&str], input: &[u8], kind: &str) {
        let said = self.anna.run_with(command, input);
        assert!(!said.status.success(), "{kind}");
        assert!(said.error.contains(kind), "{kind}: {}", said.error);
    }
}

#[test]
fn a_text_of_ten_million_characters_is_refused_wherever_it_comes_in() {
    let world = World::new();
    let long = "é".repeat(10_000_000);
    world.refuses(
        &["send", &world.annas, "-"],
        long.as_bytes(),
        "message-too-long",
    );
    world.refuses(
        &["send", &world.annas, "-", "--lines"],
        long.as_bytes(),
        "message-too-long",
    );
    world.refuses(
        &["draft", &world.annas, "-"],
        long.as_bytes(),
        "message-too-long",
    );
    let daemon = world.anna.daemon();
    let answer = over_socket(
        Path::new(&daemon.socket),
        &format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"message.send","params":{{"conversation":"{}","texts":["{long}"]}}}}"#,
            world.annas
        ),
    );
    assert_eq!(answer["error"]["data"]["kind"], "line-too-long", "{answer}");
    world.goes_on("short");
}

/// What a program says to a line on a socket.
fn over_socket(socket: &Path, line: &str) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let line = line.to_owned() + "\n";
    // A line that is too long is not read to its end.
    drop(stream.write_all(line.as_bytes()));
    let mut answer = String::new();
    answers.read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn ten_thousand_joined_signs_are_too_much_and_as_many_as_fit_do_no_harm() {
    let world = World::new();
    let many = JOINED.repeat(10_000);
    world.refuses(
        &["send", &world.annas, "-"],
        many.as_bytes(),
        "message-too-long",
    );
    world.goes_on("look");
    let read = world.ben.run(&["read", &world.bens]);
    let id = read.lines.last().unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let react = ["react", &world.bens, &id, &JOINED.repeat(100)];
    let said = world.ben.run(&react);
    assert!(
        !said.status.success() && said.error.contains("bad-reaction"),
        "{}",
        said.error
    );
    let most = JOINED.repeat(12_000 / JOINED.len());
    world.goes_on(&most);
    let found = world.ben.run(&["search", "look"]);
    assert_eq!(found.lines.len(), 1);
    world.goes_on("and on");
}

#[test]
fn a_disk_without_room_is_told_and_what_was_said_before_stays() {
    let world = World::new();
    world.goes_on("before");
    // No file may grow. A disk that really is full is tried in `make soak` (scripts/soak/full_disk.sh).
    let send = world
        .anna
        .command(&["send", &world.annas, "into a full disk"]);
    let said = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"])
        .arg(send.get_program())
        .args(send.get_args())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(
        !said.status.success() && words.contains(r#""fault":"user""#),
        "{words}"
    );
    world.goes_on("after");
    let heard = world.ben.heard(&world.bens);
    assert_eq!(heard, ["before", "after"]);
}
