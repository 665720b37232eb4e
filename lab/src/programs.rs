//! The real programs as processes of their own: to be killed, watched, and listened to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a program that cannot be run is a failed test, reported by panicking"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

/// A program built beside the tests.
fn program(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    let path = path.join(name);
    assert!(
        path.exists(),
        "build the whole workspace first: {name} is missing"
    );
    path
}

/// A server as a process.
pub struct Board {
    data: PathBuf,
    extra: Vec<String>,
    child: Child,
    /// `ADDR:PORT` it listens on.
    pub listen: String,
    /// Its board link.
    pub link: String,
    log: PathBuf,
}

impl Board {
    /// Starts a server on `data`; `extra` are further arguments. The log goes to a file.
    #[must_use]
    pub fn start(data: &Path, extra: &[&str]) -> Self {
        Self::start_with(data, "127.0.0.1:0", extra)
    }

    /// Starts another server at an address that is free.
    #[must_use]
    pub fn start_at(data: &Path, listen: &str) -> Self {
        Self::start_with(data, listen, &[])
    }

    fn start_with(data: &Path, listen: &str, extra: &[&str]) -> Self {
        let extra: Vec<String> = extra.iter().map(|&text| text.to_owned()).collect();
        let log = data.with_extension("log");
        let (child, ready) = spawn(data, listen, &extra, &log);
        Self {
            data: data.to_owned(),
            extra,
            child,
            listen: ready["listen"].as_str().unwrap().to_owned(),
            link: ready["board"].as_str().unwrap().to_owned(),
            log,
        }
    }

    /// SIGKILL, then start again at the same address.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.restart();
    }

    /// Starts again at the same address after [`Board::kill`].
    pub fn restart(&mut self) {
        let listen = self.listen.clone();
        let (child, ready) = spawn(&self.data, &listen, &self.extra, &self.log);
        assert_eq!(ready["board"].as_str(), Some(self.link.as_str()));
        self.child = child;
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it logged.
    #[must_use]
    pub fn log(&self) -> Vec<u8> {
        std::fs::read(&self.log).unwrap()
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        // It may have been killed by the story; then there is nothing left to do.
        if self.child.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

fn spawn(data: &Path, listen: &str, extra: &[String], log: &Path) -> (Child, Value) {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log)
        .unwrap();
    let mut child = Command::new(program("heliographd"))
        .args(["serve", "--json", "--listen", listen, "--data"])
        .arg(data)
        .args(extra)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (
        child,
        serde_json::from_str(&line).expect("the server did not become ready"),
    )
}

/// A profile used through the command line, a process a command.
#[derive(Clone)]
pub struct Cli {
    /// Home of the profile.
    pub home: PathBuf,
    passphrase: Option<PathBuf>,
    source: Option<String>,
}

/// What a command said.
pub struct Said {
    /// Its exit.
    pub status: ExitStatus,
    /// One object a line.
    pub lines: Vec<Value>,
    /// Standard error.
    pub error: String,
}

impl Said {
    /// The first object; the command must have succeeded.
    #[must_use]
    pub fn object(&self) -> &Value {
        assert!(self.status.success(), "{}", self.error);
        &self.lines[0]
    }
}

impl Cli {
    /// Makes a profile with prompt receipts; its connections come from `source`, if given.
    #[must_use]
    pub fn init(dir: &Path, name: &str, board: &str, source: Option<&str>) -> Self {
        let passphrase = dir.join(format!("{name}.pass"));
        std::fs::write(&passphrase, "correct horse battery staple\n").unwrap();
        let cli = Self {
            home: dir.join(name),
            passphrase: Some(passphrase),
            source: source.map(str::to_owned),
        };
        let said = cli.run(&["init", "--name", name, "--board", board]);
        assert!(said.status.success(), "{}", said.error);
        assert!(
            cli.run(&["settings", "receipts", "prompt"])
                .status
                .success()
        );
        cli
    }

    /// Makes a profile whose key lies in the keyring of the session.
    #[must_use]
    pub fn init_in_keyring(dir: &Path, name: &str, board: &str) -> Self {
        let cli = Self {
            home: dir.join(name),
            passphrase: None,
            source: None,
        };
        let said = cli.run(&["init", "--name", name, "--board", board, "--keyring"]);
        assert!(said.status.success(), "{}", said.error);
        cli
    }

    /// A command of this profile, ready to be spawned.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("heliograph"));
        command
            .arg("--json")
            .arg("--home")
            .arg(&self.home)
            .args(arguments);
        if let Some(file) = &self.passphrase {
            command.arg("--passphrase-file").arg(file);
        }
        if let Some(source) = &self.source {
            command.env("HELIOGRAPH_SOURCE", source);
        }
        command
    }

    /// Runs a command to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    /// What a command answers once `enough` likes it; each try catches up with the board.
    ///
    /// # Panics
    /// If that does not come.
    pub fn until(&self, arguments: &[&str], enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut last = Vec::new();
        for _ in 0..100 {
            let synced = self.run(&["sync", "--until-idle"]);
            assert!(synced.status.success(), "{}", synced.error);
            let said = self.run(arguments);
            if said.status.success() && enough(&said.lines) {
                return said.lines;
            }
            last = said.lines;
        }
        panic!("{arguments:?} never said what was waited for, but {last:?}");
    }

    /// Runs a command with standard input.
    #[must_use]
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || {
            // A command that refuses early closes its input; its own words say why.
            drop(stdin.write_all(&input));
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Said {
            status: output.status,
            lines: text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Sends lines with `send --lines`; kills the process once it accepted `kill_after` lines, if
    /// given. Gives how many it said it accepted.
    #[must_use]
    pub fn send_lines(&self, to: &str, lines: &[String], kill_after: Option<usize>) -> usize {
        let mut child = self
            .command(&["send", to, "-", "--lines", "--wait", "stored"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let text = lines.join("\n") + "\n";
        let feeder = std::thread::spawn(move || {
            // A killed child closes the pipe: what it did not read was not accepted.
            drop(stdin.write_all(text.as_bytes()));
        });
        let mut accepted = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let Ok(line) = line else { break };
            if serde_json::from_str::<Value>(&line).is_err() {
                break;
            }
            accepted += 1;
            if kill_after == Some(accepted) {
                child.kill().unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(kill_after.is_some() || output.status.success(), "{words}");
        accepted
    }

    /// How many messages of a conversation this person wrote.
    #[must_use]
    pub fn written(&self, conversation: &str) -> usize {
        let said = self.run(&["read", conversation]);
        assert!(said.status.success(), "{}", said.error);
        said.lines
            .iter()
            .filter(|message| message["from"] == "me")
            .count()
    }

    /// Text of every message of a conversation that somebody else wrote, in order.
    #[must_use]
    pub fn heard(&self, conversation: &str) -> Vec<String> {
        let said = self.run(&["read", conversation]);
        assert!(said.status.success(), "{}", said.error);
        said.lines
            .iter()
            .filter(|message| message["from"] != "me")
            .map(|message| message["text"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// `anna` gives a card, `ben` uses it, `anna` accepts; gives the conversation on each side.
#[must_use]
pub fn introduce(anna: &Cli, ben: &Cli) -> (String, String) {
    let card = anna.run(&["card"]).object()["card"]
        .as_str()
        .unwrap()
        .to_owned();
    let added = ben.run(&["add", &card]);
    let ben_side = added.object()["conversation"].as_str().unwrap().to_owned();
    assert!(anna.run(&["sync"]).status.success());
    let requests = anna.run(&["requests"]);
    let id = requests.object()["id"].as_str().unwrap().to_owned();
    let accepted = anna.run(&["accept", &id]);
    let anna_side = accepted.object()["conversation"]
        .as_str()
        .unwrap()
        .to_owned();
    (anna_side, ben_side)
}
