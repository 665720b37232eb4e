//! Files of members without manners.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_client::{ConversationId, MessageInfo};
use heliograph_conversation::content::{Kind, More, Pointer};
use heliograph_delivery::FileChunks;
use heliograph_lab::{Mallory, TwoFaced};
use heliograph_wire::{Cell, EraseHash, Keep};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const ANNA: usize = 0;

fn messages(world: &TwoFaced, id: ConversationId) -> Vec<MessageInfo> {
    let page = world.engines[ANNA].messages(id, None, 100).unwrap();
    page.items
}

fn newest_text(world: &TwoFaced, id: ConversationId) -> String {
    messages(world, id).pop().unwrap().text
}

/// Anna, who talks with Mallory.
fn beside_mallory() -> (TwoFaced, Mallory, ConversationId) {
    let mut world = TwoFaced::new(&["Anna"]);
    let mut mallory = Mallory::new("Mallory", world.now);
    let now = world.now;
    let (_, card) = world.engines[ANNA].make_card(now, false).unwrap();
    world.run();
    mallory.knock(&mut world, &card);
    let id = world.engines[ANNA].requests().unwrap()[0].id;
    world.engines[ANNA].accept(now, id).unwrap();
    world.run();
    mallory.follow(&world);
    (world, mallory, id)
}

/// What is said of a film with a hash that it does not have.
fn film(key: [u8; 32], size: u64) -> Kind {
    let file = Pointer {
        key,
        size,
        hash: [8; 32],
        name: "film.mkv".into(),
        media: "video/x-matroska".into(),
        picture: None,
        voice: None,
    };
    Kind::File {
        file: Box::new(file),
        caption: String::new(),
        in_reply_to: None,
        more: More::default(),
    }
}

fn text(said: &str) -> Kind {
    Kind::Text {
        text: said.to_owned(),
        in_reply_to: None,
        more: Default::default(),
    }
}

#[test]
fn a_file_that_is_not_what_its_sender_said_never_stands_in_its_place() {
    let (mut world, mut mallory, id) = beside_mallory();
    let key = [7; 32];
    let chunks = FileChunks::new(key, 200_000).unwrap();
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    for at in 0..chunks.count() {
        let whole = |place: &mut [u8]| {
            place.fill(1);
            Ok::<_, ()>(())
        };
        let body = chunks.seal(at, &mut rng, whole).unwrap().unwrap();
        let label = chunks.label(at);
        assert!(world.post(Cell {
            label,
            keep: Keep::Fortnight,
            erase_hash: EraseHash([0; 32]),
            body,
        }));
    }
    world.announce();
    mallory.say(&mut world, 1, film(key, 200_000));
    let message = messages(&world, id).pop().unwrap().id;
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("saved.bin");
    let (now, about) = (world.now, (id, message));
    let anna = &mut world.engines[ANNA];
    anna.save_file(now, about, place.to_str().unwrap()).unwrap();
    world.run();
    world.pass(1_000);
    let transfer = world.engines[ANNA].transfers().unwrap().pop().unwrap();
    assert_eq!(transfer.problem.as_deref(), Some("file-damaged"));
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 0, "nothing of it stays");
    mallory.say(&mut world, 2, text("Nice film."));
    assert_eq!(newest_text(&world, id), "Nice film.");
}

#[test]
fn a_pointer_to_nothing_fails_and_harms_nobody() {
    let (mut world, mut mallory, id) = beside_mallory();
    let now = world.now;
    mallory.say(&mut world, 1, film([7; 32], 2 << 30));
    let message = messages(&world, id).pop().unwrap();
    assert_eq!(message.file.unwrap().size, 2 << 30);
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("film.mkv");
    let saved = world.engines[ANNA].save_file(now, (id, message.id), place.to_str().unwrap());
    saved.unwrap();
    world.run();
    let transfer = world.engines[ANNA].transfers().unwrap().pop().unwrap();
    assert_eq!(transfer.problem.as_deref(), Some("file-gone"));
    assert!(!place.exists());
    mallory.say(&mut world, 2, text("Nice film."));
    assert_eq!(newest_text(&world, id), "Nice film.");
}
