//! A profile whose key lies in the keyring of a session: the real program, a real message bus and a
//! real Secret Service, in a session of the test's own.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use std::path::Path;
use std::process::{Command, Output};

/// Port 1 of this machine: nothing listens there.
const BOARD: &str = "heliograph://board/127.0.0.1:1#ahlvvgabqkyqvn6vjp7nhslea45a5yls6pnkmizfv4bbu2hxa5iruaaaaaaqczhunj2snimg2i2gkusfhlshrssrerdhj5nsdoqvbpkihm47psasmna77ei";
/// Unlocks the session's keyring, then runs what follows.
const UNLOCK: &str =
    "printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";

/// Runs a script in a fresh session that sees nothing of the user's own. `$H` is the program with
/// the profile's home.
fn session(dir: &Path, script: &str) -> Output {
    let place = |name: &str| {
        let path = dir.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    let runtime = place("run");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&runtime, closed).unwrap();
    Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", place("user"))
        .env("XDG_DATA_HOME", place("data"))
        .env("XDG_RUNTIME_DIR", runtime)
        .env("BOARD", BOARD)
        .env("H", env!("CARGO_BIN_EXE_heliograph"))
        .env("HELIOGRAPH_HOME", dir.join("profile"))
        .output()
        .unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn with_keyring(dir: &Path, script: &str) -> Output {
    session(dir, &format!("{UNLOCK}{script}"))
}

/// A profile made with the keyring alone.
fn made() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = with_keyring(
        dir.path(),
        "\"$H\" init --name Anna --board \"$BOARD\" --keyring --json",
    );
    assert!(made.status.success(), "{}", words(&made.stderr));
    dir
}

#[test]
fn a_profile_in_the_keyring_opens_in_a_later_session_without_asking() {
    let dir = made();
    let status = with_keyring(dir.path(), "\"$H\" status --json </dev/null");
    assert!(status.status.success(), "{}", words(&status.stderr));
    assert!(words(&status.stdout).contains("\"name\":\"Anna\""));
    let keys = std::fs::read_to_string(dir.path().join("profile/keys")).unwrap();
    assert!(keys.contains("\"kind\":\"keyring\"") && !keys.contains("Anna"));
}

#[test]
fn without_its_keyring_a_profile_is_refused_by_name_and_left_as_it_is() {
    let dir = made();
    let before = std::fs::read(dir.path().join("profile/keys")).unwrap();
    // A session with a bus and nobody who answers for secrets.
    let none = session(dir.path(), "\"$H\" conversations --json </dev/null");
    assert_eq!(none.status.code(), Some(1));
    assert!(
        words(&none.stderr).contains("keyring-unreachable"),
        "{}",
        words(&none.stderr)
    );
    // A keyring that knows nothing of this profile.
    std::fs::remove_dir_all(dir.path().join("data")).unwrap();
    let other = with_keyring(dir.path(), "\"$H\" conversations --json </dev/null");
    assert_eq!(other.status.code(), Some(1));
    assert!(
        words(&other.stderr).contains("keyring-entry-gone"),
        "{}",
        words(&other.stderr)
    );
    assert_eq!(
        std::fs::read(dir.path().join("profile/keys")).unwrap(),
        before
    );
}

#[test]
fn a_passphrase_beside_the_keyring_opens_where_there_is_no_keyring() {
    let dir = tempfile::tempdir().unwrap();
    let pass = dir.path().join("pass");
    std::fs::write(&pass, "correct horse\n").unwrap();
    let given = format!("--passphrase-file {}", pass.display());
    let made = with_keyring(
        dir.path(),
        &format!("\"$H\" init --name Anna --board \"$BOARD\" --keyring {given}"),
    );
    assert!(made.status.success(), "{}", words(&made.stderr));
    let by_keyring = with_keyring(dir.path(), "\"$H\" status --json </dev/null");
    assert!(by_keyring.status.success(), "{}", words(&by_keyring.stderr));
    let by_passphrase = session(dir.path(), &format!("\"$H\" status --json {given}"));
    assert!(
        by_passphrase.status.success(),
        "{}",
        words(&by_passphrase.stderr)
    );
}

#[test]
fn wiping_takes_the_entry_out_of_the_keyring() {
    let dir = made();
    let keys = dir.path().join("profile/keys");
    let kept = std::fs::read(&keys).unwrap();
    let wiped = with_keyring(dir.path(), "\"$H\" wipe --yes");
    assert!(wiped.status.success(), "{}", words(&wiped.stderr));
    // Even a copy of the key file opens nothing any more.
    std::fs::create_dir(dir.path().join("profile")).unwrap();
    std::fs::write(&keys, kept).unwrap();
    let again = with_keyring(dir.path(), "\"$H\" status --json </dev/null");
    assert!(
        words(&again.stderr).contains("keyring-entry-gone"),
        "{}",
        words(&again.stderr)
    );
}
