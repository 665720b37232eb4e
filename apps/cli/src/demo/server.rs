//! The demo's own `heliographd`: started here, ended here, and no other process is touched.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use heliograph_rpc::{Fault, RpcError};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::output::text;

const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(5);
/// A ready line is much shorter.
const READY_MAX: u64 = 64 * 1_024;

/// A running server. Killed if it is dropped without [`Server::end`].
pub(super) struct Server {
    child: Child,
    pub(super) listen: String,
    pub(super) board: String,
}

impl Server {
    /// Starts the program beside this one on a free port of this machine.
    pub(super) async fn start(place: &Path) -> Result<Self, RpcError> {
        let program = beside()?;
        let log = place.join("server.log");
        let file = std::fs::File::create(&log).map_err(|error| RpcError::file(&log, &error))?;
        let mut child = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(place.join("server"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| RpcError::file(&program, &error))?;
        let mut line = String::new();
        if let Some(said) = child.stdout.take() {
            let mut said = BufReader::new(said.take(READY_MAX));
            drop(timeout(START, said.read_line(&mut line)).await);
        }
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        if ready["ready"] != true {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            return Err(not_started(log.lines().last().unwrap_or("it said nothing")));
        }
        Ok(Self {
            child,
            listen: text(&ready, "listen").to_owned(),
            board: text(&ready, "board").to_owned(),
        })
    }

    /// Asks it to end and waits for that; a server that does not end is killed.
    pub(super) async fn end(mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(Pid::from_raw) {
            // If it has ended by itself there is nobody to tell.
            drop(kill_process(id, Signal::TERM));
        }
        if timeout(STOP, self.child.wait()).await.is_err() {
            drop(self.child.kill().await);
        }
    }
}

fn beside() -> Result<PathBuf, RpcError> {
    let own = std::env::current_exe().map_err(RpcError::bug)?;
    let program = own.with_file_name("heliographd");
    if program.is_file() {
        return Ok(program);
    }
    Err(RpcError::unchanged(
        "no-server-program",
        format!("The server's program is not at {}.", program.display()),
        "Build it with `cargo build --bin heliographd`, or use `make run`.",
    ))
}

fn not_started(why: &str) -> RpcError {
    RpcError {
        fault: Fault::Server,
        ..RpcError::unchanged(
            "server-not-started",
            format!("The server did not start: {why}."),
            "Run `heliographd serve` by hand to see more.",
        )
    }
}
