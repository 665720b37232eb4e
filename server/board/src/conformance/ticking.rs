//! Promises about ticks: density, chain, visibility, bounds.

use heliograph_wire::{Class, Keep, SignedTick, TICK_ITEMS_MAX, merkle};

use super::scene::{Fixture, LANE, OTHER_LANE, Scene, cell, cell_of, label, tick_after, word};
use crate::{Board, BoardError, Lookup, NewCell, TickFault};

/// Stored is not yet told.
pub async fn an_unannounced_cell_looks_absent<F: Fixture>(scene: Scene<F>) {
    scene.put(&[cell(1, 1)]).await;
    assert_eq!(word(&scene.get(1).await), "absent");
    assert!(scene.ticks(0).await.is_empty());
    assert!(scene.board.head(LANE).await.unwrap().is_none());
    scene.announce(1, 10).await.unwrap();
    assert_eq!(word(&scene.get(1).await), "found");
}

/// A get comes with the proof that the tick announced exactly this cell.
pub async fn a_found_cell_proves_its_place<F: Fixture>(scene: Scene<F>) {
    scene.show(&[90], 10).await;
    let tick = scene.show(&[1, 2, 3, 4, 5], 10).await;
    let scene = scene.reopen();
    for name in 1..=5 {
        let Lookup::Found(found) = scene.get(name).await else {
            assert_eq!(name, 0, "an announced cell is found");
            return;
        };
        let place = found.place;
        assert_eq!(place.tick, tick);
        assert!(found.body == cell(name, 1).cell.body);
        let leaf = cell(name, 1).cell.leaf();
        let (index, root) = (place.index as usize, place.tick.head.root);
        assert!(merkle::verify(&leaf, index, 5, &place.path, &root));
    }
}

/// Numbers have no holes, each tick names the one before, and the feed tells the cells.
pub async fn ticks_are_dense_in_order_and_chained<F: Fixture>(scene: Scene<F>) {
    for tick in 0..5 {
        scene.show(&[tick * 10, tick * 10 + 1], 10).await;
    }
    let scene = scene.reopen();
    scene.show(&[50], 10).await;
    let ticks = scene.ticks(0).await;
    assert!(ticks.iter().map(|t| t.signed.head.number).eq(1..=6));
    let chained =
        |pair: &[crate::TickRecord]| pair[1].signed.head.previous == pair[0].signed.hash();
    assert!(ticks.windows(2).all(chained));
    for tick in &ticks {
        let leaves: Vec<_> = tick.items.iter().map(|item| item.leaf).collect();
        assert!(merkle::root(&leaves) == tick.signed.head.root);
        assert!(tick.items.iter().all(|item| item.cell.is_some()));
    }
    assert!(ticks[5].items[0].tag == label(50).tag());
    assert_eq!(scene.board.head(LANE).await.unwrap(), Some(ticks[5].signed));
    let from = scene.ticks(4).await;
    assert!(from.iter().map(|t| t.signed.head.number).eq(4..=6));
}

/// Makes a good tick a bad one.
type Spoil = fn(&mut SignedTick);

/// The board never lets its own chain fork or skip.
pub async fn a_tick_that_does_not_follow_changes_nothing<F: Fixture>(scene: Scene<F>) {
    let head = scene.show(&[1], 10).await;
    scene.put(&[cell(2, 1), cell(3, 1)]).await;
    let waiting = scene.pending().await;
    let (good, items) = tick_after(Some(head), LANE, &waiting);
    let faults: [(Spoil, TickFault); 6] = [
        (|t| t.head.lane = OTHER_LANE, TickFault::OtherLane),
        (|t| t.head.number = 1, TickFault::NotNext { expected: 2 }),
        (|t| t.head.number = 3, TickFault::NotNext { expected: 2 }),
        (|t| t.head.previous.0[0] ^= 1, TickFault::OtherPrevious),
        (|t| t.head.items = 1, TickFault::Count),
        (|t| t.head.root[31] ^= 1, TickFault::Root),
    ];
    for (spoil, fault) in faults {
        let mut bad = good;
        spoil(&mut bad);
        let refused = scene.board.announce(LANE, bad, items.clone(), 10).await;
        assert!(matches!(refused, Err(BoardError::Tick(is)) if is == fault));
    }
    assert_eq!(scene.board.head(LANE).await.unwrap(), Some(head));
    assert_eq!(scene.pending().await.len(), 2);
    scene
        .board
        .announce(LANE, good, items.clone(), 10)
        .await
        .unwrap();
    let again = scene.board.announce(LANE, good, items, 10).await;
    assert!(matches!(again, Err(BoardError::Tick(_))));
}

/// Nothing overtakes: a tick is exactly the longest-waiting cells, sorted by label.
pub async fn a_tick_takes_the_longest_waiting_cells_only<F: Fixture>(scene: Scene<F>) {
    scene.put(&[cell(1, 1), cell(2, 1), cell(3, 1)]).await;
    let waiting = scene.pending().await;
    let refused = [vec![waiting[1]], vec![waiting[0], waiting[2]], Vec::new()];
    for choice in refused {
        let (tick, items) = tick_after(None, LANE, &choice);
        assert!(scene.board.announce(LANE, tick, items, 10).await.is_err());
    }
    let (tick, mut items) = tick_after(None, LANE, &waiting);
    items.reverse();
    assert!(scene.board.announce(LANE, tick, items, 10).await.is_err());
    scene.announce(2, 10).await.unwrap();
    assert!(scene.pending().await.iter().map(|p| p.label).eq([label(3)]));
}

/// A reader bounds what it gets, and always gets on.
pub async fn a_feed_stops_at_its_bytes_but_never_at_nothing<F: Fixture>(scene: Scene<F>) {
    for name in 0..6 {
        scene.show(&[name], 10).await;
    }
    let some = scene.board.ticks(LANE, 2, 3 * 2_600).await.unwrap();
    assert!(some.iter().map(|t| t.signed.head.number).eq(2..=4));
    let one = scene.board.ticks(LANE, 5, 1).await.unwrap();
    assert!(one.iter().map(|t| t.signed.head.number).eq([5]));
    assert!(scene.ticks(7).await.is_empty());
}

/// Large cells are fetched by get; erased ones are gone from the feed as well.
pub async fn large_and_erased_cells_are_announced_without_body<F: Fixture>(scene: Scene<F>) {
    let large = cell_of(1, 1, Keep::Day, Class::Large);
    scene.put(&[large.clone(), cell(2, 1), cell(3, 1)]).await;
    scene.announce(3, 10).await.unwrap();
    scene.erase(2, 1).await;
    let ticks = scene.ticks(1).await;
    for item in &ticks[0].items {
        let shown = item.cell.as_ref();
        assert_eq!(shown.is_some(), item.tag == label(3).tag());
        if let Some(cell) = shown {
            assert!(cell.keep == Keep::Fortnight);
        }
    }
    let Lookup::Found(found) = scene.get(1).await else {
        assert!(ticks.is_empty(), "a large cell is found by get");
        return;
    };
    assert!(found.body == large.cell.body);
}

/// The bound of a tick holds exactly.
pub async fn a_full_tick_is_announced_and_no_fuller_one<F: Fixture>(scene: Scene<F>) {
    let most = u32::try_from(TICK_ITEMS_MAX).unwrap();
    let cells: Vec<NewCell> = (0..most).map(|name| cell(name, 1)).collect();
    scene.put(&cells).await;
    scene.put(&[cell(most, 1)]).await;
    let waiting = scene.pending().await;
    assert_eq!(waiting.len(), TICK_ITEMS_MAX);
    let (mut tick, mut items) = tick_after(None, LANE, &waiting);
    tick.head.items += 1;
    items.push(label(most));
    let refused = scene.board.announce(LANE, tick, items, 10).await;
    assert!(matches!(refused, Err(BoardError::Tick(TickFault::Count))));
    scene.announce(TICK_ITEMS_MAX, 10).await.unwrap();
    assert_eq!(scene.ticks(1).await[0].items.len(), TICK_ITEMS_MAX);
    scene.announce(1, 10).await.unwrap();
}
