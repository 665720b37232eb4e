//! `heliograph-power`: cuts the power of a server and two clients, again and again, and counts what
//! is lost.
//!
//! Their stores lie on an ext4 in a file. A cut stops every process, takes a copy of that file as it
//! is at this instant, which has nothing of what the kernel still held back, and kills them. Then
//! everything goes on from the copy. Whatever was acknowledged before must be there. With
//! `--ignore-fsync LIBRARY` the processes run with a library that makes every sync do nothing: a run
//! that loses nothing then has shown nothing. Needs root, loop devices, and mkfs for ext4 and btrfs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a rig that cannot be set up fails loudly, and its report goes to standard output"
)]

mod disk;
mod load;

use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use disk::Disk;
use heliograph_lab::{Board, Cli, dice, introduce};
use load::Load;

/// Where the server listens at each start; free when the rig begins.
const ANYWHERE: &str = "127.0.0.1:0";
/// How long what was said before a stop may take to be heard.
const ECHO: Duration = Duration::from_millis(200);

/// Between two lines of Ben's: every sync of this disk goes through two file systems.
const BREATH: Duration = Duration::from_millis(30);

/// What a run came to.
#[derive(Default, Debug)]
struct Toll {
    cuts: usize,
    /// Puts and messages that were acknowledged before a cut.
    acknowledged: usize,
    lost: usize,
}

/// A server and two clients on one disk.
struct Site {
    disk: Disk,
    listen: String,
    anna: Cli,
    ben: Cli,
    anna_side: String,
    ben_side: String,
    /// Lines that Ben's profile has.
    written: usize,
    /// Cells put so far.
    cells: u64,
}

impl Site {
    fn found(home: &Path) -> Self {
        let disk = Disk::make(home);
        let server = Board::start_at(&disk.path("board"), ANYWHERE);
        let anna = Cli::init(&disk.root(), "anna", &server.link, None);
        let ben = Cli::init(&disk.root(), "ben", &server.link, None);
        let (anna_side, ben_side) = introduce(&anna, &ben);
        // Ben hears of her answer, so that nothing but his lines is under way in the rounds.
        assert!(ben.run(&["sync", "--until-idle"]).status.success());
        let listen = server.listen.clone();
        drop(server);
        disk.settle();
        Self {
            disk,
            listen,
            anna,
            ben,
            anna_side,
            ben_side,
            written: 0,
            cells: 0,
        }
    }

    /// One round: work for a while, cut, go on from what the disk held, count.
    fn round(&mut self, pause: Duration, toll: &mut Toll) {
        let server = Board::start_at(&self.disk.path("board"), &self.listen);
        let mut load = Load::start(&server.link, self.cells);
        let mut reader = self.anna.daemon();
        let (mut writer, said) = self.talk();
        std::thread::sleep(pause);
        let processes = [server.pid(), reader.id(), writer.id()];
        load.pause();
        for pid in processes {
            signal("-STOP", pid);
        }
        // What they had said before they stopped arrives.
        std::thread::sleep(ECHO);
        let (told, heard) = (load.told(), said.lock().unwrap().len());
        self.disk.cut();
        drop(server);
        for child in [&mut reader, &mut writer] {
            // A client may have ended by itself before the cut.
            drop(child.kill());
            drop(child.wait());
        }
        self.cells = load.end();
        self.disk.go_on_from_the_cut();
        toll.cuts += 1;
        toll.acknowledged += told.len() + heard;
        toll.lost += self.missing(&told, heard);
    }

    fn missing(&mut self, told: &[u64], heard: usize) -> usize {
        let server = Board::start_at(&self.disk.path("board"), &self.listen);
        let cells = load::missing(&server.link, told);
        let written = self.ben.written(&self.ben_side);
        let lines = (self.written + heard).saturating_sub(written);
        self.written = written;
        cells + lines
    }

    /// Ben says numbers, a line each, from where his profile ends.
    fn talk(&self) -> (Child, Arc<Mutex<Vec<String>>>) {
        let mut child = self
            .ben
            .command(&["send", &self.ben_side, "-", "--lines", "--wait", "stored"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut stdin, first) = (child.stdin.take().unwrap(), self.written);
        std::thread::spawn(move || {
            for number in first.. {
                if writeln!(stdin, "{number}").is_err() {
                    break;
                }
                std::thread::sleep(BREATH);
            }
        });
        let said = Arc::new(Mutex::new(Vec::new()));
        let (heard, stdout) = (Arc::clone(&said), child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        (child, said)
    }

    /// Whether Anna has every line that Ben has, once, in order.
    fn agrees(&self) -> bool {
        let server = Board::start_at(&self.disk.path("board"), &self.listen);
        for someone in [&self.ben, &self.anna] {
            let synced = someone.run(&["sync", "--until-idle"]);
            assert!(synced.status.success(), "{}", synced.error);
        }
        let heard = self.anna.heard(&self.anna_side);
        drop(server);
        let said: Vec<String> = (0..self.written).map(|number| number.to_string()).collect();
        heard == said
    }
}

fn signal(name: &str, pid: u32) {
    // Whoever has ended needs no signal.
    drop(Command::new("kill").args([name, &pid.to_string()]).status());
}

fn run(cuts: usize, until_loss: bool) -> Toll {
    let home = tempfile::tempdir().unwrap();
    let mut site = Site::found(home.path());
    let (mut toll, mut roll) = (Toll::default(), dice(7));
    for cut in 1..=cuts {
        let pause = Duration::from_millis(500 + u64::from(roll(1_500)));
        let went_on = catch_unwind(AssertUnwindSafe(|| site.round(pause, &mut toll)));
        if let Err(why) = went_on {
            if !until_loss {
                resume_unwind(why);
            }
            println!("a program did not start any more");
            toll.lost = toll.acknowledged;
        }
        if cut % 10 == 0 || toll.lost > 0 {
            println!("{toll:?}");
        }
        if until_loss && toll.lost > 0 {
            return toll;
        }
    }
    assert!(
        until_loss || site.agrees(),
        "Anna has not heard what Ben said"
    );
    println!("{} lines were said and heard, once, in order", site.written);
    toll
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--cuts", cuts] => {
            let toll = run(cuts.parse().unwrap(), false);
            println!("{toll:?}");
            assert_eq!(toll.lost, 0);
        }
        ["--cuts", cuts, "--ignore-fsync", library] => {
            let library = PathBuf::from(library).canonicalize().unwrap();
            // Programs that this one starts load the library; this one is running already.
            let again = Command::new(std::env::current_exe().unwrap())
                .args(["--control", cuts])
                .env("LD_PRELOAD", library)
                .status();
            assert!(again.unwrap().success());
        }
        // What `--ignore-fsync` starts.
        ["--control", cuts] => {
            let toll = run(cuts.parse().unwrap(), true);
            println!("without syncs: {toll:?}");
            assert!(toll.lost > 0, "the rig does not notice a missing sync");
        }
        _ => println!("heliograph-power --cuts N [--ignore-fsync LIBRARY]"),
    }
}
