//! A picture goes from command to command without what it tells of place and device.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

use std::path::PathBuf;

use heliograph_lab::{Board, Cli, introduce};
use serde_json::Value;

/// What a picture says beside its pixels.
const PLACE: &[u8] = b"59.9139N 10.7522E";

fn picture() -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 60, 40);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .add_text_chunk(
            "Place".to_owned(),
            String::from_utf8(PLACE.to_vec()).unwrap(),
        )
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..60 * 40 * 3)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect();
    writer.write_image_data(&pixels).unwrap();
    drop(writer);
    png
}

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

    /// Anna sends it; gives the message as Ben has it, and the file as he saves it.
    fn sent(&self, path: &std::path::Path, more: &[&str]) -> (Value, Vec<u8>) {
        let command = ["file", "send", &self.annas, path.to_str().unwrap()];
        let said = self.anna.run(&[&command, more].concat());
        assert!(said.status.success(), "{}", said.error);
        let id = said.object()["message"].as_str().unwrap().to_owned();
        let read = self.ben.run(&["read", &self.bens]);
        let message = read
            .lines
            .into_iter()
            .find(|line| line["id"] == id.as_str())
            .unwrap();
        let place = self.directory.path().join(format!("saved-{id}"));
        let saved = self
            .ben
            .run(&["file", "save", &self.bens, &id, place.to_str().unwrap()]);
        assert!(saved.status.success(), "{}", saved.error);
        (message, std::fs::read(place).unwrap())
    }
}

fn tells(bytes: &[u8]) -> bool {
    bytes.windows(PLACE.len()).any(|part| part == PLACE)
}

#[test]
fn a_picture_leaves_its_place_behind_unless_its_sender_wants_it_as_it_is() {
    let world = World::new();
    let picture = picture();
    assert!(tells(&picture));
    let path = world.file("beach.png", &picture);
    let (message, saved) = world.sent(&path, &[]);
    assert!(!tells(&saved) && saved.len() < picture.len());
    let file = &message["file"];
    assert_eq!(
        (&file["media"], &file["name"]),
        (&Value::from("image/png"), &Value::from("beach.png"))
    );
    assert_eq!(
        (&file["picture"]["width"], &file["picture"]["height"]),
        (&Value::from(60), &Value::from(40))
    );
    assert!(file["picture"]["blur"].is_string());
    assert_eq!(file["size"].as_u64().unwrap(), saved.len() as u64);
    // As it is, if that is asked for; and any other file is never touched.
    let (message, saved) = world.sent(&path, &["--original"]);
    assert!(saved == picture && message["file"]["picture"].is_null());
    let letter = world.file("letter.txt", PLACE);
    assert_eq!(world.sent(&letter, &[]).1, PLACE);
    // What cannot be cleaned is not sent, and the words say what to do.
    let raw = world.file("raw.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1");
    let refused = world
        .anna
        .run(&["file", "send", &world.annas, raw.to_str().unwrap()]);
    assert!(!refused.status.success() && refused.error.contains("picture-not-cleaned"));
    assert!(refused.error.contains("--original"), "{}", refused.error);
}

#[test]
fn a_group_has_a_picture_that_everybody_sees_and_that_tells_nothing_of_its_file() {
    let world = World::new();
    let path = world.file("crew.png", &picture());
    let made = world.anna.run(&["group", "create", "Crew"]);
    let group = made.object()["conversation"].as_str().unwrap().to_owned();
    let picture = ["group", "picture", &group];
    let set = |of: &Cli, more: &[&str]| of.run(&[&picture[..], more].concat());
    assert!(
        set(&world.anna, &["--save", "none.jpg"])
            .error
            .contains("no-picture")
    );
    let said = set(&world.anna, &[path.to_str().unwrap()]);
    assert!(said.status.success(), "{}", said.error);
    // Ben comes later, and has it too.
    let card = world.ben.run(&["card", "--once"]);
    let card = card.object()["card"].as_str().unwrap().to_owned();
    assert!(
        world
            .anna
            .run(&["group", "add", &group, &card])
            .status
            .success()
    );
    assert!(world.anna.run(&["sync", "--until-idle"]).status.success());
    let request = world.ben.run(&["requests"]);
    let bens = request.object()["id"].as_str().unwrap().to_owned();
    assert!(world.ben.run(&["accept", &bens]).status.success());
    let saved = world.directory.path().join("saved.jpg");
    let command = ["group", "picture", &bens, "--save", saved.to_str().unwrap()];
    let said = world.ben.run(&command);
    assert!(said.status.success(), "{}", said.error);
    let bytes = std::fs::read(&saved).unwrap();
    assert!(bytes.starts_with(b"\xff\xd8\xff") && bytes.len() <= 8_000 && !tells(&bytes));
    // Nothing is written over, and nobody but an admin changes it.
    assert!(!world.ben.run(&command).status.success());
    let refused = world.ben.run(&["group", "picture", &bens, "--remove"]);
    assert!(refused.error.contains("not-admin"), "{}", refused.error);
    let letter = world.file("letter.txt", PLACE);
    let refused = set(&world.anna, &[letter.to_str().unwrap()]);
    assert!(refused.error.contains("bad-picture"), "{}", refused.error);
    assert!(set(&world.anna, &["--remove"]).status.success());
    assert!(
        set(&world.anna, &["--save", "none.jpg"])
            .error
            .contains("no-picture")
    );
    let told: Vec<Value> = world.anna.run(&["read", &group]).lines;
    let told = told.iter().filter(|line| line["kind"] == "change");
    let told: Vec<&str> = told.map(|line| line["text"].as_str().unwrap()).collect();
    assert!(told.contains(&"You changed the picture."), "{told:?}");
    assert!(told.contains(&"You took the picture away."), "{told:?}");
}
