//! Input that is made to harm, given to a program that holds a profile: how long it takes at most, and what memory.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use heliograph_lab::{Board, Cli};
use serde_json::{Value, json};

use crate::bombs::{Helpers, bombs};
use crate::figure::Figure;
use crate::file::Holder;

/// Longest text of a message, bytes.
const TEXT: usize = 12_000;
/// What formats are made of, joined signs, letters with marks upon marks, words that turn, and scripts without spaces.
const PIECES: [&str; 16] = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "||",
    "> ",
    "- ",
    "1. ",
    "[",
    "](",
    "\\",
    "\u{1f468}\u{200d}",
    "a\u{301}\u{308}\u{323}",
    "\u{202e}x\u{2066}",
    "漢",
];

/// How a connection begins.
const HELLO: &[u8] =
    b"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"rpc.hello\",\"params\":{\"version\":1}}\n";

/// A line and its answer.
fn ask(socket: &str, method: &str, params: &Value) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(HELLO).unwrap();
    answers.read_line(&mut String::new()).unwrap();
    let line =
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string() + "\n";
    // A line that is too long is not read to its end.
    drop(stream.write_all(line.as_bytes()));
    let mut answer = String::new();
    answers.read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap()
}

fn timed(slowest: &mut (f64, String), what: &str, run: impl FnOnce()) {
    let begun = Instant::now();
    run();
    let took = begun.elapsed().as_secs_f64();
    if took > slowest.0 {
        *slowest = (took, what.to_owned());
    }
}

/// Every text of two pieces in turn, said and read again; gives how many were taken.
fn texts(slowest: &mut (f64, String), socket: &str, conversation: &Value) -> usize {
    let mut taken = 0;
    for first in PIECES {
        for second in PIECES {
            let text = format!("{first}{second}").repeat(TEXT / (first.len() + second.len()));
            let what = format!("{TEXT} bytes of {first:?}{second:?}");
            timed(slowest, &what, || {
                let said = json!({"conversation": conversation, "texts": [text]});
                let answer = ask(socket, "message.send", &said);
                taken += usize::from(answer["result"].is_object());
            });
            timed(slowest, &what, || {
                let page = json!({"conversation": conversation, "before": "end", "limit": 5});
                let answer = ask(socket, "message.list", &page);
                assert!(answer["result"].is_object(), "{}", answer["error"]);
            });
        }
    }
    taken
}

/// Every bomb, sent as it would be by its owner; gives what became of each.
fn pictures(
    slowest: &mut (f64, String),
    socket: &str,
    (conversation, folder): (&Value, &Path),
) -> Value {
    let mut ends = serde_json::Map::new();
    for (at, (what, bytes)) in bombs().into_iter().enumerate() {
        let path = folder.join(format!("bomb-{at}"));
        std::fs::write(&path, bytes).unwrap();
        let begun = Instant::now();
        timed(slowest, what, || {
            let sent = json!({"conversation": conversation, "path": path});
            let answer = ask(socket, "file.send", &sent);
            let end = match answer["error"]["data"]["kind"].as_str() {
                Some(kind) => kind.to_owned(),
                None => "taken".to_owned(),
            };
            let end = format!("{end}, {:.3} s", begun.elapsed().as_secs_f64());
            ends.insert(what.to_owned(), end.into());
        });
    }
    ends.into()
}

/// See the module's words.
pub(crate) fn worst() -> Vec<Figure> {
    let directory = tempfile::tempdir().unwrap();
    let board = Board::start(&directory.path().join("board"), &[]);
    let anna = Cli::init(directory.path(), "Anna", &board.link, None);
    let made = anna.run(&["group", "create", "Crew"]);
    let conversation = made.object()["conversation"].clone();
    let holder = Holder::new(&anna);
    let (socket, before) = (holder.socket().to_owned(), holder.peak());
    let of = |texts: &[String]| json!({"conversation": conversation, "texts": texts});
    let mut slowest = (0.0, String::new());
    let long = "é".repeat(10_000_000);
    timed(&mut slowest, "ten million characters", || {
        let answer = ask(&socket, "message.send", &of(&[long]));
        assert!(answer["error"].is_object());
    });
    let joined = "\u{1f468}\u{200d}".repeat(10_000);
    timed(&mut slowest, "ten thousand joined signs", || {
        let answer = ask(&socket, "message.send", &of(&[joined]));
        assert!(answer["error"].is_object());
    });
    let taken = texts(&mut slowest, &socket, &conversation);
    let helpers = Helpers::of(holder.id());
    let about = (&conversation, directory.path());
    let ends = pictures(&mut slowest, &socket, about);
    let helper = helpers.most();
    let grown = holder.peak() - before;
    let detail = json!({"slowest": slowest.1, "texts": taken, "pictures": ends});
    vec![
        Figure::at_most(
            "harmful input, the slowest of all",
            ("s", slowest.0, 1.0),
            detail,
        ),
        Figure::at_most(
            "memory that harmful input takes",
            ("MiB", grown + helper, 64.0),
            json!({"holder": grown, "helper": helper}),
        ),
    ]
}
