//! Groups and the example bots, with the real programs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use heliograph_lab::{Board, Cli, introduce};

/// A program that ends with the story.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn bot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/bots")
        .join(name)
}

fn word(cli: &Cli, arguments: &[&str], field: &str) -> String {
    let said = cli.run(arguments);
    said.object()[field].as_str().unwrap().to_owned()
}

/// Anna's group with both others in it; its id for each of them.
fn group(anna: &Cli, others: [&Cli; 2]) -> [String; 3] {
    let cards = others.map(|other| word(other, &["card", "--once"], "card"));
    let [first, second] = &cards;
    let made = [
        "group", "create", "Watch", "--member", first, "--member", second,
    ];
    let annas = word(anna, &made, "conversation");
    let [bens, carls] = others.map(|other| {
        anna.until(&["group", "members", &annas], |lines| !lines.is_empty());
        let asked = other.until(&["requests"], |lines| !lines.is_empty());
        assert_eq!(asked[0]["group"], "Watch");
        let id = asked[0]["id"].as_str().unwrap();
        word(other, &["accept", id], "conversation")
    });
    [annas, bens, carls]
}

#[test]
fn a_group_is_made_talks_and_shrinks_by_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let people = ["Anna", "Ben", "Carl"].map(|name| Cli::init(dir.path(), name, &board.link, None));
    let [anna, ben, carl] = &people;
    let [annas, bens, carls] = group(anna, [ben, carl]);
    anna.until(&["group", "members", &annas], |lines| lines.len() == 3);
    assert!(
        ben.run(&["send", &bens, "to all of you", "--wait", "sent"])
            .status
            .success()
    );
    for (cli, id) in [(anna, &annas), (carl, &carls)] {
        cli.until(&["read", id], |lines| {
            lines
                .iter()
                .any(|line| line["text"] == "to all of you" && line["from"] == "Ben")
        });
    }
    let refused = ben.run(&["group", "title", &bens, "Mine"]);
    assert!(
        refused.error.contains("\"kind\":\"not-admin\""),
        "{}",
        refused.error
    );
    let bad = anna.run(&["group", "add", &annas, "no card"]);
    assert_eq!(bad.lines[0]["refused"][0]["kind"], "not-a-card");
    assert_eq!(bad.status.code(), Some(1));
    assert!(carl.run(&["group", "leave", &carls]).status.success());
    carl.until(&["read", &carls], |lines| {
        lines
            .iter()
            .any(|line| line["kind"] == "change" && line["text"] == "You left.")
    });
    anna.until(&["group", "members", &annas], |lines| lines.len() == 2);
    ben.until(&["read", &bens], |lines| {
        lines.iter().any(|line| line["text"] == "Carl left.")
    });
}

#[test]
fn the_echo_bot_answers_and_the_alert_bot_tells_a_group() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let people =
        ["Anna", "Echo", "Pager"].map(|name| Cli::init(dir.path(), name, &board.link, None));
    let [anna, echo, pager] = &people;
    let [annas, _, pagers] = group(anna, [echo, pager]);

    let served = echo.daemon();
    let _bot = Ends(
        Command::new(bot("echo.py"))
            .arg(&served.socket)
            .spawn()
            .unwrap(),
    );
    assert!(
        anna.run(&["send", &annas, "is anybody there?"])
            .status
            .success()
    );
    anna.until(&["read", &annas], |lines| {
        lines
            .iter()
            .any(|line| line["text"] == "is anybody there?" && line["from"] == "Echo")
    });

    let served = pager.daemon();
    let mut alert = Command::new(bot("alert.py"))
        .args([&served.socket, &pagers])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = alert.stdin.take().unwrap();
    pipe.write_all(b"disk 91% full on store-2\n\nfan 3 stopped\n")
        .unwrap();
    drop(pipe);
    assert!(alert.wait().unwrap().success());
    anna.until(&["read", &annas], |lines| {
        let told: Vec<_> = lines
            .iter()
            .filter(|line| line["from"] == "Pager")
            .collect();
        let texts: Vec<_> = told
            .iter()
            .map(|line| line["text"].as_str().unwrap())
            .collect();
        texts == ["disk 91% full on store-2", "fan 3 stopped"]
    });
}

#[test]
fn the_echo_bot_repeats_more_than_a_line_of_its_door_holds() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let [anna, echo] = ["Anna", "Echo"].map(|name| Cli::init(dir.path(), name, &board.link, None));
    let (annas, _) = introduce(&anna, &echo);
    // Two bytes a letter, and six where JSON is written in ASCII.
    let long = "ж".repeat(5_950);
    let texts: Vec<String> = (0..24).map(|n| format!("{n} {long}")).collect();
    assert!(texts.iter().all(|text| text.len() < 12_000));
    assert!(texts.iter().map(String::len).sum::<usize>() > 262_144);
    assert_eq!(anna.send_lines(&annas, &texts, None), texts.len());

    // All are there before the bot looks, so that it has them all to say at once.
    let served = echo.daemon();
    echo.until(&["conversations"], |lines| {
        lines[0]["unread"] == texts.len()
    });
    let _bot = Ends(
        Command::new(bot("echo.py"))
            .arg(&served.socket)
            .spawn()
            .unwrap(),
    );
    anna.until(&["read", &annas], |lines| {
        let told = lines.iter().filter(|line| line["from"] == "Echo");
        let told: Vec<_> = told.map(|line| line["text"].as_str().unwrap()).collect();
        told == texts
    });
}

#[test]
fn a_program_speaks_on_standard_input_and_output() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let calls = [
        r#"{"jsonrpc":"2.0","id":1,"method":"rpc.hello","params":{"version":1}}"#,
        r#"{"jsonrpc":"2.0","id":2,"method":"group.create","params":{"title":"Alone"}}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":"conversation.list"}"#,
    ];
    let said = anna.run_with(&["rpc"], (calls.join("\n") + "\n").as_bytes());
    assert!(said.status.success(), "{}", said.error);
    let ids: Vec<_> = said.lines.iter().map(|line| line["id"].as_u64()).collect();
    assert_eq!(ids, [Some(1), Some(2), Some(3)]);
    let list = &said.lines[2]["result"]["items"];
    assert_eq!(
        (&list[0]["title"], &list[0]["group"]),
        (&"Alone".into(), &true.into())
    );
}
