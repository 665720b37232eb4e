//! Programs that lose their power: started to be killed, dead at the latest when the rig is.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

/// A library that every program loads, if any.
pub(crate) type Fault = Option<PathBuf>;

/// A running program and the lines it has said.
pub(crate) struct Process {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

/// A program built beside this one.
pub(crate) fn beside(name: &str) -> PathBuf {
    std::env::current_exe().unwrap().with_file_name(name)
}

impl Process {
    /// Starts `words`; what it says on standard error goes behind what is in `log`.
    pub(crate) fn start(program: &Path, words: &[&str], log: &Path, fault: &Fault) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log);
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(program);
        command.args(words).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(log.unwrap());
        if let Some(library) = fault {
            command.env("LD_PRELOAD", library);
            command.env("FAULT_SYNC_IGNORE", "1");
        }
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let hear = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                hear.lock().unwrap().push(line);
            }
        });
        Self { child, said }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Waits for its first line; `None` if it ends without one.
    pub(crate) fn first_line(&mut self) -> Option<String> {
        loop {
            let ended = self.child.try_wait().unwrap().is_some();
            if let Some(line) = self.said().first() {
                return Some(line.clone());
            }
            if ended {
                return None;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// SIGKILL; nothing of it is open any more when this returns.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
