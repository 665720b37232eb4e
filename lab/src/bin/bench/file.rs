//! A gibibyte from one person to another, killed on the way, beside what `curl` takes for the same bytes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use heliograph_lab::{Board, Cli, Daemon, introduce};
use serde_json::{Value, json};

use crate::figure::{Better, Figure};

const SIZE: u64 = 1 << 30;
const KILLS: u64 = 2;
const LOOK: Duration = Duration::from_millis(100);

/// A program that serves a profile.
pub(crate) struct Holder(Daemon);

impl Holder {
    pub(crate) fn new(cli: &Cli) -> Self {
        let daemon = cli.daemon();
        // Unlocking takes 64 MiB on purpose (Argon2id) and gives them back: the peak counts from here.
        std::fs::write(format!("/proc/{}/clear_refs", daemon.id()), "5").unwrap();
        Self(daemon)
    }

    pub(crate) fn socket(&self) -> &str {
        &self.0.socket
    }

    /// The most memory it had since it was unlocked, MiB; of a process that lives.
    pub(crate) fn peak(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

fn on_its_way(cli: &Cli) -> Option<Value> {
    cli.run(&["file", "list"]).lines.into_iter().next()
}

/// Runs a transfer to its end, killing whoever holds it and the board at equal parts of the way; gives
/// the seconds while it ran and the peak of memory, MiB.
fn carry(board: &mut Board, cli: &Cli, command: &[&str], kills: u64) -> (f64, f64) {
    let mut holder = Holder::new(cli);
    let (mut peak, mut killed) = (0_f64, 0);
    let mut begun = Instant::now();
    let mut asked = cli.command(command);
    let mut asked = asked
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut took = 0.0;
    let mut seen = false;
    loop {
        std::thread::sleep(LOOK);
        peak = peak.max(holder.peak());
        let now = on_its_way(cli);
        seen |= now.is_some();
        let ended = now.as_ref().is_none_or(|one| one["stage"] == "done");
        if seen && ended {
            break;
        }
        let moved = now.map_or(0, |one| one["moved"].as_u64().unwrap());
        if killed < kills && moved > SIZE * (killed + 1) / (kills + 1) {
            killed += 1;
            took += begun.elapsed().as_secs_f64();
            drop(holder);
            drop(asked.wait());
            board.kill_and_restart();
            holder = Holder::new(cli);
            begun = Instant::now();
        }
    }
    took += begun.elapsed().as_secs_f64();
    // Whoever asked may have been cut off with the first holder.
    drop(asked.wait());
    assert_eq!(killed, kills, "every kill was on the way");
    (took, peak)
}

/// What `curl` takes for a file over TLS from `openssl s_server`, seconds; `None` without these programs.
fn curl(directory: &Path) -> Option<f64> {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-days",
            "1",
        ])
        .args(["-keyout", "k.pem", "-out", "c.pem"])
        .current_dir(directory)
        .stderr(Stdio::null())
        .status();
    made.ok().filter(std::process::ExitStatus::success)?;
    let free = std::net::TcpListener::bind("127.0.0.1:0").ok()?;
    let port = free.local_addr().ok()?.port();
    drop(free);
    let mut server = Command::new("openssl")
        .args([
            "s_server", "-WWW", "-quiet", "-key", "k.pem", "-cert", "c.pem", "-accept",
        ])
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut best = None;
    for _ in 0..20 {
        std::thread::sleep(LOOK);
        let begun = Instant::now();
        let done = Command::new("curl")
            .args(["-s", "-k", "-o", "by-curl"])
            .arg(format!("https://127.0.0.1:{port}/film.bin"))
            .current_dir(directory)
            .status();
        let whole = std::fs::metadata(directory.join("by-curl")).is_ok_and(|it| it.len() == SIZE);
        if done.is_ok_and(|status| status.success()) && whole {
            best = Some(begun.elapsed().as_secs_f64());
            break;
        }
    }
    drop(server.kill());
    drop(server.wait());
    best
}

fn film(path: &Path) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut state = 88_172_645_463_325_252_u64;
    for _ in 0..SIZE / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.write_all(&state.to_le_bytes()).unwrap();
    }
    out.flush().unwrap();
}

fn rate(name: &'static str, (took, reference): (f64, f64), detail: Value) -> Figure {
    Figure {
        name,
        unit: "×",
        value: reference / took,
        bar: 0.5,
        better: Better::More,
        detail,
    }
}

fn memory(name: &'static str, peak: f64) -> Figure {
    Figure {
        name,
        unit: "MiB",
        value: peak,
        bar: 64.0,
        better: Better::Less,
        detail: json!({"of": "the process that holds the profile, at its peak after it was unlocked"}),
    }
}

/// Both ways, first undisturbed, then with two kills of each side.
pub(crate) fn gibibyte() -> Vec<Figure> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("film.bin");
    film(&source);
    let by_curl = curl(dir.path()).unwrap_or(f64::NAN);
    let mut board = Board::start(&dir.path().join("board"), &[]);
    let anna = Cli::init(dir.path(), "Anna", &board.link, None);
    let ben = Cli::init(dir.path(), "Ben", &board.link, None);
    let (annas, bens) = introduce(&anna, &ben);
    let path = source.to_str().unwrap();
    let mut figures = Vec::new();
    for (kills, out, into) in [
        (0, "1 GiB out, of curl's rate", "1 GiB in, of curl's rate"),
        (
            KILLS,
            "1 GiB out, killed twice each",
            "1 GiB in, killed twice each",
        ),
    ] {
        let send = ["file", "send", &bens, path];
        let (sent, peak_out) = carry(&mut board, &ben, &send, kills);
        assert!(ben.run(&["sync", "--until-idle"]).status.success());
        assert!(anna.run(&["sync", "--until-idle"]).status.success());
        let all = anna.run(&["read", &annas]);
        let message = all.lines.last().unwrap()["id"].as_str().unwrap().to_owned();
        let place = dir.path().join(format!("saved-{kills}"));
        let save = ["file", "save", &annas, &message, place.to_str().unwrap()];
        let (came, peak_in) = carry(&mut board, &anna, &save, kills);
        let same = Command::new("cmp")
            .arg(&source)
            .arg(&place)
            .status()
            .unwrap();
        assert!(same.success(), "another file came");
        std::fs::remove_file(&place).unwrap();
        assert!(
            anna.run(&["file", "cancel", &annas, &message])
                .status
                .success()
        );
        let detail = |took: f64| json!({"seconds": took, "curl_seconds": by_curl, "kills": kills});
        figures.push(rate(out, (sent, by_curl), detail(sent)));
        figures.push(rate(into, (came, by_curl), detail(came)));
        if kills == 0 {
            figures.push(memory("1 GiB out, memory", peak_out));
            figures.push(memory("1 GiB in, memory", peak_in));
        }
    }
    figures
}
