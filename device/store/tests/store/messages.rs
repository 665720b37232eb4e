//! Messages: once each, in board order, states only upwards.

use heliograph_store::{MessageRow, Order, Store};
use proptest::prelude::*;

use crate::scene::{message, step, with_conversation};

fn at(tick: u64) -> Option<Order> {
    Some(Order {
        tick,
        leaf: 0,
        n: 0,
    })
}

fn ids(rows: &[MessageRow]) -> Vec<u8> {
    rows.iter().map(|row| row.id[0]).collect()
}

fn get(store: &Store, id: u8) -> MessageRow {
    store
        .view(|view| view.message_by_id(&[id; 16]))
        .unwrap()
        .unwrap()
}

#[test]
fn a_message_that_comes_twice_changes_nothing() {
    let (mut store, id) = with_conversation();
    let first = message(id, 1, at(3));
    let mut second = message(id, 1, at(9));
    second.text = Some("Something else".into());
    second.content = vec![9];
    assert!(step(&mut store, |tx| tx.insert_message(&first)));
    assert!(!step(&mut store, |tx| tx.insert_message(&second)));
    let rows = store.view(|view| view.page(id, None, 10)).unwrap();
    assert!(rows == [first]);
}

#[test]
fn another_device_cannot_take_the_place_of_a_message_by_its_id() {
    let (mut store, id) = with_conversation();
    let mut own = message(id, 1, at(3));
    own.mine = true;
    let mut foreign = message(id, 1, at(4));
    foreign.device = [9; 32];
    step(&mut store, |tx| tx.insert_message(&own));
    assert!(step(&mut store, |tx| tx.insert_message(&foreign)));
    step(&mut store, |tx| {
        tx.set_message_state(id, &own.id, 2)?;
        tx.set_order(
            id,
            &own.id,
            Order {
                tick: 8,
                leaf: 0,
                n: 0,
            },
        )
    });
    let rows = store.view(|view| view.page(id, None, 10)).unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.mine, row.state, row.order))
        .collect();
    assert_eq!(told, [(false, 0, at(4)), (true, 2, at(8))]);
}

#[test]
fn an_id_that_two_devices_used_means_the_own_message() {
    let (mut store, id) = with_conversation();
    let mut foreign = message(id, 1, at(3));
    foreign.device = [9; 32];
    let between = message(id, 2, at(4));
    let mut own = message(id, 1, at(5));
    own.mine = true;
    let later = message(id, 3, at(6));
    step(&mut store, |tx| {
        for row in [&foreign, &between, &own, &later] {
            assert!(tx.insert_message(row)?);
        }
        Ok(())
    });
    let found = store.view(|view| view.message(id, &own.id)).unwrap();
    assert!(found == Some(own.clone()));
    assert!(get(&store, 1) == own);
    let after = store.view(|view| view.page(id, Some(&own.id), 10)).unwrap();
    assert_eq!(ids(&after), [3]);
    let read = step(&mut store, |tx| tx.mark_read(id, (None, Some(&own.id)), 0));
    assert_eq!(read.len(), 2, "up to the own message, not to its copy");
}

#[test]
fn a_message_without_a_place_comes_last_until_it_gets_one() {
    let (mut store, id) = with_conversation();
    let mut own = message(id, 1, None);
    own.mine = true;
    step(&mut store, |tx| {
        tx.insert_message(&own)?;
        tx.insert_message(&message(id, 2, at(2)))?;
        tx.insert_message(&message(id, 3, at(4)))
    });
    let page = |store: &Store| ids(&store.view(|view| view.page(id, None, 10)).unwrap());
    assert_eq!(page(&store), [2, 3, 1]);
    step(&mut store, |tx| tx.set_order(id, &own.id, at(3).unwrap()));
    assert_eq!(page(&store), [2, 1, 3]);
    let last = store.view(|view| view.last(id)).unwrap().unwrap();
    assert_eq!(last.id, [3; 16]);
}

#[test]
fn reading_up_to_a_message_names_what_was_newly_read() {
    let (mut store, id) = with_conversation();
    let mut own = message(id, 2, at(2));
    own.mine = true;
    step(&mut store, |tx| {
        tx.insert_message(&message(id, 3, at(3)))?;
        tx.insert_message(&own)?;
        tx.insert_message(&message(id, 1, at(1)))
    });
    let unread = |store: &Store| store.view(|view| view.unread(id)).unwrap();
    assert_eq!(unread(&store), 2);
    assert_eq!(
        step(&mut store, |tx| tx.mark_read(id, (None, Some(&[2; 16])), 0)),
        [([1; 16], [1; 32])]
    );
    assert_eq!(unread(&store), 1);
    assert!(
        step(&mut store, |tx| tx.mark_read(
            id,
            (None, Some(&[99; 16])),
            0
        ))
        .is_empty()
    );
    assert_eq!(
        step(&mut store, |tx| tx.mark_read(id, (None, None), 0)),
        [([3; 16], [1; 32])]
    );
    assert!(step(&mut store, |tx| tx.mark_read(id, (None, None), 0)).is_empty());
    assert!(get(&store, 3).read && !get(&store, 2).read);
}

fn places() -> impl Strategy<Value = Vec<Option<Order>>> {
    let order = (0_u64..4, 0_u32..3, 0_u32..4).prop_map(|(tick, leaf, n)| Order { tick, leaf, n });
    prop::collection::vec(prop::option::weighted(0.8, order), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_together_are_the_board_order(places in places(), limit in 1_u32..9) {
        let (mut store, id) = with_conversation();
        let mut expected: Vec<(bool, Option<Order>, u8)> = Vec::new();
        step(&mut store, |tx| {
            for (n, place) in (0_u8..).zip(&places) {
                assert!(tx.insert_message(&message(id, n, *place))?);
                expected.push((place.is_none(), *place, n));
            }
            Ok(())
        });
        expected.sort();
        let expected: Vec<u8> = expected.into_iter().map(|(_, _, n)| n).collect();
        let mut found: Vec<u8> = Vec::new();
        loop {
            let after = found.last().map(|n| [*n; 16]);
            let page = store.view(|view| view.page(id, after.as_ref(), limit)).unwrap();
            prop_assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            found.extend(ids(&page));
        }
        prop_assert_eq!(&found, &expected);
        let last = store.view(|view| view.last(id)).unwrap().map(|row| row.id[0]);
        prop_assert_eq!(last, expected.last().copied());
    }

    #[test]
    fn states_only_go_up(states in prop::collection::vec(0_i64..6, 1..20)) {
        let (mut store, id) = with_conversation();
        let mut own = message(id, 1, None);
        own.mine = true;
        step(&mut store, |tx| tx.insert_message(&own));
        let mut highest = 0;
        for state in states {
            let moved = step(&mut store, |tx| tx.set_message_state(id, &own.id, state));
            prop_assert_eq!(moved, state > highest);
            highest = highest.max(state);
            prop_assert_eq!(get(&store, 1).state, highest);
        }
    }

    #[test]
    fn acknowledgements_only_go_up(levels in prop::collection::vec(0_i64..6, 1..20)) {
        let (mut store, id) = with_conversation();
        for level in &levels {
            step(&mut store, |tx| tx.set_ack(id, &[1; 16], &[2; 32], *level));
        }
        let found = store.view(|view| view.acks(id, &[1; 16])).unwrap();
        prop_assert_eq!(found, [([2; 32], levels.iter().copied().max().unwrap())]);
    }
}

#[test]
fn pages_are_read_from_the_end_as_well() {
    let (mut store, id) = with_conversation();
    for n in 0..7_u8 {
        let order = at(u64::from(n) + 1).filter(|_| n < 6);
        step(&mut store, |tx| tx.insert_message(&message(id, n, order)));
    }
    let back = |before: Option<u8>, limit| -> Vec<u8> {
        let before = before.map(|n| [n; 16]);
        let rows = store.view(|view| view.page_back(id, before.as_ref(), limit));
        rows.unwrap().iter().map(|row| row.id[0]).collect()
    };
    assert_eq!(back(None, 3), [4, 5, 6], "what has no place yet comes last");
    assert_eq!(back(Some(4), 3), [1, 2, 3]);
    assert_eq!(back(Some(1), 3), [0]);
    assert_eq!(back(Some(0), 3), [0_u8; 0]);
}
