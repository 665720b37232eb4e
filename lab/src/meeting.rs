//! People on a board that can lie meet in a group.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test, reported by panicking"
)]

use std::path::Path;

use heliograph_client::engine::Engine;
use heliograph_client::{ConversationId, Device, LinkState};

use crate::{TwoFaced, key};

/// A fresh card of somebody, published.
pub fn card(world: &mut TwoFaced, at: usize) -> String {
    let (_, card) = world.engines[at].make_card(world.now, true).unwrap();
    world.run();
    card
}

/// Somebody accepts the request they have.
pub fn accept(world: &mut TwoFaced, at: usize) -> ConversationId {
    let id = world.engines[at].requests().unwrap()[0].id;
    world.engines[at].accept(world.now, id).unwrap();
    world.run();
    id
}

/// Somebody is brought into a group and accepts; the group on their side.
pub fn brought(
    world: &mut TwoFaced,
    (by, id): (usize, ConversationId),
    at: usize,
) -> ConversationId {
    let card = card(world, at);
    world.engines[by].bring(world.now, id, &card).unwrap();
    world.run();
    accept(world, at)
}

/// A group of the first with the second in it; the group on each side.
pub fn two_in_a_group(names: &[&str]) -> (TwoFaced, ConversationId, ConversationId) {
    let mut world = TwoFaced::new(names);
    let first = world.engines[0].create_group(world.now, "Crew").unwrap();
    let second = brought(&mut world, (0, first), 1);
    (world, first, second)
}

fn of_kind(world: &TwoFaced, at: usize, (id, kind): (ConversationId, &str)) -> Vec<String> {
    let (mut since, mut all) = (None, Vec::new());
    loop {
        let page = world.engines[at].messages(id, since, 1_000).unwrap();
        let of = page
            .items
            .into_iter()
            .filter(|message| message.kind == kind);
        all.extend(of.map(|message| message.text));
        since = page.next;
        if since.is_none() {
            return all;
        }
    }
}

/// What people said, as somebody has it.
#[must_use]
pub fn texts(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    of_kind(world, at, (id, "text"))
}

/// What happened to the group, as somebody is told.
#[must_use]
pub fn changes(world: &TwoFaced, at: usize, id: ConversationId) -> Vec<String> {
    of_kind(world, at, (id, "change"))
}

/// How somebody's way to the board is.
#[must_use]
pub fn link(world: &TwoFaced, at: usize) -> LinkState {
    world.engines[at].status().unwrap().link
}

/// Kinds of what somebody was told is wrong, oldest first.
#[must_use]
pub fn alarms(world: &TwoFaced, at: usize) -> Vec<String> {
    let status = world.engines[at].status().unwrap();
    status.alarms.into_iter().map(|alarm| alarm.kind).collect()
}

/// How a conversation stands for somebody.
#[must_use]
pub fn state(world: &TwoFaced, at: usize, id: ConversationId) -> String {
    let all = world.engines[at].conversations().unwrap();
    let found = all.into_iter().find(|known| known.id == id).unwrap();
    found.state.to_string()
}

/// People whose profiles lie in a directory each, by name: as on a disk, on a clock that the story moves.
#[must_use]
pub fn on_disk(names: &[&str], directory: &Path) -> TwoFaced {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    TwoFaced::of(names, now, |name, board, seed| {
        let home = directory.join(name);
        std::fs::create_dir(&home).unwrap();
        runtime
            .block_on(Device::create(&home, &key(), name, board))
            .unwrap();
        Engine::open(&home, &[7; 32], seed, now).unwrap()
    })
}
