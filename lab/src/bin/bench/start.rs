//! How long programs take to be there.

use std::process::{Command, Stdio};
use std::time::Instant;

use heliograph_lab::{Board, Cli, introduce};
use serde_json::json;

use crate::figure::{Figure, quantile, spread};
use crate::machine::bytes_below;
use crate::put::fill;

const RUNS: usize = 20;
const MESSAGES: usize = 10_000;
/// Cells of 2 KiB.
const CELLS_OF_A_GIBIBYTE: usize = 524_288;
const STARTS_FULL: usize = 7;
/// Set inside the session.
const INSIDE: &str = "HELIOGRAPH_BENCH_SESSION";

/// Server start to ready, on an empty store.
pub(crate) fn empty() -> Figure {
    let mut waits: Vec<f64> = (0..RUNS)
        .map(|_| {
            let dir = tempfile::tempdir().unwrap();
            let begun = Instant::now();
            let server = Board::start(&dir.path().join("board"), &[]);
            let took = begun.elapsed().as_secs_f64() * 1e3;
            drop(server);
            took
        })
        .collect();
    let detail = spread(&mut waits);
    Figure::at_most(
        "server start, empty store",
        ("ms", quantile(&waits, 0.5), 150.0),
        detail,
    )
}

/// Server start to ready, on a store that holds a gibibyte.
pub(crate) fn full() -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let server = Board::start(&data, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(fill(&server, CELLS_OF_A_GIBIBYTE, 3));
    drop(server);
    let mut waits: Vec<f64> = (0..STARTS_FULL)
        .map(|_| {
            let begun = Instant::now();
            let server = Board::start(&data, &[]);
            let took = begun.elapsed().as_secs_f64() * 1e3;
            drop(server);
            took
        })
        .collect();
    let mut detail = spread(&mut waits);
    detail["disk_bytes"] = bytes_below(&data).into();
    Figure::at_most(
        "server start, 1 GiB",
        ("ms", quantile(&waits, 0.5), 1_500.0),
        detail,
    )
}

/// `heliograph conversations` on a profile of 10,000 messages, its key in a keyring, no daemon. Runs
/// in a session of its own, so that nobody's keyring is touched.
pub(crate) fn conversations() -> Figure {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let dir = tempfile::tempdir().unwrap();
    let script = "printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$0\" open";
    let done = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, "1")
        .env("HOME", dir.path())
        .env("XDG_DATA_HOME", dir.path().join("data"))
        .env("XDG_RUNTIME_DIR", dir.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    figure(line["value"].as_f64().unwrap(), line["detail"].clone())
}

fn figure(value: f64, detail: serde_json::Value) -> Figure {
    Figure::at_most(
        "conversations of 10,000 messages",
        ("ms", value, 60.0),
        detail,
    )
}

fn inside() -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let server = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &server.link, None);
    let ben = Cli::init_in_keyring(dir.path(), "Ben", &server.link);
    let (_, ben_side) = introduce(&anna, &ben);
    assert!(anna.run(&["sync", "--until-idle"]).status.success());
    let lines: Vec<String> = (0..MESSAGES).map(|n| format!("message {n}")).collect();
    assert_eq!(ben.send_lines(&ben_side, &lines, None), MESSAGES);
    assert!(
        ben.run(&["sync", "--until-idle", "--within", "120"])
            .status
            .success()
    );
    let mut waits = timed(|| {
        let shown = ben.run(&["conversations"]);
        assert_eq!(shown.lines.len(), 1, "{}", shown.error);
    });
    let mut by_passphrase = timed(|| {
        assert!(anna.run(&["conversations"]).status.success());
    });
    let value = {
        waits.sort_by(f64::total_cmp);
        quantile(&waits, 0.5)
    };
    figure(
        value,
        json!({
            "milliseconds": spread(&mut waits), "messages": MESSAGES,
            "with_a_passphrase_milliseconds": spread(&mut by_passphrase),
        }),
    )
}

fn timed(mut run: impl FnMut()) -> Vec<f64> {
    let once = |()| {
        let begun = Instant::now();
        run();
        begun.elapsed().as_secs_f64() * 1e3
    };
    std::iter::repeat_n((), RUNS).map(once).collect()
}
