//! Pinning, passing a card on, keeping in order, finding by time and revealing, with the real programs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::process::{Command, Stdio};

use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// What goes with a story.
struct Props {
    directory: tempfile::TempDir,
    board: Board,
}

/// Two people who talk, each with the id of their conversation.
fn two() -> (Props, [Cli; 2], [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let people = ["Anna", "Ben"].map(|name| Cli::init(directory.path(), name, &board.link, None));
    let (annas, bens) = introduce(&people[0], &people[1]);
    (Props { directory, board }, people, [annas, bens])
}

/// Says something; the id of the message.
fn say(cli: &Cli, id: &str, text: &str) -> String {
    let sent = cli.run(&["send", id, text]);
    sent.object()["message"].as_str().unwrap().to_owned()
}

fn does(cli: &Cli, arguments: &[&str]) {
    let said = cli.run(arguments);
    assert!(said.status.success(), "{arguments:?}: {}", said.error);
}

fn is_refused(cli: &Cli, arguments: &[&str], kind: &str) {
    let said = cli.run(arguments);
    assert_eq!(said.status.code(), Some(1), "{arguments:?}");
    let told = said.error.contains(&format!("\"kind\":\"{kind}\""));
    assert!(told, "{arguments:?}: {}", said.error);
}

fn ids(lines: &[Value]) -> Vec<&str> {
    let ids = lines.iter().map(|line| line["id"].as_str().unwrap());
    ids.collect()
}

/// What a command prints for a person.
fn shown(cli: &Cli, arguments: &[&str]) -> String {
    let for_scripts = cli.command(arguments);
    let said = Command::new(for_scripts.get_program())
        .args(for_scripts.get_args().filter(|one| *one != "--json"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{arguments:?}: {error}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn a_pin_is_there_for_the_others_until_it_is_taken_off() {
    let (_props, [anna, ben], [annas, bens]) = two();
    let nine = say(&ben, &bens, "Meet at nine.");
    say(&ben, &bens, "Bring tea.");
    anna.until(&["read", &annas], |lines| lines.len() == 2);
    let pinned = anna.run(&["pin", &annas, &nine]);
    assert!(pinned.object()["change"].is_string());
    let pins = ben.until(&["pins", &bens], |lines| !lines.is_empty());
    assert_eq!(ids(&pins), [nine.as_str()]);
    assert_eq!(pins[0]["text"], "Meet at nine.");
    let seen = ben.run(&["read", &bens]).lines;
    let marked: Vec<&Value> = seen.iter().map(|line| &line["pinned"]).collect();
    assert_eq!(marked, [true, false]);
    does(&ben, &["pin", &bens, &nine, "--remove"]);
    anna.until(&["pins", &annas], <[Value]>::is_empty);
    let seen = anna.run(&["read", &annas]).lines;
    assert!(seen.iter().all(|line| line["pinned"] == false));
}

#[test]
fn pins_that_do_not_fit_on_one_page_are_listed_all_the_same() {
    let (_props, [anna, ben], [annas, bens]) = two();
    // With their marked-up form beside them, five fill a page.
    let long = "x".repeat(11_000);
    let lines: Vec<String> = (0..8).map(|n| format!("{n} {long}")).collect();
    assert_eq!(ben.send_lines(&bens, &lines, None), lines.len());
    let said = ben.run(&["read", &bens]).lines;
    let said = ids(&said);
    for message in &said {
        does(&ben, &["pin", &bens, message]);
    }
    let pins = anna.until(&["pins", &annas], |pins| pins.len() == lines.len());
    assert!(ids(&pins).iter().eq(said.iter().rev()), "the latest first");
}

#[test]
fn a_card_passed_on_brings_two_together_whom_it_did_not_add() {
    let (props, [anna, ben], [annas, bens]) = two();
    let carl = Cli::init(props.directory.path(), "Carl", &props.board.link, None);
    let card = carl.run(&["card"]).object()["card"].clone();
    let card = card.as_str().unwrap();
    is_refused(
        &ben,
        &["share", &bens, &card[..60], "--name", "Carl"],
        "card-truncated",
    );
    let shared = ben.run(&["share", &bens, card, "--name", "Carl"]);
    let shared = shared.object()["message"].clone();
    let seen = anna.until(&["read", &annas], |lines| !lines.is_empty());
    assert_eq!((seen.len(), &seen[0]["id"]), (1, &shared));
    assert_eq!(seen[0]["kind"], "contact");
    assert_eq!(seen[0]["contact"]["name"], "Carl");
    assert_eq!(anna.run(&["conversations"]).lines.len(), 1);
    let passed = seen[0]["contact"]["card"].as_str().unwrap();
    does(&anna, &["add", passed]);
    let asked = carl.until(&["requests"], |lines| !lines.is_empty());
    assert_eq!(asked[0]["name"], "Anna");
}

#[test]
fn what_is_put_away_stays_away_while_it_is_muted_and_a_mark_goes_by_reading() {
    let (_props, [anna, ben], [annas, bens]) = two();
    let listed = |more: &[&str]| anna.run(&[&["conversations"], more].concat()).lines;
    let hear = |text: &str| {
        say(&ben, &bens, text);
        anna.until(&["read", &annas], |lines| {
            lines.iter().any(|line| line["text"] == text)
        });
    };
    let until_when = "2099-01-31T09:30:00Z";
    let keep = |more: &[&str]| {
        let kept = anna.run(&[&["keep", annas.as_str()], more].concat());
        kept.object().clone()
    };
    let kept = keep(&["--archived", "yes", "--muted", until_when]);
    assert_eq!(
        (&kept["archived"], &kept["muted_until"]),
        (&true.into(), &until_when.into())
    );
    hear("first");
    assert_eq!(listed(&[])[0]["archived"], true);
    let kept = keep(&["--muted", "2020-01-31T09:30:00Z"]);
    assert_eq!(kept["muted_until"], Value::Null, "that time is over");
    hear("second");
    assert_eq!(listed(&[])[0]["archived"], false);

    does(&anna, &["read", &annas, "--mark-read"]);
    assert!(listed(&["--unread"]).is_empty());
    assert_eq!(keep(&["--unread", "yes"])["marked_unread"], true);
    let marked = listed(&["--unread"]);
    assert_eq!(ids(&marked), [annas.as_str()]);
    assert_eq!(marked[0]["unread"], 0);
    assert_eq!(keep(&["--unread", "no"])["marked_unread"], false);
    assert_eq!(keep(&["--unread", "yes"])["marked_unread"], true);
    does(&anna, &["read", &annas, "--mark-read"]);
    assert!(listed(&["--unread"]).is_empty());
}

#[test]
fn what_was_said_is_found_by_when_it_was_said() {
    let (_props, [_, ben], [_, bens]) = two();
    let first = say(&ben, &bens, "The tide is high.");
    let second = say(&ben, &bens, "The tide is low.");
    let said = ben.run(&["read", &bens]).lines;
    assert_eq!(ids(&said), [first.as_str(), second.as_str()]);
    let at = said[1]["at"].as_str().unwrap();
    let found = |more: &[&str]| {
        let found = ben.run(&[&["search", "tide"], more].concat());
        assert!(found.status.success(), "{}", found.error);
        let found = ids(&found.lines).into_iter();
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(&["--after", at]), [second.as_str()]);
    assert_eq!(found(&["--before", at]), [first.as_str()]);
    let both = [second.as_str(), first.as_str()];
    assert_eq!(found(&["--after", "2020-01-01"]), both);
    assert_eq!(found(&["--before", "2099-01-01"]), both);
    let neither: [&str; 0] = [];
    assert_eq!(found(&["--before", "2020-01-01"]), neither);
    assert_eq!(found(&["--after", at, "--before", at]), neither);
}

#[test]
fn hidden_words_stay_hidden_in_every_text_a_message_had() {
    let (_props, [anna, ben], [annas, bens]) = two();
    let message = say(&ben, &bens, "It is ||swordfish||.");
    does(&ben, &["edit", &bens, &message, "It was ||swordfish||."]);
    anna.until(&["read", &annas], |lines| {
        lines.iter().any(|line| line["edited"] == true)
    });
    let history = ["history", &annas, &message];
    let covered = shown(&anna, &history);
    assert_eq!(covered.matches("▒▒▒").count(), 2, "{covered}");
    assert!(!covered.contains("swordfish"), "{covered}");
    let revealed = ["history", &annas, &message, "--reveal"];
    let open = shown(&anna, &revealed);
    assert_eq!(open.matches("swordfish").count(), 2, "{open}");
    let texts = anna.run(&history).lines;
    assert_eq!(texts[1]["text"], "It was ||swordfish||.");
}

#[test]
fn what_cannot_be_meant_is_refused_and_nothing_comes_of_it() {
    let (_props, [anna, ben], [annas, bens]) = two();
    let nobody = ["verify", &annas, "--person", "p_nobody"];
    is_refused(&anna, &nobody, "unknown-person");
    for word in ["--confirm", "--withdraw"] {
        let marked = [&nobody[..], &[word]].concat();
        is_refused(&anna, &marked, "unknown-person");
    }
    let level = anna.run(&["verify", &annas]).object()["level"].clone();
    assert_ne!(level, "verified in person");

    is_refused(&ben, &["send", &bens, "   "], "empty-message");
    let blank = ben.run_with(&["send", &bens, "-"], b" \t\n");
    assert!(blank.error.contains("empty-message"), "{}", blank.error);
    let lines = ["send", &bens, "--lines", "--wait", "stored"];
    let lines = ben.run_with(&lines, b"one\n   \n\ntwo\n");
    assert_eq!((lines.status.success(), lines.lines.len()), (true, 2));
    let seen = anna.until(&["read", &annas], |lines| lines.len() >= 2);
    let texts: Vec<&Value> = seen.iter().map(|line| &line["text"]).collect();
    assert_eq!(texts, ["one", "two"]);
}
