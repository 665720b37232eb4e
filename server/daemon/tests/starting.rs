//! Starting and stopping: what an operator sees, and what is refused with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise is reported by panicking"
)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use heliograph_wire::link::{BoardLink, Pin};
use heliograph_wire::*;
use heliographd::{Config, Server, StoreKind};
use support::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn refused(config: Config) -> String {
    match Server::new(config).start().await {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn keys_are_made_once_for_the_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), StoreKind::Fjall);
    fs::create_dir(&config.data).unwrap();
    fs::set_permissions(&config.data, fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::new(config.clone()).start().await.unwrap();
    let first = server.board_link().clone();
    server.shutdown().await;
    assert_eq!(mode(&config.data), 0o700);
    for name in ["board.key", "tls.key", "tls.crt", "lock"] {
        assert_eq!(mode(&config.data.join(name)), 0o600, "{name}");
    }
    let server = Server::new(config).start().await.unwrap();
    let second = server.board_link();
    assert_eq!((first.key, first.pin), (second.key, second.pin));
    server.shutdown().await;
}

#[tokio::test]
async fn a_second_server_on_one_directory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = fjall(dir.path()).await;
    let why = refused(config(dir.path(), StoreKind::Fjall)).await;
    assert!(why.contains("in use by another heliographd"), "{why}");
    let mut client = Client::connect(&server).await;
    assert_eq!(name(&client.ask(Op::Noop).await), "Nothing");
    server.shutdown().await;
    fjall(dir.path()).await.shutdown().await;
}

#[tokio::test]
async fn a_damaged_missing_or_open_key_stops_the_start_and_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), StoreKind::Fjall);
    fjall(dir.path()).await.shutdown().await;
    for (file, damage, needle) in [
        ("board.key", "heliograph board key 1\naaaa\n", "checksum"),
        ("board.key", "other\n", "first line"),
        ("board.key", "", "first line"),
        ("tls.key", "nonsense", "not a PEM key"),
        ("tls.crt", "", "not a PEM certificate"),
    ] {
        let path = config.data.join(file);
        let good = fs::read(&path).unwrap();
        fs::write(&path, damage).unwrap();
        let why = refused(config.clone()).await;
        assert!(why.contains(needle) && why.contains(file), "{why}");
        assert!(why.contains("backup"), "{why}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damage);
        fs::write(&path, good).unwrap();
    }
    for file in ["board.key", "tls.key"] {
        let (path, aside) = (config.data.join(file), dir.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        let why = refused(config.clone()).await;
        assert!(why.contains("missing") && why.contains(file), "{why}");
        assert!(!path.exists());
        fs::rename(&aside, &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let why = refused(config.clone()).await;
        assert!(why.contains("chmod 600"), "{why}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fjall(dir.path()).await.shutdown().await;
}

#[tokio::test]
async fn off_loopback_it_listens_only_when_the_network_is_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    config.listen = "0.0.0.0:0".parse().unwrap();
    let why = refused(config.clone()).await;
    assert!(why.contains("trusted_network = true") && why.contains("no admission tokens"));
    assert!(!config.data.exists());
    config.trusted_network = true;
    let why = refused(config.clone()).await;
    assert!(why.contains("public_address"), "{why}");
    config.public_address = Some("board.example:4433".into());
    let server = Server::new(config).start().await.unwrap();
    assert_eq!(server.board_link().address, "board.example:4433");
    server.shutdown().await;
}

#[tokio::test]
async fn a_certificate_from_files_is_served_and_pinned_only_if_asked() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["board.example".into()]).unwrap();
    let mut config = config(dir.path(), StoreKind::Memory);
    let (certificate, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    config.tls.certificate = Some(certificate);
    config.tls.key = Some(key.clone());
    let server = Server::new(config.clone()).start().await.unwrap();
    let link = server.board_link();
    let stream = handshake(link, usual_tls(link)).await.unwrap();
    let served = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    assert_eq!(&served, made.cert.der());
    server.shutdown().await;
    config.tls.pin = false;
    let server = Server::new(config.clone()).start().await.unwrap();
    assert_eq!(server.board_link().pin, Pin::PublicRoots);
    server.shutdown().await;
    let other = rcgen::generate_simple_self_signed(vec!["x".into()]).unwrap();
    fs::write(&key, other.signing_key.serialize_pem()).unwrap();
    let why = refused(config).await;
    assert!(why.contains("`tls.key`"), "{why}");
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heliographd"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn line(child: &mut Child) -> String {
    let mut line = String::new();
    let out = child.stdout.as_mut().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    line
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill")
        .args(["-s", name, &pid])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[tokio::test]
async fn the_program_says_when_it_is_ready_and_ends_well_on_either_signal() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("board");
    let data = data.to_str().unwrap();
    let mut last = None;
    for name in ["TERM", "INT"] {
        let arguments = ["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"];
        let mut child = program(&arguments).spawn().unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line(&mut child)).unwrap();
        assert_eq!(ready["ready"], true);
        let link = BoardLink::decode(ready["board"].as_str().unwrap()).unwrap();
        assert_eq!(link.address, ready["listen"].as_str().unwrap());
        let mut client = Client::to(&link).await;
        let head = client.follow().await;
        assert_eq!(head, last);
        client.ask(Op::Put(put(u64::from(child.id())))).await;
        last = Some(client.tick().await.signed);
        signal(&child, name);
        assert!(client.unit().await.is_none());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let log = String::from_utf8(output.stderr).unwrap();
        let events: Vec<String> = log
            .lines()
            .map(|line| {
                let event: serde_json::Value = serde_json::from_str(line).unwrap();
                event["event"].as_str().unwrap().to_owned()
            })
            .collect();
        assert_eq!(events.last().map(String::as_str), Some("stopped"));
        assert!(events.contains(&"configuration".to_owned()));
    }
}

#[test]
fn what_the_program_refuses_it_refuses_with_code_one_and_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("heliographd.toml");
    fs::write(&file, "lanes = 1\nlisten_on = \"127.0.0.1:1\"\n").unwrap();
    let file = file.to_str().unwrap();
    for (arguments, code, needles) in [
        (vec!["serve", "--config", file], 1, ["line 2", "listen_on"]),
        (
            vec!["serve", "--config", "/nowhere/x.toml"],
            1,
            ["/nowhere/x.toml", "cannot be read"],
        ),
        (
            vec!["serve", "--listen", "8.8.8.8:1"],
            1,
            ["8.8.8.8:1", "trusted_network"],
        ),
        (
            vec!["serve", "--listen", "nowhere"],
            2,
            ["--listen", "nowhere"],
        ),
        (vec!["dance"], 2, ["dance", "Usage"]),
    ] {
        let output = program(&arguments)
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        for needle in needles {
            assert!(said.contains(needle), "{said}");
        }
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_default_configuration_it_prints_is_one_it_takes() {
    let dir = tempfile::tempdir().unwrap();
    let printed = program(&["config"]).output().unwrap();
    assert!(printed.status.success());
    let file = dir.path().join("heliographd.toml");
    fs::write(&file, &printed.stdout).unwrap();
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        "heliographd.toml",
    ];
    let mut child = program(&arguments).current_dir(dir.path()).spawn().unwrap();
    assert!(line(&mut child).starts_with("Listening on 127.0.0.1:"));
    signal(&child, "TERM");
    let mut rest = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert!(dir.path().join("heliograph-data/board.key").exists());
}
