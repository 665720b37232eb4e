//! A real program that is killed under load and started again.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use heliograph_wire::link::BoardLink;
use heliograph_wire::*;

use super::{Client, Tick, get, name, put, verify};

/// Requests that a client has open at a time.
const OPEN: usize = 64;

/// A `heliographd` of its own; killed when dropped.
pub struct Program {
    child: Child,
    pub link: BoardLink,
    /// Where its counters are, if it has any.
    pub metrics: Option<String>,
}

impl Program {
    pub fn start(data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heliographd"));
        command.stderr(Stdio::null());
        Self::spawn(command, data, more)
    }

    /// Starts with files limited to so many blocks of 512 bytes; what it says is kept.
    pub fn start_with_room(data: &Path, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_heliographd")]);
        command.stderr(Stdio::piped());
        Self::spawn(command, data, &[])
    }

    /// Starts with syncs that fail once `trigger` exists (lab/faults/sync.c, as a `library`); what it
    /// says is kept.
    pub fn start_with_failing_syncs(
        data: &Path,
        (library, trigger): (&Path, &Path),
        more: &[&str],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heliographd"));
        command.env("LD_PRELOAD", library);
        command.env("FAULT_SYNC_FAILS_WHEN", trigger);
        command.stderr(Stdio::piped());
        Self::spawn(command, data, more)
    }

    /// Starts and keeps what it says.
    pub fn start_heard(data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heliographd"));
        command.stderr(Stdio::piped());
        Self::spawn(command, data, more)
    }

    /// Starts with so many open files allowed.
    pub fn start_with_files(data: &Path, files: u32) -> Self {
        Self::spawn(Self::with_files(files), data, &[])
    }

    /// The exit code and the words of a server that does not start with so few open files.
    pub fn refused_with_files(data: &Path, files: u32) -> (Option<i32>, String) {
        let mut command = Self::with_files(files);
        let done = command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        let done = done.arg(data).output().unwrap();
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        (done.status.code(), words)
    }

    fn with_files(files: u32) -> Command {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_heliographd")]);
        command
    }

    fn spawn(mut command: Command, data: &Path, more: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let link = BoardLink::decode(ready["board"].as_str().unwrap()).unwrap();
        let metrics = ready["metrics"].as_str().map(str::to_owned);
        Self {
            child,
            link,
            metrics,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it says `word`; it is not heard after that.
    pub fn hear(&mut self, word: &str) {
        let said = BufReader::new(self.child.stderr.as_mut().unwrap()).lines();
        assert!(said.map_while(Result::ok).any(|line| line.contains(word)));
    }

    /// Waits for its end: its exit code and its words, if they were kept.
    pub fn end(&mut self) -> (Option<i32>, String) {
        let mut words = String::new();
        if let Some(mut said) = self.child.stderr.take() {
            std::io::Read::read_to_string(&mut said, &mut words).unwrap();
        }
        (self.child.wait().unwrap().code(), words)
    }

    /// SIGKILL: the program gets no chance to finish anything.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What clients were told before the kill.
#[derive(Default)]
pub struct Told {
    /// Numbers of the cells that were answered Stored.
    pub stored: Vec<u64>,
    /// Ticks seen, in order.
    pub ticks: Vec<Tick>,
}

/// Puts cells from `first` on until `enough` are stored, kills the program with many more open, and
/// collects what was said until the end.
pub async fn load(program: &mut Program, first: u64, enough: usize, told: &mut Told) {
    let mut client = Client::to(&program.link).await;
    let mut follower = Client::to(&program.link).await;
    let head = follower.follow().await;
    assert_eq!(head.is_some(), !told.ticks.is_empty());
    let (mut open, mut number, before) = (VecDeque::new(), first, told.stored.len());
    while told.stored.len() < before + enough {
        while open.len() < OPEN {
            open.push_back((client.send(Op::Put(put(number))).await, number));
            number += 1;
        }
        let (id, number) = open.pop_front().unwrap();
        assert_eq!(name(&client.answer(id).await), "Stored");
        told.stored.push(number);
    }
    program.kill();
    while let Some(unit) = client.unit().await {
        let ServerUnit::Answer(answer) = unit else {
            continue;
        };
        let number = open.iter().find(|(id, _)| *id == answer.id).unwrap().1;
        told.stored.push(number);
    }
    told.ticks.extend(follower.remaining_ticks().await);
}

/// Puts until the program hangs up, and waits for its end: its exit code and its words.
pub async fn fill_up(mut program: Program, told: &mut Told) -> (Option<i32>, String) {
    let mut client = Client::to(&program.link).await;
    let (mut open, mut number, mut room) = (HashMap::new(), 0, true);
    loop {
        while room && open.len() < OPEN {
            open.insert(client.try_send(Op::Put(put(number))).await, number);
            number += 1;
        }
        match client.unit().await {
            None => break,
            Some(ServerUnit::Feed(_)) => {}
            Some(ServerUnit::Answer(answer)) => {
                let number = open.remove(&answer.id).unwrap();
                match name(&answer.outcome).as_str() {
                    "Stored" => told.stored.push(number),
                    _ => room = false,
                }
            }
        }
    }
    program.end()
}

/// How many of the cells answered Stored are gone. The tick chain must go on from what was seen.
pub async fn lost(program: &Program, told: &mut Told) -> usize {
    let mut client = Client::to(&program.link).await;
    let head = client.follow().await;
    // A cell of our own pushes everything that waits into a tick before it.
    let marker = put(u64::MAX - told.stored.len() as u64);
    let stored = client.ask(Op::Put(marker.clone())).await;
    assert_eq!(name(&stored), "Stored");
    while client
        .tick()
        .await
        .tags()
        .iter()
        .all(|tag| *tag != marker.label.tag())
    {}
    let mut lost = 0;
    for number in &told.stored {
        let found = client.ask(get(&put(*number))).await;
        lost += usize::from(name(&found) != "Found");
    }
    assert!(head.is_none_or(|head| head.head.number >= told.ticks.len() as u64));
    told.ticks = history(&mut client).await.into_iter().fold(
        std::mem::take(&mut told.ticks),
        |mut seen, tick| {
            let at = usize::try_from(tick.signed.head.number).unwrap() - 1;
            match seen.get(at) {
                Some(before) => assert!(before.signed == tick.signed, "the board forked"),
                None => seen.push(tick),
            }
            seen
        },
    );
    verify(&program.link, None, &told.ticks);
    lost
}

/// Every tick of the present and the last hour.
async fn history(client: &mut Client) -> Vec<Tick> {
    let seconds = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let hour = u32::try_from(seconds / 3_600).unwrap();
    let mut ticks = client.span(hour - 1).await.0;
    ticks.extend(client.span(hour).await.0);
    ticks
}
