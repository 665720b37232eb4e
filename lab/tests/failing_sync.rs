//! A device whose disk fails to sync: nothing is reported as sent, the refusal says what was kept, and
//! when the disk is well again every message is there once.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use heliograph_lab::{Board, Cli, introduce, sync_fault};
use serde_json::Value;

/// A command of `cli` whose syncs fail once `trigger` exists.
fn faulty(cli: &Cli, arguments: &[&str], (library, trigger): (&Path, &Path)) -> Command {
    let mut command = cli.command(arguments);
    command.env("LD_PRELOAD", library);
    command.env("FAULT_SYNC_FAILS_WHEN", trigger);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    command
}

/// A board, Anna and Ben, and their conversation on each side.
fn talking(dir: &Path) -> (Board, [Cli; 2], [String; 2]) {
    let board = Board::start(&dir.join("board"), &[]);
    let anna = Cli::init(dir, "Anna", &board.link, None);
    let ben = Cli::init(dir, "Ben", &board.link, None);
    let (anna_side, ben_side) = introduce(&anna, &ben);
    (board, [anna, ben], [anna_side, ben_side])
}

#[test]
fn a_message_that_cannot_be_synced_is_not_reported_as_sent_and_the_refusal_says_what_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (library, trigger) = (sync_fault(dir.path()), dir.path().join("fail"));
    let (_board, [anna, ben], [anna_side, ben_side]) = talking(dir.path());
    std::fs::write(&trigger, "").unwrap();
    let send = ["send", &ben_side, "one", "--wait", "pending"];
    let output = faulty(&ben, &send, (&library, &trigger)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "it was reported");
    let words = String::from_utf8(output.stderr).unwrap();
    let refusal: Value = serde_json::from_str(words.lines().last().unwrap()).unwrap();
    assert_eq!(refusal["kind"], "disk-failed");
    let kept = refusal["kept"].as_str().unwrap();
    assert!(
        kept.starts_with("Whether it was sent is not known"),
        "{kept}"
    );
    // The disk is well again: it is there for both, or for nobody.
    for cli in [&ben, &anna] {
        assert!(cli.run(&["sync", "--until-idle"]).status.success());
    }
    assert_eq!(anna.heard(&anna_side).len(), ben.written(&ben_side));
}

#[test]
fn lines_sent_while_the_disk_begins_to_fail_are_there_once_if_they_were_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (library, trigger) = (sync_fault(dir.path()), dir.path().join("fail"));
    let (_board, [anna, ben], [anna_side, ben_side]) = talking(dir.path());
    let send = ["send", &ben_side, "-", "--lines", "--wait", "stored"];
    let mut child = faulty(&ben, &send, (&library, &trigger)).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    for number in 0..20 {
        writeln!(stdin, "line {number}").unwrap();
        assert!(out.next().unwrap().is_ok());
        said.push(format!("line {number}"));
    }
    std::fs::write(&trigger, "").unwrap();
    // It may have ended already.
    drop(writeln!(stdin, "line 20"));
    drop(stdin);
    assert_eq!(
        out.count(),
        0,
        "a line was reported that is not on the disk"
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("\"kind\":\"disk-failed\""), "{words}");
    // A commit that the disk did not confirm may have reached it: then it is there at the next opening.
    assert!(
        words.contains("whether the first of them were sent is not known"),
        "{words}"
    );
    for cli in [&ben, &anna] {
        assert!(cli.run(&["sync", "--until-idle"]).status.success());
    }
    let heard = anna.heard(&anna_side);
    assert!(heard == said || heard == [&said[..], &["line 20".to_owned()]].concat());
    assert_eq!(heard.len(), ben.written(&ben_side));
}
