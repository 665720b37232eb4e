//! What was acknowledged survives SIGKILL, and a board that acknowledges too early is caught.
//!
//! The child is this very test binary, started again with [`CHILD`] set: it puts cells, prints the
//! name of each acknowledged one and is killed at a random moment. Killing a process does not lose
//! what the operating system already has; power cuts are tested elsewhere.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use heliograph_board::fjall::{FjallBoard, Settings};
use heliograph_board::planted::AcknowledgesEarly;
use heliograph_board::{Board, CommitLimits, Committer, NewCell, PutOutcome};
use heliograph_wire::{Body, Cell, EraseKey, Keep, Label, LaneId, TickHash, TickHead, merkle};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tempfile::TempDir;

const LANE: LaneId = LaneId(1);
/// `directory|first name|planted or sound`.
const CHILD: &str = "HELIOGRAPH_BOARD_KILL_CHILD";
const ROUNDS: u32 = 20;

fn open(dir: &Path) -> FjallBoard {
    FjallBoard::open(dir, &Settings::new(vec![LANE])).unwrap()
}

fn cell(name: u64) -> NewCell {
    let mut rng = ChaCha8Rng::seed_from_u64(name);
    let (mut label, mut body) = ([0; 32], vec![0; 2_048]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    NewCell {
        cell: Cell {
            label: Label(label),
            keep: Keep::Fortnight,
            erase_hash: EraseKey::new(label).hash(),
            body: Body::new(body.into()).unwrap(),
        },
        expiry_day: 15,
    }
}

/// Announces everything that waits.
async fn announce(board: &impl Board) {
    let waiting = board.pending(LANE, 500).await.unwrap();
    if waiting.is_empty() {
        return;
    }
    let mut sorted: Vec<_> = waiting.iter().map(|p| (p.label, p.leaf)).collect();
    sorted.sort_by_key(|(label, _)| *label);
    let leaves: Vec<_> = sorted.iter().map(|(_, leaf)| *leaf).collect();
    let head = board.head(LANE).await.unwrap();
    let head = TickHead {
        lane: LANE,
        number: head.map_or(1, |head| head.head.number + 1),
        previous: head.map_or(TickHash([0; 32]), |head| head.hash()),
        root: merkle::root(&leaves),
        issuer: [0; 32],
        items: u32::try_from(leaves.len()).unwrap(),
    };
    let tick = heliograph_wire::SignedTick {
        head,
        signature: [0; 64],
    };
    let items = sorted.into_iter().map(|(label, _)| label).collect();
    board.announce(LANE, tick, items, 1).await.unwrap();
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
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "stored {name}").unwrap();
                    out.flush().unwrap();
                })
            })
            .collect();
        for put in puts {
            put.await.unwrap();
        }
        if name % 32 == 0 {
            announce(&*board).await;
        }
    }
}

/// Does nothing unless it was started as the child.
#[test]
fn child_that_puts_until_it_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else {
        return;
    };
    let mut orders = orders.split('|');
    let board = orders.next().unwrap().to_owned();
    let first = orders.next().unwrap().parse().unwrap();
    let planted = orders.next().unwrap() == "planted";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async move {
        let board = open(Path::new(&board));
        if planted {
            put_for_ever(Arc::new(AcknowledgesEarly::new(board)), first).await;
        } else {
            put_for_ever(Arc::new(board), first).await;
        }
    });
}

/// Runs a child for `after` its first acknowledgement, kills it and returns what it acknowledged.
fn killed_child(dir: &Path, first: u64, kind: &str, after: Duration) -> BTreeSet<u64> {
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
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .filter_map(|line| line.rsplit_once("stored ")?.1.parse().ok())
        .collect()
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
    runtime.block_on(announce(&board));
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
        let acknowledged = killed_child(dir.path(), first, kind, after);
        missing += lost(dir.path(), &acknowledged);
        all.extend(acknowledged);
    }
    missing += lost(dir.path(), &all);
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
