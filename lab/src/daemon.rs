//! A program that holds a profile open and serves other commands.

#![allow(
    clippy::unwrap_used,
    reason = "a scene that cannot be set up is a failed test, reported by panicking"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::Cli;

/// Serves from the moment it is made until it goes.
pub struct Daemon {
    child: Child,
    /// Its socket.
    pub socket: String,
}

impl Daemon {
    /// Kills it now.
    pub fn kill(self) {
        drop(self);
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Cli {
    /// Starts `daemon`; other commands use it while it runs.
    #[must_use]
    pub fn daemon(&self) -> Daemon {
        let mut child = self
            .command(&["daemon"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = child.stdout.as_mut().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Daemon {
            child,
            socket: ready["socket"].as_str().unwrap().to_owned(),
        }
    }
}
