//! What was acknowledged survives SIGKILL, and a board that acknowledges too early is caught.
//!
//! The child is this very test binary, started again with [`CHILD`] set: it puts cells, prints the
//! name of each acknowledged one and is killed at a random moment. Killing a process does not lose
//! what the operating system already has; power cuts are tested elsewhere.

#![expect(
    clippy::unwrap_used,
    reason = "a broken promise is reported by panicking"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use heliograph_board::conformance::announce_waiting;
use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::planted::AcknowledgesEarly;
use heliograph_board::{
    Board, CommitLimits, Committer, EraseOrder, EraseOutcome, Lookup, NewCell, PutOutcome,
};
use heliograph_wire::{Body, Cell, ClaimId, Class, EraseKey, Keep, Label, LaneId};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);
/// `directory|first name|sound, planted or churn`.
const CHILD: &str = "HELIOGRAPH_BOARD_KILL_CHILD";
const ROUNDS: u32 = 20;

fn open(dir: &Path) -> FjallBoard {
    let settings = Settings {
        slack_bytes: 0,
        ..Settings::new(vec![LANE])
    };
    FjallBoard::open(dir, &settings).unwrap()
}

fn cell(name: u64) -> NewCell {
    let mut rng = ChaCha8Rng::seed_from_u64(name);
    // One in sixteen is large: its body goes another way to the disk.
    let class = if name % 16 == 5 {
        Class::Large
    } else {
        Class::Small
    };
    let (mut label, mut body) = ([0; 32], vec![0; class.size()]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    NewCell::new(
        Cell {
            label: Label(label),
            keep: Keep::Fortnight,
            erase_hash: EraseKey::new(label).hash(),
            body: Body::new(body.into()).unwrap(),
        },
        15,
    )
}

/// Puts for ever, eight at a time, printing what was acknowledged.
async fn put_for_ever(board: Arc<impl Board>, first: u64) {
    let (committer, _) = Committer::start(Arc::clone(&board), LANE, CommitLimits::default());
    for name in (first..).step_by(8) {
        let puts: Vec<_> = (name..name + 8)
            .map(|name| {
                let committer = committer.clone();
                tokio::spawn(async move {
                    let outcome = committer.put(cell(name)).await.unwrap();
                    assert_eq!(outcome, PutOutcome::Stored);
                    say(&format!("stored {name}\n"));
                })
            })
            .collect();
        for put in puts {
            put.await.unwrap();
        }
        if name % 32 == 0 {
            announce_waiting(&*board, LANE, 1).await;
        }
    }
}

/// Puts for ever and erases three of four cells, so that the disk is compacted all the time. Erased
/// cells are printed before they are erased and again when that is acknowledged.
async fn churn_for_ever(board: FjallBoard, first: u64) {
    for base in (first..).step_by(256) {
        let cells = (base..base + 256).map(cell).collect();
        board.put(LANE, cells).await.unwrap();
        announce_waiting(&board, LANE, 1).await;
        let mut lines = String::new();
        for name in base..base + 256 {
            let word = if name % 4 == 0 { "stored" } else { "erasing" };
            lines.push_str(&format!("{word} {name}\n"));
        }
        say(&lines);
        let orders = (base..base + 256).filter(|name| name % 4 != 0).map(|name| {
            let label = cell(name).cell().label;
            EraseOrder {
                label,
                key: EraseKey::new(label.0),
                claim: ClaimId([1; 16]),
            }
        });
        let erased = board.erase(LANE, orders.collect()).await.unwrap();
        assert_eq!(erased, [EraseOutcome::Erased; 192]);
        say(&lines.replace("erasing", "erased"));
        board.expire(1).await.unwrap();
    }
}

fn say(lines: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(lines.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Does nothing unless it was started as the child.
#[test]
fn child_that_puts_until_it_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else {
        return;
    };
    let orders: Vec<&str> = orders.split('|').collect();
    let (dir, first) = (Path::new(orders[0]), orders[1].parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async move {
        let board = open(dir);
        match orders[2] {
            "sound" => put_for_ever(Arc::new(board), first).await,
            "planted" => put_for_ever(Arc::new(AcknowledgesEarly::new(board)), first).await,
            _ => churn_for_ever(board, first).await,
        }
    });
}

/// Runs a child for `after` its first acknowledgement, kills it and returns what it acknowledged.
fn killed_child(dir: &Path, first: u64, kind: &str, after: Duration) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "child_that_puts_until_it_is_killed",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, format!("{}|{first}|{kind}", dir.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("stored") {
        assert!(
            out.read_line(&mut text).unwrap() > 0,
            "the child died early: {text}"
        );
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    out.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    // A line cut by the kill does not count.
    let end = text.rfind('\n').map_or(0, |end| end + 1);
    text.truncate(end);
    text
}

/// The names after a word.
fn named(text: &str, word: &str) -> BTreeSet<u64> {
    let name = |line: &str| line.rsplit_once(word)?.1.trim().parse().ok();
    text.lines().filter_map(name).collect()
}

/// How many of `names` the board no longer has.
fn lost(dir: &Path, names: &BTreeSet<u64>) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = open(dir);
    let cells: Vec<NewCell> = names.iter().map(|name| cell(*name)).collect();
    let mut lost = 0;
    for chunk in cells.chunks(1_024) {
        let outcomes = runtime.block_on(board.put(LANE, chunk.to_vec())).unwrap();
        lost += outcomes.iter().filter(|o| **o != PutOutcome::Same).count();
    }
    runtime.block_on(announce_waiting(&board, LANE, 1));
    lost
}

/// Kills children at random moments; returns how many were acknowledged and how many of them lost.
fn kill_loop(kind: &str, rounds: u32, seed: u64) -> (usize, usize) {
    let dir = TempDir::new().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut all, mut missing) = (BTreeSet::new(), 0);
    for round in 0..rounds {
        let after = Duration::from_millis(rng.next_u64() % 120);
        let first = u64::from(round) * 1_000_000;
        let said = killed_child(dir.path(), first, kind, after);
        let acknowledged = named(&said, "stored ");
        missing += lost(dir.path(), &acknowledged);
        all.extend(acknowledged);
    }
    missing += lost(dir.path(), &all);
    let whole = looked_up(dir.path(), &all);
    if missing == 0 {
        assert!(whole.iter().all(|word| *word == "whole"));
    }
    (all.len(), missing)
}

#[test]
fn nothing_acknowledged_is_lost_by_twenty_kills() {
    let (acknowledged, lost) = kill_loop("sound", ROUNDS, 1);
    println!("{acknowledged} acknowledged, {lost} lost in {ROUNDS} kills");
    assert!(acknowledged > ROUNDS as usize);
    assert_eq!(lost, 0);
}

#[test]
fn a_board_that_acknowledges_before_it_writes_is_caught() {
    let (acknowledged, lost) = kill_loop("planted", 3, 2);
    println!("{acknowledged} acknowledged, {lost} lost with the planted fault");
    assert!(lost > 0, "the kill loop must notice the planted fault");
}

/// What a get says about each of `names`, and whether the body is right.
fn looked_up(dir: &Path, names: &BTreeSet<u64>) -> Vec<&'static str> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = open(dir);
    let cells: Vec<NewCell> = names.iter().map(|name| cell(*name)).collect();
    let mut words = Vec::new();
    for chunk in cells.chunks(1_024) {
        let labels = chunk.iter().map(|new| new.cell().label).collect();
        let found = runtime.block_on(board.get(LANE, labels)).unwrap();
        words.extend(found.iter().zip(chunk).map(|(lookup, new)| match lookup {
            Lookup::Found(found) if found.body == new.cell().body => "whole",
            Lookup::Found(_) => "wrong",
            Lookup::Erased => "erased",
            Lookup::Absent => "absent",
        }));
    }
    words
}

#[test]
fn kills_in_the_middle_of_compaction_lose_nothing() {
    let dir = TempDir::new().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut kept, mut erased) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..u64::from(ROUNDS) {
        let after = Duration::from_millis(rng.next_u64() % 150);
        let said = killed_child(dir.path(), round * 1_000_000, "churn", after);
        kept.extend(named(&said, "stored "));
        erased.extend(named(&said, "erased "));
    }
    let whole = looked_up(dir.path(), &kept);
    assert!(whole.iter().all(|word| *word == "whole"));
    let gone = looked_up(dir.path(), &erased);
    assert!(gone.iter().all(|word| *word == "erased"));
    println!(
        "{} whole, {} erased after {ROUNDS} kills",
        kept.len(),
        erased.len()
    );
    assert!(erased.len() > 1_000);
}
