//! SIGKILL at random moments, of the server and of each client, loses nothing and shows nothing twice.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::{Board, Cli, introduce, rounds};

/// A small deterministic dice, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn upto(&mut self, most: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from((self.0 >> 33) % most).unwrap()
    }
}

/// Sends `lines` although the client is killed after it accepted some, and the server after that.
fn send_through_kills(
    board: &mut Board,
    cli: &Cli,
    to: &str,
    (lines, before, limit): (&[String], usize, usize),
) {
    let acknowledged = cli.send_lines(to, lines, Some(limit));
    board.kill_and_restart();
    // What the killed process wrote down is in its profile, at least what it acknowledged.
    let kept = cli.written(to) - before;
    assert!(
        kept >= acknowledged,
        "{acknowledged} acknowledged, {kept} kept"
    );
    let rest = &lines[kept.min(lines.len())..];
    if !rest.is_empty() {
        assert_eq!(cli.send_lines(to, rest, None), rest.len());
    }
}

fn drain(people: &[&Cli]) {
    // Twice: what one sends while it catches up, the other reads in its second turn.
    for cli in people.iter().chain(people) {
        let synced = cli.run(&["sync", "--until-idle"]);
        assert!(synced.status.success(), "{}", synced.error);
    }
}

#[test]
fn twenty_kills_of_the_server_and_of_each_client_lose_nothing_and_double_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (anna_side, ben_side) = introduce(&anna, &ben);
    let mut dice = Dice(7);
    let (mut from_ben, mut from_anna) = (Vec::new(), Vec::new());
    for round in 0..rounds(20) {
        for (cli, to, sent, name) in [
            (&ben, &ben_side, &mut from_ben, "ben"),
            (&anna, &anna_side, &mut from_anna, "anna"),
        ] {
            let lines: Vec<String> = (0..12).map(|i| format!("{name} {round}.{i}")).collect();
            let limit = 1 + dice.upto(8);
            send_through_kills(&mut board, cli, to, (&lines, sent.len(), limit));
            sent.extend(lines);
        }
    }
    drain(&[&anna, &ben]);
    assert_eq!(anna.heard(&anna_side), from_ben);
    assert_eq!(ben.heard(&ben_side), from_anna);
}

/// Every non-empty line of a text file.
fn lines_of(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_licence_and_every_emoji_arrive_once_in_order_byte_for_byte_each_way_across_kills() {
    let mut lines = lines_of("/usr/share/common-licenses/GPL-3");
    lines.extend(lines_of("/usr/share/unicode/emoji/emoji-test.txt"));
    assert!(lines.len() > 5_000, "the corpora are there");
    let dir = tempfile::tempdir().unwrap();
    let mut board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (anna_side, ben_side) = introduce(&anna, &ben);
    let middle = lines.len() / 2;
    send_through_kills(&mut board, &ben, &ben_side, (&lines, 0, middle));
    send_through_kills(&mut board, &anna, &anna_side, (&lines, 0, middle));
    drain(&[&anna, &ben]);
    assert!(
        anna.heard(&anna_side) == lines,
        "Anna heard other lines than Ben sent"
    );
    assert!(
        ben.heard(&ben_side) == lines,
        "Ben heard other lines than Anna sent"
    );
}
