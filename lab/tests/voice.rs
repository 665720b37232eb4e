//! Voice notes from files, pipes and a microphone, between real programs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use data_encoding::BASE64;
use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// Samples a second.
const RATE: usize = 48_000;

/// A second of silence and a second of a tone.
fn sound() -> Vec<f32> {
    let tone = |at: usize| ((at % 100) as f32 / 50.0 - 1.0) / 2.0;
    (0..2 * RATE)
        .map(|at| if at < RATE { 0.0 } else { tone(at) })
        .collect()
}

/// As a WAV file of one channel and 32-bit floats, with a remark in it.
fn wav(samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|one| one.to_le_bytes()).collect();
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut out = b"RIFF".to_vec();
    out.extend(length(4 + 24 + 8 + REMARK.len() + 8 + data.len()));
    out.extend(b"WAVEfmt \x10\0\0\0\x03\0\x01\0");
    out.extend(length(RATE));
    out.extend(length(RATE * 4));
    out.extend(b"\x04\0\x20\0LIST");
    out.extend(length(REMARK.len()));
    out.extend(REMARK);
    out.extend(b"data");
    out.extend(length(data.len()));
    out.extend(data);
    out
}

const REMARK: &[u8] = b"INFOICMT\x18\0\0\0recorded at the harbour\0";

struct World {
    directory: tempfile::TempDir,
    _board: Board,
    anna: Cli,
    ben: Cli,
    annas: String,
    bens: String,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let board = Board::start(&directory.path().join("board"), &[]);
        let anna = Cli::init(directory.path(), "Anna", &board.link, None);
        let ben = Cli::init(directory.path(), "Ben", &board.link, None);
        let (annas, bens) = introduce(&anna, &ben);
        Self {
            directory,
            _board: board,
            anna,
            ben,
            annas,
            bens,
        }
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// What Ben has of a note, and the file as he saves it.
    fn heard(&self, message: &Value) -> (Value, Vec<u8>) {
        let id = message.as_str().unwrap();
        let read = self.ben.run(&["read", &self.bens]);
        let found = read.lines.into_iter().find(|line| line["id"] == *message);
        let place = self.directory.path().join(format!("saved-{id}"));
        let place = place.to_str().unwrap();
        let saved = self.ben.run(&["file", "save", &self.bens, id, place]);
        assert!(saved.status.success(), "{}", saved.error);
        (found.unwrap(), std::fs::read(place).unwrap())
    }

    /// Ben hears a second of silence and a second of a tone.
    fn is_the_sound(&self, message: &Value) {
        let (message, saved) = self.heard(message);
        let voice = &message["file"]["voice"];
        assert_eq!(voice["millis"], 2_000, "{message}");
        let waveform = voice["waveform"].as_str().unwrap().as_bytes();
        let waveform = BASE64.decode(waveform).unwrap();
        assert_eq!(waveform.len(), 64);
        assert!(waveform[..30].iter().all(|one| *one < 20), "{waveform:?}");
        assert!(waveform[34..].iter().all(|one| *one > 200), "{waveform:?}");
        assert!(saved.starts_with(b"OggS") && saved.len() < 8_000);
        assert!(!saved.windows(7).any(|part| part == b"harbour"));
    }
}

/// A file that stands for a microphone: the sound library reads it as if it came from one.
fn microphone(world: &World) -> PathBuf {
    let both = sound().into_iter().flat_map(|one| [one, one]);
    let bytes: Vec<u8> = both.flat_map(f32::to_le_bytes).collect();
    let raw = world.file("microphone.raw", &bytes);
    let raw = raw.display();
    let setting = format!(
        "pcm.!default {{ type file slave.pcm {{ type null }} file /dev/null infile {raw} format raw }}"
    );
    world.file("asound.conf", setting.as_bytes())
}

/// Runs a command of Anna's that has `setting` for the sound library.
fn with_sound(world: &World, setting: &Path, command: &[&str]) -> (bool, Vec<Value>, String) {
    let output = world
        .anna
        .command(command)
        .env("ALSA_CONFIG_PATH", setting)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let error = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), lines.collect(), error)
}

#[test]
fn a_note_comes_from_a_file_or_a_pipe_without_what_else_the_file_tells() {
    let world = World::new();
    let wav = wav(&sound());
    let path = world.file("note.wav", &wav);
    let command = ["voice", "send", &world.annas, path.to_str().unwrap()];
    let said = world
        .anna
        .run(&[&command[..], &["--caption", "Listen."]].concat());
    world.is_the_sound(&said.object()["message"]);
    assert_eq!(world.ben.heard(&world.bens), ["Listen."]);
    let piped = world
        .anna
        .run_with(&["voice", "send", &world.annas, "-"], &wav);
    world.is_the_sound(&piped.object()["message"]);
    // What is no sound is refused, with what to do; nothing is sent.
    for (content, kind) in [
        (&b"not a sound"[..], "voice-unusable"),
        (&wav[..wav.len() - 2 * RATE * 4], "voice-empty"),
    ] {
        let path = world.file("bad.wav", content);
        let said = world
            .anna
            .run(&["voice", "send", &world.annas, path.to_str().unwrap()]);
        assert!(
            !said.status.success() && said.error.contains(kind),
            "{}",
            said.error
        );
    }
    assert_eq!(world.ben.heard(&world.bens).len(), 2);
}

#[test]
fn a_note_is_recorded_and_never_is_a_file() {
    let world = World::new();
    let setting = microphone(&world);
    let command = ["voice", "record", &world.annas, "--for", "2s"];
    let (well, lines, error) = with_sound(&world, &setting, &command);
    assert!(well, "{error}");
    world.is_the_sound(&lines[0]["message"]);
    // A command beside the program that has the profile open hands the sound over.
    let daemon = world.anna.daemon();
    let (well, lines, error) = with_sound(&world, &setting, &command);
    assert!(well, "{error}");
    world.is_the_sound(&lines[0]["message"]);
    daemon.kill();
    let profile = world.directory.path().join("Anna");
    for entry in std::fs::read_dir(profile).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        for sign in [&b"OpusHead"[..], b"WAVEfmt "] {
            assert!(
                !bytes.windows(8).any(|part| part == sign),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn without_a_microphone_or_an_end_nothing_is_recorded_and_the_words_say_why() {
    let world = World::new();
    let nothing = world.file("asound.conf", b"");
    let command = ["voice", "record", &world.annas, "--for", "1s"];
    let (well, lines, error) = with_sound(&world, &nothing, &command);
    assert!(
        !well && lines.is_empty() && error.contains("no-microphone"),
        "{error}"
    );
    assert!(!error.contains("ALSA lib"), "{error}");
    let setting = microphone(&world);
    let endless = ["voice", "record", &world.annas];
    let (well, _, error) = with_sound(&world, &setting, &endless);
    assert!(!well && error.contains("--for"), "{error}");
    let nowhere = ["voice", "record", "c_nowhere", "--for", "1s"];
    assert!(!with_sound(&world, &setting, &nowhere).0);
    assert!(world.ben.heard(&world.bens).is_empty());
}
