//! Promises about erasing: the atomic take, and what stays of an erased cell.

use std::sync::Arc;

use heliograph_wire::{Class, Keep};

use super::scene::{Fixture, LANE, Scene, cell, cell_of, key, label, order, word};
use crate::{Board, EraseOrder, EraseOutcome, PutOutcome};

/// Of many claims one takes the cell, and only that one may repeat itself.
pub async fn an_erase_has_one_winner_who_may_ask_again<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 10).await;
    let claims: Vec<_> = (0..32_u8)
        .map(|claim| {
            let board = Arc::clone(&scene.board);
            tokio::spawn(async move { board.erase(LANE, vec![order(1, claim)]).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (claim, erase) in (0..).zip(claims) {
        if erase.await.unwrap().unwrap() == [EraseOutcome::Erased] {
            winners.push(claim);
        }
    }
    assert_eq!(winners.len(), 1, "exactly one claim wins");
    let scene = scene.reopen();
    assert_eq!(scene.erase(1, winners[0]).await, EraseOutcome::Erased);
    assert_eq!(scene.erase(1, 77).await, EraseOutcome::Absent);
    assert_eq!(word(&scene.get(1).await), "erased");
}

/// Whoever cannot show the preimage learns nothing.
pub async fn an_erase_with_a_wrong_key_changes_nothing<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 10).await;
    let wrong = EraseOrder {
        key: key(2),
        ..order(1, 1)
    };
    let done = scene.board.erase(LANE, vec![wrong, order(3, 1)]).await;
    assert_eq!(done.unwrap(), [EraseOutcome::Absent; 2]);
    assert_eq!(word(&scene.get(1).await), "found");
}

/// Nobody can take a cell before everybody could have seen it.
pub async fn an_unannounced_cell_cannot_be_erased<F: Fixture>(scene: Scene<F>) {
    scene.put(&[cell(1, 1)]).await;
    assert_eq!(scene.erase(1, 1).await, EraseOutcome::Absent);
    scene.announce(1, 10).await.unwrap();
    assert_eq!(scene.erase(1, 1).await, EraseOutcome::Erased);
}

/// Retries stay harmless after an erasure, and the label stays spent.
pub async fn an_erased_label_still_knows_its_bytes<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 10).await;
    assert_eq!(scene.erase(1, 1).await, EraseOutcome::Erased);
    let scene = scene.reopen();
    let puts = [
        cell(1, 1),
        cell(1, 2),
        cell_of(1, 1, Keep::Day, Class::Small),
    ];
    let expected = [PutOutcome::Same, PutOutcome::Taken, PutOutcome::Taken];
    assert_eq!(scene.put(&puts).await, expected);
    assert!(scene.pending().await.is_empty());
    assert_eq!(word(&scene.get(1).await), "erased");
}

/// A batch of claims is as good as its claims one by one.
pub async fn claims_within_a_batch_resolve_in_order<F: Fixture>(scene: Scene<F>) {
    use EraseOutcome::{Absent, Erased};
    scene.show(&[1, 2], 10).await;
    let batch = vec![order(1, 1), order(1, 2), order(2, 2), order(1, 1)];
    let done = scene.board.erase(LANE, batch).await.unwrap();
    assert_eq!(done, [Erased, Absent, Erased, Erased]);
    let looked = scene
        .board
        .get(LANE, vec![label(1), label(2)])
        .await
        .unwrap();
    assert!(looked.iter().all(|one| word(one) == "erased"));
}
