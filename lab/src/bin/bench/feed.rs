//! What everybody else's talk costs a device: a foreign cell, and a long absence.

use std::time::{Duration, Instant};

use heliograph_lab::{Board, Person};
use heliograph_wire::{Body, Cell, EraseHash, Keep, Label};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::json;

use crate::figure::Figure;
use crate::put::fill;
use crate::talk::two;

const TICKS: u32 = 200;
const CELLS: u32 = 1_000;

fn random_cell(rng: &mut ChaCha8Rng) -> Cell {
    let (mut label, mut body) = ([0; 32], vec![0; 2_048]);
    rng.fill_bytes(&mut label);
    rng.fill_bytes(&mut body);
    Cell {
        label: Label(label),
        keep: Keep::Day,
        erase_hash: EraseHash(label),
        body: Body::new(body.into()).unwrap(),
    }
}

/// A cell of others, recognised as such and dropped: ticks of a thousand through the engine, with the
/// check of their signature and tree.
pub(crate) fn foreign() -> Figure {
    let dir = tempfile::tempdir().unwrap();
    let (mut world, _, _) = crate::seal::on_disk(dir.path());
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut took = Duration::ZERO;
    for _ in 0..TICKS {
        for _ in 0..CELLS {
            assert!(world.post(random_cell(&mut rng)));
        }
        world.tick_all();
        let begun = Instant::now();
        world.deliver(0);
        took += begun.elapsed();
        world.deliver(1);
    }
    let cells = f64::from(TICKS * CELLS);
    Figure::at_most(
        "a foreign cell",
        ("µs", took.as_secs_f64() * 1e6 / cells, 2.0),
        json!({"cells": cells, "cells_a_tick": CELLS}),
    )
}

/// 100,000 cells of others and 500 messages of one's own, read after an absence.
pub(crate) fn catch_up() -> Figure {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let server = Board::start(&dir.path().join("board"), &[]);
        let (anna, ben, anna_side, ben_side) = two(dir.path(), &server).await;
        let home = anna.home.clone();
        anna.device.close().await;
        for part in 0..10_u64 {
            fill(&server, 10_000, part).await;
            let texts = (0..50).map(|i| format!("own {part}.{i}")).collect();
            ben.device.send(&ben_side, texts).await.unwrap();
        }
        ben.device
            .sync(true, Duration::from_secs(60))
            .await
            .unwrap();
        let begun = Instant::now();
        let anna = Person::open(&home).await;
        let patience = Duration::from_secs(120);
        anna.device.sync(false, patience).await.unwrap();
        let took = begun.elapsed().as_secs_f64();
        assert_eq!(anna.messages(&anna_side).await.len(), 500);
        Figure::at_most(
            "catch up 100,000 foreign, 500 own",
            ("s", took, 10.0),
            json!({"own": 500, "foreign": 100_000}),
        )
    })
}
