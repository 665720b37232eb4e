//! Promises about time: spans, their fading, and what is forgotten when.

use heliograph_wire::{Class, Keep};

use super::scene::{Fixture, LANE, Scene, cell, cell_of, word};
use crate::{Board, Expired, PutOutcome, Span};

/// Tells fine hours for a day and six-hour blocks afterwards, without losing or reordering a tick.
pub async fn spans_list_ticks_by_hour_and_fade_to_six<F: Fixture>(scene: Scene<F>) {
    for (name, hour) in [(1, 601), (2, 601), (3, 605), (4, 606)] {
        scene.show(&[name], hour).await;
    }
    let span = async |hour| scene.board.span(LANE, hour).await.unwrap();
    let one = |first_hour, first, end| Span {
        first_hour,
        hours: 1,
        first,
        end,
    };
    assert_eq!(span(601).await, one(601, 1, 3));
    assert_eq!(span(605).await, one(605, 3, 4));
    let empty = span(602).await;
    assert_eq!((empty.hours, empty.first), (1, empty.end));
    scene.board.expire(629).await.unwrap();
    assert_eq!(span(601).await, one(601, 1, 3));
    scene.board.expire(630).await.unwrap();
    for hour in 600..606 {
        let block = Span {
            first_hour: 600,
            hours: 6,
            first: 1,
            end: 4,
        };
        assert_eq!(span(hour).await, block);
    }
    assert_eq!(span(606).await, one(606, 4, 5));
    assert!(
        scene
            .ticks(1)
            .await
            .iter()
            .map(|t| t.signed.head.number)
            .eq(1..=4)
    );
    let scene = scene.reopen();
    assert_eq!(scene.board.span(LANE, 603).await.unwrap().hours, 6);
}

/// Tick order wins over the clock.
pub async fn a_clock_set_back_keeps_spans_in_order<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 700).await;
    scene.show(&[2], 650).await;
    scene.show(&[3], 701).await;
    let span = scene.board.span(LANE, 700).await.unwrap();
    assert_eq!((span.first, span.end), (1, 3));
    let before = scene.board.span(LANE, 650).await.unwrap();
    assert_eq!(before.first, before.end);
    let after = scene.board.span(LANE, 701).await.unwrap();
    assert_eq!((after.first, after.end), (3, 4));
}

/// On its expiry day a cell goes, and its label is free again.
pub async fn expiry_frees_labels_and_bodies<F: Fixture>(scene: Scene<F>) {
    let (day, fortnight, permanent) = (
        cell_of(1, 1, Keep::Day, Class::Small),
        cell_of(2, 1, Keep::Fortnight, Class::Large),
        cell_of(3, 1, Keep::Permanent, Class::Small),
    );
    scene.put(&[day.clone(), fortnight, permanent]).await;
    scene.announce(3, 10).await.unwrap();
    let expire = async |day: u32| scene.board.expire(day * 24).await.unwrap();
    assert_eq!(expire(1).await, Expired::default());
    assert_eq!(word(&scene.get(1).await), "found");
    let gone = expire(2).await;
    assert_eq!((gone.cells, gone.bytes, gone.ticks), (1, 2_048, 0));
    assert_eq!(word(&scene.get(1).await), "absent");
    assert_eq!(word(&scene.get(2).await), "found");
    let feed = scene.ticks(1).await;
    assert_eq!(feed[0].items.iter().filter(|i| i.cell.is_some()).count(), 1);
    assert_eq!(scene.put(&[day]).await, [PutOutcome::Stored]);
    assert_eq!(expire(15).await.bytes, 65_536);
    let scene = scene.reopen();
    scene.board.expire(9_000_000).await.unwrap();
    assert_eq!(word(&scene.get(3).await), "found");
    assert_eq!(word(&scene.get(2).await), "absent");
}

/// What is left of an erased cell lives as long as the cell would have.
pub async fn tombstones_expire_too<F: Fixture>(scene: Scene<F>) {
    scene.show(&[1], 10).await;
    scene.erase(1, 1).await;
    scene.board.expire(14 * 24).await.unwrap();
    assert_eq!(word(&scene.get(1).await), "erased");
    let gone = scene.board.expire(15 * 24).await.unwrap();
    assert_eq!((gone.cells, gone.bytes), (1, 0));
    assert_eq!(word(&scene.get(1).await), "absent");
    assert_eq!(scene.put(&[cell(1, 2)]).await, [PutOutcome::Stored]);
}

/// An acknowledged cell is announced first, even after its day.
pub async fn a_pending_cell_never_expires_unseen<F: Fixture>(scene: Scene<F>) {
    scene.put(&[cell(1, 1)]).await;
    assert_eq!(scene.board.expire(99 * 24).await.unwrap().cells, 0);
    let scene = scene.reopen();
    scene.announce(1, 99 * 24).await.unwrap();
    assert_eq!(word(&scene.get(1).await), "found");
    assert_eq!(scene.board.expire(99 * 24).await.unwrap().cells, 1);
}

/// A tick is kept a fortnight, and as long as a get must be able to prove one of its cells.
pub async fn ticks_go_after_a_fortnight_unless_a_cell_lives_longer<F: Fixture>(scene: Scene<F>) {
    scene.put(&[cell_of(1, 1, Keep::Day, Class::Small)]).await;
    scene.announce(1, 0).await.unwrap();
    scene
        .put(&[cell_of(2, 1, Keep::Permanent, Class::Small)])
        .await;
    scene.announce(1, 0).await.unwrap();
    scene.show(&[3], 24).await;
    let expire = async |day: u32| scene.board.expire(day * 24).await.unwrap().ticks;
    let numbers = async || {
        let ticks = scene.ticks(0).await;
        ticks
            .iter()
            .map(|t| t.signed.head.number)
            .collect::<Vec<_>>()
    };
    assert_eq!(expire(14).await, 0);
    assert_eq!(expire(15).await, 1);
    assert_eq!(numbers().await, [2, 3]);
    assert_eq!(expire(16).await, 1);
    assert_eq!(numbers().await, [2]);
    let span = scene.board.span(LANE, 0).await.unwrap();
    assert_eq!(span.first, span.end);
    assert_eq!(word(&scene.get(2).await), "found");
}

/// A quiet lane does not start its chain anew.
pub async fn the_head_outlives_its_tick<F: Fixture>(scene: Scene<F>) {
    let head = scene.show(&[1], 10).await;
    scene.board.expire(40 * 24).await.unwrap();
    assert!(scene.ticks(0).await.is_empty());
    let scene = scene.reopen();
    assert_eq!(scene.board.head(LANE).await.unwrap(), Some(head));
    let next = scene.show(&[2], 40 * 24).await;
    assert_eq!(next.head.number, 2);
}
