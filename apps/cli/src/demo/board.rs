//! The demonstration's server: a process of its own, as anywhere else.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use heliograph_rpc::RpcError;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::output::text;

const START: Duration = Duration::from_secs(20);
const STOP: Duration = Duration::from_secs(5);
const PROGRAM: &str = "heliographd";

/// A running server; killed when dropped.
pub(super) struct Board {
    child: Child,
    pub(super) listen: String,
    pub(super) link: String,
}

/// The server's program, beside this one.
fn program() -> Result<PathBuf, RpcError> {
    let own = std::env::current_exe().map_err(RpcError::bug)?;
    let beside = own.with_file_name(PROGRAM);
    if beside.is_file() {
        return Ok(beside);
    }
    Err(RpcError::unchanged(
        "server-missing",
        format!("The server's program is not at {}.", beside.display()),
        "Build both programs with `cargo build --workspace`, or run `make run`.",
    ))
}

impl Board {
    /// Starts it on a free port of this machine and waits until it is ready.
    pub(super) async fn start(place: &Path) -> Result<Self, RpcError> {
        let log_path = place.join("server.log");
        let log =
            std::fs::File::create(&log_path).map_err(|error| RpcError::file(&log_path, &error))?;
        let mut child = Command::new(program()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(place.join("board"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error.to_string(), ""))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            let mut out = BufReader::new(out);
            let read = tokio::time::timeout(START, out.read_line(&mut line)).await;
            if !matches!(read, Ok(Ok(1..))) {
                let log = std::fs::read_to_string(&log_path).unwrap_or_default();
                return Err(failed("it did not say that it is ready", &log));
            }
        }
        let ready: Value =
            serde_json::from_str(&line).map_err(|error| failed(&error.to_string(), ""))?;
        Ok(Self {
            child,
            listen: text(&ready, "listen").to_owned(),
            link: text(&ready, "board").to_owned(),
        })
    }

    /// Asks it to end, and ends it if it does not.
    pub(super) async fn stop(mut self) {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
            && tokio::time::timeout(STOP, self.child.wait()).await.is_ok()
        {
            return;
        }
        // It has ended by itself if this fails.
        drop(self.child.kill().await);
    }
}

fn failed(why: &str, log: &str) -> RpcError {
    let last = log
        .lines()
        .last()
        .map(|line| format!(" It said: {line}"))
        .unwrap_or_default();
    RpcError {
        fault: heliograph_rpc::Fault::Server,
        ..RpcError::unchanged(
            "server-did-not-start",
            format!("The server did not start: {why}.{last}"),
            "Try `heliographd serve --data DIR --listen 127.0.0.1:0` to see why.",
        )
    }
}
