//! Groups kept in order by the command line, each command known by what the others see of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;

use heliograph_lab::{Board, Cli, Said};
use serde_json::Value;

fn word(cli: &Cli, arguments: &[&str], field: &str) -> String {
    let said = cli.run(arguments);
    said.object()[field].as_str().unwrap().to_owned()
}

/// Somebody in the group, and its id on their side.
struct Member {
    cli: Cli,
    id: String,
    person: String,
}

impl Member {
    fn of(cli: Cli, id: String) -> Self {
        let person = word(&cli, &["status"], "person");
        Self { cli, id, person }
    }

    fn group(&self, verb: &str, more: &[&str]) -> Said {
        let mut arguments = vec!["group", verb, self.id.as_str()];
        arguments.extend_from_slice(more);
        self.cli.run(&arguments)
    }

    fn does(&self, verb: &str, more: &[&str]) {
        let said = self.group(verb, more);
        assert!(said.status.success(), "{verb}: {}", said.error);
    }

    fn is_refused(&self, (verb, more): (&str, &[&str]), kind: &str) {
        let said = self.group(verb, more);
        assert_eq!(said.status.code(), Some(1), "{verb}");
        assert!(said.error.contains(kind), "{verb}: {}", said.error);
    }

    /// Waits until just these are in the group, as this member sees it; admins have a star.
    fn sees(&self, wanted: &[&str]) {
        let named = |one: &Value| {
            let star = if one["role"] == "admin" { "*" } else { "" };
            format!("{}{star}", one["name"].as_str().unwrap())
        };
        self.cli.until(&["group", "members", &self.id], |lines| {
            let mut names: Vec<String> = lines.iter().map(named).collect();
            names.sort_unstable();
            names == wanted
        });
    }

    /// Waits until this stands in the group's timeline.
    fn is_told(&self, words: &str) {
        self.cli.until(&["read", &self.id], |lines| {
            let told = |line: &Value| line["kind"] == "change" && line["text"] == words;
            lines.iter().any(told)
        });
    }

    /// Waits until messages can be edited for so many seconds, as this member sees it.
    fn may_edit_for(&self, seconds: Option<u32>) {
        let wanted = Value::from(seconds);
        self.cli.until(&["conversations"], |lines| {
            let of = |line: &&Value| line["id"] == self.id.as_str();
            lines.iter().find(of).unwrap()["edit_window"] == wanted
        });
    }
}

/// Anna's group with Ben and Carl in it.
fn crew(directory: &Path, board: &Board) -> [Member; 3] {
    let people = ["Anna", "Ben", "Carl"].map(|name| Cli::init(directory, name, &board.link, None));
    let [anna, ben, carl] = people;
    let cards = [&ben, &carl].map(|other| word(other, &["card", "--once"], "card"));
    let [first, second] = &cards;
    let made = [
        "group", "create", "Crew", "--member", first, "--member", second,
    ];
    let annas = word(&anna, &made, "conversation");
    anna.until(&["group", "members", &annas], |lines| lines.len() == 3);
    let joined = |cli: Cli| {
        let asked = cli.until(&["requests"], |lines| !lines.is_empty());
        let request = asked[0]["id"].as_str().unwrap();
        let id = word(&cli, &["accept", request], "conversation");
        Member::of(cli, id)
    };
    [Member::of(anna, annas), joined(ben), joined(carl)]
}

#[test]
fn an_admin_makes_another_one_who_can_take_the_role_from_the_first() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let [anna, ben, carl] = crew(directory.path(), &board);
    ben.is_refused(("promote", &[&carl.person]), "not-admin");
    anna.does("promote", &[&ben.person]);
    for other in [&ben, &carl] {
        other.sees(&["Anna*", "Ben*", "Carl"]);
    }
    carl.is_told("Anna made Ben an admin.");
    ben.does("demote", &[&anna.person]);
    for other in [&anna, &carl] {
        other.sees(&["Anna", "Ben*", "Carl"]);
    }
    carl.is_told("Ben took the role of an admin from Anna.");
    anna.is_refused(("promote", &[&carl.person]), "not-admin");
    ben.is_refused(("demote", &[&ben.person]), "last-admin");
}

#[test]
fn whoever_is_removed_is_told_and_hears_nothing_more() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let [anna, ben, carl] = crew(directory.path(), &board);
    ben.is_refused(("remove", &[&carl.person]), "not-admin");
    anna.does("remove", &[&carl.person]);
    for other in [&anna, &ben] {
        other.sees(&["Anna*", "Ben"]);
    }
    ben.is_told("Anna removed Carl.");
    let said = ben
        .cli
        .run(&["send", &ben.id, "between us", "--wait", "sent"]);
    assert!(said.status.success(), "{}", said.error);
    anna.cli.until(&["read", &anna.id], |lines| {
        lines.iter().any(|line| line["text"] == "between us")
    });
    carl.is_told("Anna removed you.");
    let heard = carl.cli.heard(&carl.id);
    assert!(!heard.iter().any(|text| text == "between us"), "{heard:?}");
    let refused = carl.cli.run(&["send", &carl.id, "still here"]);
    assert_eq!(refused.status.code(), Some(1));
    let closed = refused.error.contains("conversation-closed");
    assert!(closed, "{}", refused.error);
}

#[test]
fn what_a_group_is_for_and_how_long_edits_are_taken_is_the_same_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let [anna, ben, carl] = crew(directory.path(), &board);
    ben.is_refused(("describe", &["Ours."]), "not-admin");
    ben.is_refused(("edits", &["15m"]), "not-admin");
    let long = "n".repeat(1_001);
    anna.is_refused(("describe", &[&long]), "bad-description");
    anna.is_refused(("edits", &["30s"]), "bad-edit-window");

    let typed = "Night shift.\nBring lamps.\n";
    let described = ["group", "describe", &anna.id, "-"];
    let said = anna.cli.run_with(&described, typed.as_bytes());
    assert!(said.status.success(), "{}", said.error);
    for other in [&ben, &carl] {
        other.is_told("Anna described the group: “Night shift.\nBring lamps.”.");
    }
    anna.does("describe", &[""]);
    ben.is_told("Anna took the description away.");

    anna.does("edits", &["15m"]);
    for other in [&ben, &carl] {
        other.may_edit_for(Some(900));
    }
    carl.is_told("Anna let messages be edited for 15 minutes.");
    anna.does("edits", &["off"]);
    ben.may_edit_for(None);
}

#[test]
fn whoever_is_turned_away_waits_for_nothing_and_is_in_nobodys_group() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let [anna, ben, _] = crew(directory.path(), &board);
    let dora = Cli::init(directory.path(), "Dora", &board.link, None);
    let link = word(&anna.cli, &["group", "link", &anna.id], "link");
    let doras = word(&dora, &["group", "join", &link], "conversation");
    let asks = anna
        .cli
        .until(&["group", "asks", &anna.id], |lines| !lines.is_empty());
    assert_eq!(asks[0]["name"], "Dora");
    let person = asks[0]["person"].as_str().unwrap();
    anna.does("turn-away", &[person]);
    let asks = anna.group("asks", &[]);
    assert!(asks.status.success() && asks.lines.is_empty());
    anna.is_refused(("admit", &[person]), "unknown-person");
    let listed = dora.until(&["conversations"], |lines| !lines.is_empty());
    let hers = (&listed[0]["id"], &listed[0]["state"]);
    assert_eq!(hers, (&doras.into(), &"waiting".into()));
    for other in [&anna, &ben] {
        other.sees(&["Anna*", "Ben", "Carl"]);
    }
}
