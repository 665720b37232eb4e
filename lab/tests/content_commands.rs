//! Answering, reacting, changing and deleting with the real programs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::io::Write;
use std::process::Stdio;

use data_encoding::BASE64;
use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// Messages of a conversation once `done` is content with them.
fn read(cli: &Cli, id: &str, done: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..20 {
        assert!(cli.run(&["sync", "--until-idle"]).status.success());
        let said = cli.run(&["read", id]);
        assert!(said.status.success(), "{}", said.error);
        if done(&said.lines) {
            return said.lines;
        }
    }
    panic!("what was waited for did not come");
}

/// What goes with a story.
struct Props {
    directory: tempfile::TempDir,
    _board: Board,
}

/// Two people who talk, each with the id of their conversation.
fn two() -> (Props, [Cli; 2], [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let anna = Cli::init(directory.path(), "Anna", &board.link, None);
    let ben = Cli::init(directory.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let props = Props {
        directory,
        _board: board,
    };
    (props, [anna, ben], [annas, bens])
}

#[test]
fn what_is_said_about_messages_goes_from_command_to_command() {
    let (_scene, [anna, ben], [annas, bens]) = two();
    let sent = ben.run(&["send", &bens, "Meet at nine."]);
    let nine = sent.object()["message"].as_str().unwrap().to_owned();
    read(&anna, &annas, |lines| lines.len() == 1);

    let reply = anna.run(&["reply", &annas, &nine, "Fine."]);
    assert!(reply.status.success(), "{}", reply.error);
    let reacted = anna.run(&["react", &annas, &nine, "👍"]);
    assert!(reacted.object()["change"].is_string());
    let edited = ben.run(&["edit", &bens, &nine, "Meet at ten."]);
    assert_eq!(edited.object()["message"], nine.as_str());
    let seen = read(&anna, &annas, |lines| lines[0]["edited"] == true);
    assert_eq!(seen[0]["text"], "Meet at ten.");
    assert_eq!(seen[0]["reactions"][0]["emoji"], "👍");
    assert_eq!(seen[0]["reactions"][0]["mine"], true);
    assert_eq!(seen[1]["in_reply_to"], nine.as_str());
    assert_eq!(seen[1]["quote"]["from"], "Ben");
    let last = anna.run(&["read", &annas, "--last", "1"]);
    assert_eq!(
        (last.lines.len(), &last.lines[0]["text"]),
        (1, &Value::from("Fine."))
    );
    let history = anna.run(&["history", &annas, &nine]);
    let texts: Vec<&Value> = history.lines.iter().map(|one| &one["text"]).collect();
    assert_eq!(texts, ["Meet at nine.", "Meet at ten."]);

    let refused = anna.run(&["edit", &annas, &nine, "Never."]);
    assert!(!refused.status.success() && refused.error.contains("not-your-message"));
    let deleted = ben.run(&["delete", &bens, &nine, "--for-everyone"]);
    assert!(deleted.status.success(), "{}", deleted.error);
    let seen = read(&anna, &annas, |lines| lines[0]["deleted"] == true);
    assert_eq!((&seen[0]["text"], seen.len()), (&Value::from(""), 2));
    let mine = seen[1]["id"].as_str().unwrap().to_owned();
    let hidden = anna.run(&["delete", &annas, &mine]);
    assert_eq!(hidden.object()["state"], "hidden");
    read(&anna, &annas, |lines| lines.len() == 1);
    read(&ben, &bens, |lines| lines.len() == 2);
}

#[test]
fn a_draft_is_put_together_over_several_commands_and_then_sent() {
    let (scene, [anna, ben], [annas, bens]) = two();
    let directory = &scene.directory;
    let asked = ben.run(&["send", &bens, "Where?"]);
    let question = asked.object()["message"].as_str().unwrap().to_owned();
    read(&anna, &annas, |lines| lines.len() == 1);
    let plan = directory.path().join("plan.txt");
    std::fs::write(&plan, "second floor").unwrap();
    let plan = plan.to_str().unwrap();
    let gone = directory.path().join("gone.txt");
    let gone = gone.to_str().unwrap();

    let draft = |more: &[&str]| anna.run(&[&["draft", annas.as_str()], more].concat());
    assert!(draft(&["Here."]).status.success());
    assert!(draft(&["--reply", &question]).status.success());
    let kept = draft(&["--attach", plan, "--attach", gone]);
    assert_eq!(kept.object()["text"], "Here.");
    assert_eq!(draft(&[]).object()["in_reply_to"], question.as_str());
    let sent = draft(&["--send"]);
    assert!(!sent.status.success() && sent.error.contains("file-unreadable"));
    let left = draft(&[]);
    assert_eq!(left.object()["text"], "");
    assert_eq!(left.object()["attachments"], serde_json::json!([gone]));
    assert!(draft(&["--clear"]).status.success());
    let nothing = draft(&["--send"]);
    assert!(!nothing.status.success() && nothing.error.contains("no-draft"));

    let seen = read(&ben, &bens, |lines| lines.len() == 3);
    assert_eq!(seen[1]["text"], "Here.");
    assert_eq!(seen[1]["in_reply_to"], question.as_str());
    assert_eq!(seen[2]["file"]["name"], "plan.txt");
}

#[test]
fn what_was_printed_is_marked_as_read_and_nothing_before_it() {
    let (_scene, [anna, ben], [annas, bens]) = two();
    let lines: Vec<String> = (1..=5).map(|n| format!("number {n}")).collect();
    assert_eq!(ben.send_lines(&bens, &lines, None), 5);
    let seen = read(&anna, &annas, |lines| lines.len() == 5);
    let unread = || anna.run(&["conversations"]).object()["unread"].clone();
    assert_eq!(unread(), 5);
    let last = anna.run(&["read", &annas, "--last", "1", "--mark-read"]);
    assert_eq!((last.lines.len(), unread()), (1, 4.into()));
    let second = seen[1]["id"].as_str().unwrap();
    let since = anna.run(&["read", &annas, "--since", second, "--mark-read"]);
    assert_eq!((since.lines.len(), unread()), (3, 2.into()));
    assert!(anna.run(&["send", &annas, "mine"]).status.success());
    let own = anna.run(&["read", &annas, "--last", "1", "--mark-read"]);
    assert_eq!(
        (own.object()["mine"].clone(), unread()),
        (true.into(), 2.into())
    );
    assert!(anna.run(&["read", &annas, "--mark-read"]).status.success());
    assert_eq!(unread(), 0);
}

#[test]
fn an_answer_and_another_text_come_from_standard_input() {
    let (_scene, [anna, ben], [annas, bens]) = two();
    let asked = ben.run(&["send", &bens, "Where?"]);
    let question = asked.object()["message"].as_str().unwrap().to_owned();
    read(&anna, &annas, |lines| lines.len() == 1);
    let piped = |cli: &Cli, arguments: &[&str], typed: &str| {
        let mut child = cli
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(typed.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap().status.success()
    };
    assert!(piped(&anna, &["reply", &annas, &question, "-"], "Here.\n"));
    let edit = ["edit", &bens, &question, "-"];
    assert!(piped(&ben, &edit, "Where are you?\n"));
    let long = "n".repeat(12_001);
    assert!(!piped(&ben, &edit, &long), "too long");
    let kept = std::fs::read_to_string(ben.home.join("draft-1.txt")).unwrap();
    assert!(kept == long, "what was typed is kept");
    let seen = read(&anna, &annas, |lines| lines[0]["edited"] == true);
    let texts: Vec<&Value> = seen.iter().map(|line| &line["text"]).collect();
    assert_eq!(texts, ["Where are you?", "Here."]);
}

const PLACE: &str = "54.3233 N, 10.1394 E";

/// A picture that tells where it was taken.
fn small_picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder
        .add_text_chunk("Place".to_owned(), PLACE.to_owned())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[90; 64]).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_preview_goes_along_if_its_sender_makes_one() {
    let (scene, [anna, ben], [annas, bens]) = two();
    let directory = &scene.directory;
    let picture = directory.path().join("small.png");
    std::fs::write(&picture, small_picture()).unwrap();
    let picture = picture.to_str().unwrap();
    let address = "https://harbour.example/tides";
    let send = |text: &str, more: &[&str]| {
        let preview = ["--preview", address, "--preview-title", "Tides"];
        ben.run(&[&["send", bens.as_str(), text], &preview[..], more].concat())
    };
    let more = [
        "--preview-text",
        "High at six.",
        "--preview-picture",
        picture,
    ];
    assert!(send(&format!("See {address}"), &more).status.success());
    let elsewhere = send("See https://other.example", &[]);
    assert!(!elsewhere.status.success() && elsewhere.error.contains("bad-preview"));
    for unfit in [[7; 8_000].as_slice(), &[7; 8_001]] {
        std::fs::write(picture, unfit).unwrap();
        let unfit = send(&format!("See {address}"), &more);
        assert!(!unfit.status.success() && unfit.error.contains("bad-preview"));
    }

    let seen = read(&anna, &annas, |lines| !lines.is_empty());
    assert_eq!(seen.len(), 1);
    let preview = &seen[0]["preview"];
    assert_eq!(
        (&preview["title"], &preview["text"]),
        (&"Tides".into(), &"High at six.".into())
    );
    let shown = preview["picture"].as_str().unwrap();
    let shown = BASE64.decode(shown.as_bytes()).unwrap();
    assert!(shown.starts_with(b"\xff\xd8\xff"), "a JPEG was made of it");
    let told = |bytes: &[u8]| bytes.windows(PLACE.len()).any(|at| at == PLACE.as_bytes());
    assert!(told(&small_picture()) && !told(&shown));
}
