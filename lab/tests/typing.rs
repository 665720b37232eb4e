//! That somebody is writing, from one command line to another.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use heliograph_lab::{Board, Cli, introduce};

/// A command as a person gives it, without JSON.
fn as_typed(cli: &Cli, arguments: &[&str]) -> Command {
    let with_json = cli.command(arguments);
    let mut plain = Command::new(with_json.get_program());
    plain.args(with_json.get_args().filter(|one| *one != "--json"));
    plain
}

#[test]
fn who_follows_a_conversation_sees_that_somebody_writes_if_both_want_that() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let told = |cli: &Cli| cli.run(&["typing", &annas]).object()["told"].clone();
    assert_eq!(told(&anna), false, "off at first");
    for cli in [&anna, &ben] {
        assert!(cli.run(&["settings", "typing", "on"]).status.success());
    }
    assert!(anna.run(&["send", &annas, "hello"]).status.success());
    let mut follower = as_typed(&ben, &["read", &bens, "--follow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("hello")));
    let notes = BufReader::new(follower.stderr.take().unwrap()).lines();
    assert_eq!(told(&anna), true);
    let seen = notes
        .map(Result::unwrap)
        .find(|line| line.contains("writing"));
    assert_eq!(seen.unwrap(), "Anna is writing…");
    follower.kill().unwrap();
    follower.wait().unwrap();
    // It is no message.
    let all = ben.run(&["read", &bens]);
    assert_eq!(all.lines.len(), 1);
}
