//! `init` is killed, or the disk is full: the profile is there whole, or the next `init` makes it.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";
const KILLS: u32 = 16;

/// A place with a passphrase file and, after `init`, a home.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pass"), "correct horse\n").unwrap();
        Self { dir }
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn with_profile() -> Self {
        let place = Self::new();
        assert!(place.init().status.success());
        place
    }

    /// A command of this home; `through` is a program that starts it, with its arguments.
    fn command(&self, through: &[&str], arguments: &[&str]) -> Command {
        let whole = [through, &[env!("CARGO_BIN_EXE_heliograph")], arguments].concat();
        let mut command = Command::new(whole.first().unwrap());
        command
            .args(whole.get(1..).unwrap())
            .env("HELIOGRAPH_HOME", self.home())
            .env("HELIOGRAPH_PASSPHRASE_FILE", self.dir.path().join("pass"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(&[], arguments).output().unwrap()
    }

    fn init(&self) -> Output {
        self.run(&["init", "--name", "Anna", "--board", BOARD])
    }

    fn works(&self) -> bool {
        self.run(&["status"]).status.success()
    }

    /// Whatever a cut left, the next `init` makes the profile, unless it is there and works.
    fn is_whole_or_made_now(&self) {
        let again = self.init();
        let said = String::from_utf8_lossy(&again.stderr);
        assert!(
            again.status.success() || said.contains("There is a profile in this home already."),
            "{said}"
        );
        assert!(self.works(), "{said}");
        assert!(!self.home().join("unfinished").exists());
    }
}

fn move_file(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(from, to).unwrap();
}

#[test]
fn a_run_cut_short_between_its_steps_is_cleared_away_by_the_next() {
    for aside in [&["profile.db"][..], &["keys", "profile.db"]] {
        let place = Place::with_profile();
        for name in aside {
            let home = place.home();
            move_file(&home.join(name), &home.join("unfinished").join(name));
        }
        assert!(!place.works());
        let again = place.init();
        assert!(again.status.success(), "{aside:?}");
        assert!(place.works());
    }
}

#[test]
fn a_part_of_a_profile_that_no_run_left_is_never_touched() {
    for lost in ["profile.db", "keys"] {
        let place = Place::with_profile();
        let (file, kept) = (place.home().join(lost), place.dir.path().join("copy"));
        move_file(&file, &kept);
        let refused = place.init();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            said.contains(&format!("Put back the file `{lost}`")),
            "{said}"
        );
        move_file(&kept, &file);
        assert!(place.works());
    }
}

#[test]
fn a_disk_that_is_full_at_any_point_leaves_no_half_profile() {
    let mut made = false;
    let mut blocks: u64 = 0;
    while !made {
        let place = Place::new();
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let init = ["init", "--name", "Anna", "--board", BOARD];
        let done = place
            .command(&["sh", "-c", &limit], &init)
            .output()
            .unwrap();
        made = done.status.success();
        let left =
            ["keys", "profile.db", "unfinished"].map(|name| place.home().join(name).exists());
        let whole = if made {
            [true, true, false]
        } else {
            [false; 3]
        };
        assert_eq!(
            left,
            whole,
            "{blocks}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        place.is_whole_or_made_now();
        blocks = blocks * 2 + 1;
    }
}

#[test]
fn a_kill_at_any_moment_leaves_a_profile_that_works_or_none() {
    let started = Instant::now();
    drop(Place::with_profile());
    let whole = started.elapsed();
    for kill in 0..KILLS {
        let place = Place::new();
        let init = ["init", "--name", "Anna", "--board", BOARD];
        let mut child = place.command(&[], &init).spawn().unwrap();
        std::thread::sleep(whole * kill / KILLS + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        place.is_whole_or_made_now();
    }
}
