//! Files that answer a message, and words with them that name somebody.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{Draft, FileMeasured, FileWords, MessageId, MessageInfo, Search};
use heliograph_lab::{Board, Cli, Trio, introduce};

const ANNA: usize = 0;
const BEN: usize = 1;
const CARL: usize = 2;

fn measured(directory: &tempfile::TempDir) -> FileMeasured {
    let path = directory.path().join("chart.txt");
    std::fs::write(&path, "the chart").unwrap();
    FileMeasured::read(&path).unwrap()
}

fn words(caption: &str) -> FileWords {
    FileWords {
        caption: caption.into(),
        media: "text/plain".into(),
        ..FileWords::default()
    }
}

fn the(trio: &Trio, at: usize, id: MessageId) -> MessageInfo {
    let seen = trio.seen(at);
    seen.into_iter().find(|message| message.id == id).unwrap()
}

#[test]
fn a_file_answers_a_message_and_its_words_name_people() {
    let directory = tempfile::tempdir().unwrap();
    let mut trio = Trio::meet();
    let question = trio.say(BEN, "Which chart?");
    trio.world.run();
    let (now, sides) = (trio.world.now, trio.sides);
    let file = measured(&directory);
    let said = FileWords {
        in_reply_to: Some(question),
        ..words("@Carl, this one.")
    };
    let anna = &mut trio.world.engines[ANNA];
    let sent = anna.send_file(now, sides[ANNA], (&file, &said)).unwrap();
    trio.world.run();
    for at in [ANNA, BEN, CARL] {
        let message = the(&trio, at, sent);
        assert_eq!(message.in_reply_to, Some(question));
        assert_eq!(message.quote.unwrap().text, "Which chart?");
        let named: Vec<&str> = message.mentions.iter().map(|it| &*it.name).collect();
        assert_eq!((named, message.mentioned), (vec!["Carl"], at == CARL));
    }
    let counts: Vec<u64> = [BEN, CARL]
        .map(|at| trio.world.engines[at].conversations().unwrap()[0].mentions)
        .into();
    assert_eq!(counts, [0, 1]);
    let search = Search {
        mentions_me: true,
        limit: 5,
        ..Search::default()
    };
    let found = trio.world.engines[CARL].search(&search).unwrap();
    assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [sent]);
    // A message that is not there is not answered, and nothing is sent.
    let lost = FileWords {
        in_reply_to: Some(MessageId([9; 16])),
        ..words("")
    };
    let anna = &mut trio.world.engines[ANNA];
    let refused = anna.send_file(now, sides[ANNA], (&file, &lost));
    assert_eq!(refused.unwrap_err().kind, "unknown-message");
    assert!(anna.transfers().unwrap().is_empty());
}

#[test]
fn the_first_file_of_a_draft_without_words_is_the_answer() {
    let directory = tempfile::tempdir().unwrap();
    let mut trio = Trio::meet();
    let question = trio.say(BEN, "Which charts?");
    trio.world.run();
    let (now, sides) = (trio.world.now, trio.sides);
    let file = measured(&directory);
    for (text, answers) in [("", [true, false]), ("These.", [false, false])] {
        let draft = Draft {
            text: text.into(),
            in_reply_to: Some(question),
            attachments: vec![file.path.clone(), file.path.clone()],
        };
        let anna = &mut trio.world.engines[ANNA];
        anna.set_draft(now, sides[ANNA], draft).unwrap();
        if !text.is_empty() {
            let said = anna.send_draft(now, sides[ANNA]).unwrap();
            assert_eq!(the(&trio, ANNA, said).in_reply_to, Some(question));
        }
        for answers in answers {
            let part = FileWords {
                from_draft: Some(file.path.clone()),
                ..words("")
            };
            let anna = &mut trio.world.engines[ANNA];
            let sent = anna.send_file(now, sides[ANNA], (&file, &part)).unwrap();
            trio.world.run();
            let of = the(&trio, BEN, sent).in_reply_to;
            assert_eq!(of, answers.then_some(question));
        }
        let left = trio.world.engines[ANNA].draft(sides[ANNA]).unwrap();
        assert!(left.is_none(), "{text}");
    }
}

#[test]
fn the_program_answers_with_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let anna = Cli::init(directory.path(), "Anna", &board.link, None);
    let ben = Cli::init(directory.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let asked = ben.run(&["send", &bens, "Which chart?"]);
    let id = asked.object()["message"].as_str().unwrap().to_owned();
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    let file = measured(&directory);
    let sent = anna.run(&[
        "file",
        "send",
        &annas,
        &file.path,
        "--reply",
        &id,
        "--caption",
        "*This* one.",
    ]);
    assert!(sent.status.success(), "{}", sent.error);
    assert!(ben.run(&["sync", "--until-idle"]).status.success());
    let said = ben.run(&["read", &bens]).lines;
    let message = said.iter().find(|line| line["kind"] == "file").unwrap();
    assert_eq!(message["in_reply_to"], id.as_str());
    assert_eq!(message["quote"]["text"], "Which chart?");
    assert_eq!(message["html"], "<p><em>This</em> one.</p>");
}
