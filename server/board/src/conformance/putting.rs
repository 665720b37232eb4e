//! Promises about putting: one winner, retries, order, bounds.

use std::sync::Arc;

use super::scene::{Fixture, LANE, OTHER_LANE, STRANGE, Scene, cell, cell_of, label, order, word};
use crate::{BATCH_MAX, Board, BoardError, CommitLimits, Committer, NewCell, PutOutcome};
use heliograph_wire::{Class, Keep, LaneId};

/// Put is put-if-absent, whoever is fastest.
pub async fn sixty_four_writers_of_one_label_have_one_winner<F: Fixture>(scene: Scene<F>) {
    let writers: Vec<_> = (0..64_u8)
        .map(|content| {
            let board = Arc::clone(&scene.board);
            tokio::spawn(async move { board.put(LANE, vec![cell(1, content)]).await })
        })
        .collect();
    let mut stored = Vec::new();
    for (content, writer) in (0..).zip(writers) {
        let outcome = writer.await.unwrap().unwrap()[0];
        assert_ne!(outcome, PutOutcome::Same, "all writers had other bytes");
        if outcome == PutOutcome::Stored {
            stored.push(content);
        }
    }
    assert_eq!(stored.len(), 1, "exactly one writer wins");
    assert_eq!(scene.put(&[cell(1, stored[0])]).await, [PutOutcome::Same]);
    assert_eq!(scene.pending().await.len(), 1);
}

/// Same needs the same body, keep and erase-hash, before and after the announcement.
pub async fn a_retry_is_same_and_a_stranger_is_taken<F: Fixture>(scene: Scene<F>) {
    let mut other_hash = cell(1, 1);
    other_hash.cell.erase_hash = STRANGE;
    let mut later = cell(1, 1);
    later.expiry_day += 1;
    let strangers = [
        cell(1, 2),
        cell_of(1, 1, Keep::Day, Class::Small),
        cell_of(1, 1, Keep::Fortnight, Class::Large),
        other_hash,
    ];
    assert_eq!(scene.put(&[cell(1, 1)]).await, [PutOutcome::Stored]);
    for _ in 0..2 {
        assert_eq!(scene.put(&strangers).await, [PutOutcome::Taken; 4]);
        let retries = [cell(1, 1), later.clone()];
        assert_eq!(scene.put(&retries).await, [PutOutcome::Same; 2]);
        if scene.pending().await.len() == 1 {
            scene.announce(1, 10).await.unwrap();
        }
    }
}

/// A batch is as good as its puts one by one.
pub async fn puts_of_one_label_within_a_batch_resolve_in_order<F: Fixture>(scene: Scene<F>) {
    use PutOutcome::{Same, Stored, Taken};
    let batch = [cell(1, 1), cell(1, 2), cell(2, 1), cell(1, 1), cell(2, 1)];
    assert_eq!(scene.put(&batch).await, [Stored, Taken, Stored, Same, Same]);
    assert_eq!(scene.pending().await.len(), 2);
}

/// A lane that was not configured does not come to be by use.
pub async fn a_lane_that_is_not_served_is_refused<F: Fixture>(scene: Scene<F>) {
    let strange = LaneId(99);
    let put = scene.board.put(strange, vec![cell(1, 1)]).await;
    assert!(matches!(put, Err(BoardError::NoLane { lane }) if lane == strange));
    let got = scene.board.get(strange, vec![label(1)]).await;
    assert!(matches!(got, Err(BoardError::NoLane { .. })));
    assert!(scene.board.head(strange).await.is_err());
    assert!(scene.board.ticks(strange, 0, 9).await.is_err());
}

/// One label on two lanes is two labels.
pub async fn lanes_know_nothing_of_each_other<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 10).await;
    let there = &scene.board;
    let put = there.put(OTHER_LANE, vec![cell(1, 2)]).await.unwrap();
    assert_eq!(put, [PutOutcome::Stored]);
    assert!(there.head(OTHER_LANE).await.unwrap().is_none());
    let got = there.get(OTHER_LANE, vec![label(1)]).await.unwrap();
    assert_eq!(word(&got[0]), "absent");
    let erased = there.erase(OTHER_LANE, vec![order(1, 1)]).await.unwrap();
    assert_eq!(erased, [crate::EraseOutcome::Absent]);
    assert!(
        there
            .ticks(OTHER_LANE, 0, usize::MAX)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(scene.pending().await.is_empty());
}

/// Bounds are refused before anything is stored.
pub async fn a_batch_over_its_bound_is_refused_whole<F: Fixture>(scene: Scene<F>) {
    let many: Vec<NewCell> = (0..=4_096).map(|name| cell(name, 1)).collect();
    let put = scene.board.put(LANE, many).await;
    assert!(matches!(put, Err(BoardError::TooMuch { most: BATCH_MAX })));
    let labels = (0..=4_096).map(label).collect();
    assert!(scene.board.get(LANE, labels).await.is_err());
    let orders = (0..=4_096).map(|name| order(name, 1)).collect();
    assert!(scene.board.erase(LANE, orders).await.is_err());
    assert!(scene.pending().await.is_empty());
    assert!(scene.put(&[]).await.is_empty());
}

/// The order of arrival is the order of announcement.
pub async fn what_was_put_first_is_pending_first<F: Fixture>(scene: Scene<F>) {
    for name in [5, 3, 9, 1] {
        scene.put(&[cell(name, 1)]).await;
    }
    scene.put(&[cell(8, 1), cell(3, 1), cell(2, 1)]).await;
    let pending = scene.pending().await;
    let expected = [5, 3, 9, 1, 8, 2].map(label);
    assert!(pending.iter().map(|p| p.label).eq(expected));
    assert!(pending.is_sorted_by_key(|p| p.seq));
    let oldest = scene.board.pending(LANE, 2).await.unwrap();
    assert!(oldest.iter().map(|p| p.label).eq([5, 3].map(label)));
}

/// A board that stops between put and tick announces after the restart, in the same order.
pub async fn pending_cells_still_pend_after_reopening<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1, 2], 10).await;
    scene.put(&[cell(4, 1), cell(3, 1)]).await;
    let scene = scene.reopen();
    scene.put(&[cell(0, 1)]).await;
    let pending = scene.pending().await;
    assert!(pending.iter().map(|p| p.label).eq([4, 3, 0].map(label)));
    let tick = scene.announce(3, 10).await.unwrap();
    assert_eq!(tick.head.number, 2);
    assert_eq!(word(&scene.get(4).await), "found");
}

/// Group commit changes nothing but the speed.
pub async fn the_committer_answers_everyone_and_loses_nothing<F: Fixture>(scene: Scene<F>) {
    let limits = CommitLimits {
        queue: 8,
        batch: 16,
        batch_bytes: 20 * 2_048,
    };
    let (committer, done) = Committer::start(Arc::clone(&scene.board), LANE, limits);
    let stored = committer.stored();
    let puts: Vec<_> = (0..200_u32)
        .map(|n| {
            let committer = committer.clone();
            tokio::spawn(async move { committer.put(cell(n / 2, 1)).await.unwrap() })
        })
        .collect();
    let mut outcomes = Vec::new();
    for put in puts {
        outcomes.push(put.await.unwrap());
    }
    let won = outcomes.iter().filter(|o| **o == PutOutcome::Stored);
    assert_eq!(won.count(), 100);
    assert!(!outcomes.contains(&PutOutcome::Taken));
    drop(committer);
    done.await.unwrap();
    assert_eq!(*stored.borrow(), 100);
    assert_eq!(scene.pending().await.len(), 100);
}

/// A batch that fails fails for all of it, and the committer goes on.
pub async fn the_committer_passes_a_refusal_to_everyone<F: Fixture>(scene: Scene<F>) {
    let limits = CommitLimits::default();
    let (committer, done) = Committer::start(Arc::clone(&scene.board), LaneId(99), limits);
    for name in 0..3 {
        let puts = [committer.put(cell(name, 1)), committer.put(cell(name, 1))];
        for put in puts {
            assert!(matches!(put.await, Err(BoardError::NoLane { .. })));
        }
    }
    assert_eq!(*committer.stored().borrow(), 0);
    drop(committer);
    done.await.unwrap();
}
