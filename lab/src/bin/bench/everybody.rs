//! A group of a thousand through whole engines: cards, invitations, the board's record and databases on the disk.
//!
//! `thousand` measures MLS and the cells around it; this measures what a device does. A board in memory stands between them,
//! whose work is on the same clock.

use std::path::Path;
use std::time::Instant;

use heliograph_client::engine::Engine;
use heliograph_client::{ConversationId, DATABASE, Device};
use heliograph_lab::{TwoFaced, accept, key, rounds, texts};
use serde_json::json;

use crate::figure::{Figure, quantile, spread};
use crate::seal::now_ms;

/// The one who adds everybody, and the one whose reading is measured: both with a database on the disk.
const ANNA: usize = 0;
const BEN: usize = 1;
const PEOPLE: u32 = 1_000;
/// People who publish their cards at the same time.
const TOGETHER: usize = 16;
const MESSAGES: usize = 200;

/// A thousand people; each but the first has published a card.
fn people(home: &Path, many: usize) -> (TwoFaced, Vec<String>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let now = now_ms();
    let names: Vec<String> = (0..many).map(|number| format!("Member {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut made, mut cards) = (0, Vec::new());
    let mut world = TwoFaced::of(&names, now, |name, board, seed| {
        made += 1;
        if made > BEN + 1 {
            return Engine::in_memory(name, board, seed, now).unwrap();
        }
        let home = home.join(name);
        std::fs::create_dir(&home).unwrap();
        let secret = key();
        let created = Device::create(&home, &secret, name, board);
        runtime.block_on(created).unwrap();
        Engine::open(&home, &[7; 32], seed, now).unwrap()
    });
    for at in BEN..many {
        let (_, card) = world.engines[at].make_card(now, true).unwrap();
        cards.push(card);
        if at % TOGETHER == 0 {
            world.run();
        }
    }
    world.run();
    // Whoever is only to be invited does not have to listen.
    world.leave(BEN + 1);
    (world, cards)
}

#[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
fn megabytes(home: &Path, who: &str) -> f64 {
    let file = home.join(who).join(DATABASE);
    std::fs::metadata(file).unwrap().len() as f64 / 1e6
}

/// One message after another to everybody: milliseconds of their sender, of a reader, and the most cells that one took.
fn talk(
    world: &mut TwoFaced,
    group: ConversationId,
    said: &mut Vec<String>,
) -> (Vec<f64>, Vec<f64>, usize) {
    let (mut sending, mut reading, mut cells) = (Vec::new(), Vec::new(), 0);
    for number in 0..MESSAGES {
        let text = format!("{number:0>256}");
        let held = world.cells_held();
        let begun = Instant::now();
        let now = world.now;
        let sent = world.engines[ANNA].send(now, group, std::slice::from_ref(&text));
        sent.unwrap();
        sending.push(begun.elapsed().as_secs_f64() * 1e3);
        said.push(text);
        world.serve_asked(ANNA);
        cells = cells.max(world.cells_held() - held);
        world.tick_all();
        let begun = Instant::now();
        world.deliver(BEN);
        reading.push(begun.elapsed().as_secs_f64() * 1e3);
        world.run();
    }
    (sending, reading, cells)
}

/// See the module's words.
pub(crate) fn group() -> Vec<Figure> {
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path();
    let many = rounds(PEOPLE) as usize;
    let begun = Instant::now();
    let (mut world, cards) = people(home, many);
    let meeting = begun.elapsed().as_secs_f64();
    let group = world.engines[ANNA]
        .create_group(world.now, "Everybody")
        .unwrap();
    world.run();
    let (before, written) = (world.cells_held(), world.bytes_held());
    let begun = Instant::now();
    // Ben comes last, into the whole group.
    for card in cards.iter().rev() {
        world.engines[ANNA].bring(world.now, group, card).unwrap();
    }
    let asked = begun.elapsed().as_secs_f64();
    world.run();
    let adding = begun.elapsed().as_secs_f64();
    let detail = json!({"people": many, "cards_published_s": meeting, "asked_s": asked,
        "cells": world.cells_held() - before, "bytes": world.bytes_held() - written});
    let members = world.engines[ANNA].group_members(world.now, group).unwrap();
    assert_eq!(members.len(), many);
    let begun = Instant::now();
    let theirs = accept(&mut world, BEN);
    let accepting = begun.elapsed().as_secs_f64();
    let mut said = Vec::new();
    let (mut sending, mut reading, cells) = talk(&mut world, group, &mut said);
    assert_eq!(texts(&world, BEN, theirs), said);
    drop(world);
    let (sent, read) = (spread(&mut sending), spread(&mut reading));
    let [anna, ben] = ["Member 0", "Member 1"].map(|who| megabytes(home, who));
    vec![
        Figure::at_most(
            "adding 1,000 people by their cards",
            ("s", adding, 60.0),
            detail,
        ),
        Figure::at_most(
            "send to 1,000, the whole step",
            ("ms", quantile(&sending, 0.5), 5.0),
            json!({"milliseconds": sent, "cells": cells}),
        ),
        Figure::at_most(
            "receive of 1,000, the whole step",
            ("ms", quantile(&reading, 0.5), 2.0),
            json!({"milliseconds": read, "accepting_s": accepting}),
        ),
        Figure::at_most(
            "profile of the one who added 1,000",
            ("MB", anna, 8.0),
            json!({"of_a_member_mb": ben}),
        ),
    ]
}
