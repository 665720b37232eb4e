//! Bad days: a server that is gone or is another, a profile in use, odd messages. Each says what
//! happened, what was kept and what to do, and nothing is lost.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_lab::{Board, Cli, introduce};

/// Every Unicode scalar value that may stand in a line, in messages of at most 12,000 bytes.
fn all_of_unicode() -> Vec<String> {
    let mut texts = vec![String::new()];
    for c in ('\u{1}'..=char::MAX).filter(|c| !matches!(c, '\n' | '\r')) {
        if texts.last().unwrap().len() + c.len_utf8() > 12_000 {
            texts.push(String::new());
        }
        texts.last_mut().unwrap().push(c);
    }
    texts
}

#[test]
fn all_of_unicode_arrives_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (anna_side, ben_side) = introduce(&anna, &ben);
    let texts = all_of_unicode();
    assert!(texts.len() > 300);
    assert_eq!(ben.send_lines(&ben_side, &texts, None), texts.len());
    // The joiner's first commit and what waited behind it.
    for person in [&anna, &ben, &anna] {
        assert!(person.run(&["sync", "--until-idle"]).status.success());
    }
    assert!(anna.heard(&anna_side) == texts);
}

#[test]
fn a_message_written_while_the_server_is_gone_is_kept_and_arrives_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (anna_side, ben_side) = introduce(&anna, &ben);
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    board.kill();
    let said = ben.run(&["send", &ben_side, "into the dark"]);
    assert_eq!(ben.written(&ben_side), 1, "{}", said.error);
    let synced = ben.run(&["sync"]);
    assert!(
        !synced.status.success() && synced.error.contains("board-unreachable"),
        "{}",
        synced.error
    );
    board.restart();
    for person in [&ben, &anna] {
        assert!(person.run(&["sync", "--until-idle"]).status.success());
    }
    assert_eq!(anna.heard(&anna_side), ["into the dark"]);
}

#[test]
fn a_server_with_another_key_is_refused_and_told_why() {
    let dir = tempfile::tempdir().unwrap();
    let mut board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    assert!(anna.run(&["sync"]).status.success());
    board.kill();
    let _other = Board::start_at(&dir.path().join("other"), &board.listen);
    let synced = anna.run(&["sync"]);
    assert!(!synced.status.success());
    assert!(
        synced.error.contains("shows another key"),
        "{}",
        synced.error
    );
}

#[test]
fn a_profile_in_use_names_the_process_that_uses_it() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let lock = std::fs::File::options()
        .write(true)
        .open(anna.home.join("lock"))
        .unwrap();
    lock.lock().unwrap();
    std::fs::write(anna.home.join("lock"), "4711 somebody").unwrap();
    let said = anna.run(&["status"]);
    assert!(!said.status.success());
    assert!(
        said.error.contains("profile-busy") && said.error.contains("4711"),
        "{}",
        said.error
    );
}
