//! A gibibyte from one person to another, killed on the way, beside what `curl` takes for the same bytes.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use heliograph_lab::{Board, Cli, Daemon, introduce};
use serde_json::{Value, json};

use crate::figure::{Better, Figure};

const SIZE: u64 = 1 << 30;
const KILLS: u64 = 2;
/// For a server to start.
const SOON: Duration = Duration::from_millis(100);
/// Runs of `curl`, of which the middle one counts.
const RUNS: usize = 3;
const LOOK: Duration = Duration::from_millis(20);

/// A program that serves a profile.
pub(crate) struct Holder(Daemon);

impl Holder {
    pub(crate) fn new(cli: &Cli) -> Self {
        let daemon = cli.daemon();
        // Unlocking takes 64 MiB on purpose (Argon2id) and gives them back: the peak counts from here.
        std::fs::write(format!("/proc/{}/clear_refs", daemon.id()), "5").unwrap();
        Self(daemon)
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
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

/// Asks a program that serves a profile what is on its way, over its socket: starting a program for each question would
/// take the cores from what is measured.
struct Asker(BufReader<UnixStream>);

impl Asker {
    fn of(holder: &Holder) -> Self {
        let stream = UnixStream::connect(holder.socket()).unwrap();
        let mut asker = Self(BufReader::new(stream));
        asker.ask("rpc.hello", &json!({"version": 1}));
        asker
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let asked = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        writeln!(self.0.get_mut(), "{asked}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0);
            let mut said: Value = serde_json::from_str(&line).unwrap();
            if said["id"] == 1 {
                return said["result"].take();
            }
        }
    }

    fn on_its_way(&mut self) -> Option<Value> {
        let all = self.ask("file.list", &json!({}));
        all["items"].as_array().unwrap().first().cloned()
    }
}

/// A command on its way.
fn begin(cli: &Cli, command: &[&str]) -> Child {
    let mut asked = cli.command(command);
    let asked = asked.stdout(Stdio::null()).stderr(Stdio::null());
    asked.spawn().unwrap()
}

/// Runs a transfer to the end of its command; gives the seconds and the peak of memory, MiB.
fn carry(cli: &Cli, command: &[&str]) -> (f64, f64) {
    let holder = Holder::new(cli);
    let begun = Instant::now();
    let ended = begin(cli, command).wait().unwrap();
    assert!(ended.success());
    (begun.elapsed().as_secs_f64(), holder.peak())
}

/// Runs a transfer to the end of its command, killing whoever holds it and the board at equal parts of the way; what
/// was cut off is resumed. Gives the seconds while it ran, and the highest memory, MiB.
fn carry_killed(board: &mut Board, cli: &Cli, command: &[&str]) -> (f64, f64) {
    let (mut took, mut peak) = (0.0, 0.0_f64);
    let mut resumed: Option<Value> = None;
    for part in 1..=KILLS {
        let holder = Holder::new(cli);
        let begun = Instant::now();
        let mut asked = go_on(cli, command, resumed.as_ref());
        let mut asker = Asker::of(&holder);
        let on_the_way = loop {
            std::thread::sleep(LOOK);
            let now = asker.on_its_way().filter(|one| one["stage"] != "done");
            let moved = now.as_ref().and_then(|one| one["moved"].as_u64());
            if moved.is_some_and(|moved| moved > SIZE * part / (KILLS + 1)) {
                break now;
            }
            let over = resumed.is_some() && now.is_none();
            assert!(!over, "every kill is on the way");
        };
        took += begun.elapsed().as_secs_f64();
        peak = peak.max(holder.peak());
        drop(holder);
        drop(asked.wait());
        board.kill_and_restart();
        resumed = on_the_way;
    }
    let holder = Holder::new(cli);
    let begun = Instant::now();
    let ended = go_on(cli, command, resumed.as_ref()).wait().unwrap();
    assert!(ended.success());
    took += begun.elapsed().as_secs_f64();
    (took, peak.max(holder.peak()))
}

/// Begins a transfer, or lets one go on that was cut off.
fn go_on(cli: &Cli, command: &[&str], before: Option<&Value>) -> Child {
    let Some(before) = before else {
        return begin(cli, command);
    };
    let of = |name: &str| before[name].as_str().unwrap();
    begin(cli, &["file", "resume", of("conversation"), of("message")])
}

/// What `curl` takes for a file over TLS from `openssl s_server`, seconds, the middle of several; `None` without these
/// programs.
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
    let mut took: Vec<f64> = Vec::new();
    for _ in 0..20 {
        std::thread::sleep(SOON);
        let file = directory.join("by-curl");
        // Each writes a new file, as a saved one is.
        drop(std::fs::remove_file(&file));
        let begun = Instant::now();
        let done = Command::new("curl")
            .args(["-s", "-k", "-o", "by-curl"])
            .arg(format!("https://127.0.0.1:{port}/film.bin"))
            .current_dir(directory)
            .status();
        let seconds = begun.elapsed().as_secs_f64();
        let whole = std::fs::metadata(&file).is_ok_and(|it| it.len() == SIZE);
        if done.is_ok_and(|status| status.success()) && whole {
            took.push(seconds);
        }
        if took.len() == RUNS {
            break;
        }
    }
    drop(std::fs::remove_file(directory.join("by-curl")));
    drop(server.kill());
    drop(server.wait());
    middle(took)
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

/// How often all of it is measured, the other way round every other time; the middle ratio counts.
const ROUNDS: usize = 3;

/// What a transfer took and `curl` beside it, seconds.
#[derive(Clone, Copy)]
struct Beside {
    took: f64,
    by_curl: f64,
}

impl Beside {
    fn rate(self) -> f64 {
        self.by_curl / self.took
    }
}

fn rate(name: &'static str, mut all: Vec<Beside>, kills: u64) -> Figure {
    all.sort_by(|one, other| one.rate().total_cmp(&other.rate()));
    let of = |what: fn(&Beside) -> f64| all.iter().map(what).collect::<Vec<f64>>();
    Figure {
        name,
        unit: "×",
        value: middle(of(|one| one.rate())).unwrap_or(f64::NAN),
        bar: 0.5,
        better: Better::More,
        detail: json!({
            "seconds": of(|one| one.took), "curl_seconds": of(|one| one.by_curl),
            "rates": of(|one| one.rate()), "kills": kills,
        }),
    }
}

fn memory(name: &'static str, peak: f64) -> Figure {
    let of = "the process that holds the profile, at its peak after it was unlocked";
    Figure::at_most(name, ("MiB", peak, 64.0), json!({"of": of}))
}

/// The middle one of several.
fn middle(mut several: Vec<f64>) -> Option<f64> {
    several.sort_by(f64::total_cmp);
    several.get(several.len() / 2).copied()
}

/// Somebody who sends, somebody who saves, and what is sent.
struct Scene {
    board: Board,
    dir: tempfile::TempDir,
    anna: Cli,
    ben: Cli,
    annas: String,
    bens: String,
}

impl Scene {
    fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        film(&dir.path().join("film.bin"));
        let board = Board::start(&dir.path().join("board"), &[]);
        let anna = Cli::init(dir.path(), "Anna", &board.link, None);
        let ben = Cli::init(dir.path(), "Ben", &board.link, None);
        let (annas, bens) = introduce(&anna, &ben);
        Self {
            board,
            dir,
            anna,
            ben,
            annas,
            bens,
        }
    }

    fn source(&self) -> PathBuf {
        self.dir.path().join("film.bin")
    }

    /// There and back: what each way gives, by `run`.
    fn there<T>(&mut self, mut run: impl FnMut(&mut Board, &Cli, &[&str]) -> T) -> (T, T) {
        let source = self.source();
        let send = ["file", "send", &self.bens, source.to_str().unwrap()];
        let sent = run(&mut self.board, &self.ben, &send);
        assert!(self.ben.run(&["sync", "--until-idle"]).status.success());
        assert!(self.anna.run(&["sync", "--until-idle"]).status.success());
        let all = self.anna.run(&["read", &self.annas]);
        let message = all.lines.last().unwrap()["id"].as_str().unwrap().to_owned();
        let place = self.dir.path().join("saved");
        let save = [
            "file",
            "save",
            &self.annas,
            &message,
            place.to_str().unwrap(),
        ];
        let came = run(&mut self.board, &self.anna, &save);
        let same = Command::new("cmp").arg(&source).arg(&place).status();
        assert!(same.unwrap().success(), "another file came");
        std::fs::remove_file(&place).unwrap();
        let gone = self.anna.run(&["file", "cancel", &self.annas, &message]);
        assert!(gone.status.success());
        (sent, came)
    }
}

/// Both ways once undisturbed and once with two kills of each side, `curl` just before and just after each.
#[derive(Default)]
struct Measured {
    whole: [Vec<Beside>; 2],
    killed: [Vec<Beside>; 2],
    peaks: [f64; 2],
}

impl Measured {
    fn round(&mut self, killed_first: bool) {
        let mut scene = Scene::set();
        let by_curl = |scene: &Scene| curl(scene.dir.path()).unwrap_or(f64::NAN);
        let mut before = by_curl(&scene);
        for killed in [killed_first, !killed_first] {
            let (sent, came) = if killed {
                scene.there(carry_killed)
            } else {
                scene.there(|_, cli, command| carry(cli, command))
            };
            self.peaks = [self.peaks[0].max(sent.1), self.peaks[1].max(came.1)];
            let after = by_curl(&scene);
            // A machine that others use as well is not as fast now as it was: what ran just before and after counts.
            let by_curl = f64::midpoint(before, after);
            let ways = if killed {
                &mut self.killed
            } else {
                &mut self.whole
            };
            for (way, took) in ways.iter_mut().zip([sent.0, came.0]) {
                way.push(Beside { took, by_curl });
            }
            before = after;
        }
    }
}

/// Both ways, undisturbed and with kills.
pub(crate) fn gibibyte() -> Vec<Figure> {
    let mut measured = Measured::default();
    for round in 0..ROUNDS {
        measured.round(round % 2 == 1);
    }
    let ([sent, came], [killed_out, killed_in]) = (measured.whole, measured.killed);
    let [peak_out, peak_in] = measured.peaks;
    vec![
        rate("1 GiB out, of curl's rate", sent, 0),
        rate("1 GiB in, of curl's rate", came, 0),
        memory("1 GiB out, memory", peak_out),
        memory("1 GiB in, memory", peak_in),
        rate("1 GiB out, killed twice each", killed_out, KILLS),
        rate("1 GiB in, killed twice each", killed_in, KILLS),
    ]
}
