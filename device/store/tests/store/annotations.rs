//! What is said about messages: kept apart, in board order, and bounded while its message is not here.

use heliograph_store::{AnnotationRow, Order, Store};

use crate::scene::{message, step, with_conversation};

fn at(tick: u64) -> Option<Order> {
    Some(Order {
        tick,
        leaf: 0,
        n: 0,
    })
}

fn said(
    conversation: i64,
    (n, person): (u8, u8),
    target: u8,
    order: Option<Order>,
) -> AnnotationRow {
    AnnotationRow {
        seq: 0,
        conversation,
        id: [n; 16],
        target: [target; 16],
        device: [person; 32],
        person: [person; 32],
        mine: false,
        at_ms: 5,
        kind: 3,
        body: "Ahoy".into(),
        mentions: Vec::new(),
        state: 10,
        order,
        sealed_by: None,
        due_ms: None,
        oldest_ms: None,
    }
}

fn ids(store: &Store, conversation: i64, target: u8) -> Vec<u8> {
    let rows = store.view(|view| view.annotations(conversation, &[target; 16]));
    rows.unwrap().iter().map(|row| row.id[0]).collect()
}

#[test]
fn what_is_said_about_a_message_comes_back_in_board_order_each_once() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| {
        assert!(tx.insert_annotation(&said(id, (1, 1), 9, None))?);
        assert!(tx.insert_annotation(&said(id, (2, 1), 9, at(7)))?);
        assert!(tx.insert_annotation(&said(id, (3, 1), 9, at(5)))?);
        assert!(!tx.insert_annotation(&said(id, (3, 1), 9, at(8)))?);
        assert!(tx.insert_annotation(&said(id, (4, 1), 8, at(6)))?);
        Ok(())
    });
    assert_eq!(ids(&store, id, 9), [3, 2, 1]);
    assert_eq!(ids(&store, id, 8), [4]);
}

#[test]
fn ones_own_only_goes_forward_and_what_is_given_up_keeps_a_place() {
    let (mut store, id) = with_conversation();
    let own = |n| AnnotationRow {
        mine: true,
        state: 1,
        ..said(id, (n, 1), 9, None)
    };
    step(&mut store, |tx| {
        tx.insert_annotation(&own(1))?;
        tx.insert_annotation(&own(2))?;
        assert!(tx.settle_annotation(id, &[1; 16], (3, at(4)))?);
        assert!(!tx.settle_annotation(id, &[1; 16], (2, None))?);
        assert_eq!(tx.annotated_meanwhile(id)?, [[9; 16]]);
        tx.give_up_annotations(id, (0, 40))?;
        assert!(tx.annotated_meanwhile(id)?.is_empty());
        Ok(())
    });
    let rows = store.view(|view| view.annotations(id, &[9; 16])).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.state, row.order)).collect();
    assert_eq!(told, [(3, at(4)), (0, Some(Order::end_of(40)))]);
}

#[test]
fn of_what_waits_for_its_message_the_newest_of_each_person_are_kept() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| {
        // About a message that is here: not counted among what waits.
        tx.insert_message(&message(id, 9, at(1)))?;
        tx.insert_annotation(&said(id, (1, 1), 9, at(2)))?;
        for n in 10..20 {
            tx.insert_annotation(&said(id, (n, 1), 50, at(n.into())))?;
        }
        // Somebody else cannot be pushed out.
        tx.insert_annotation(&said(id, (2, 2), 50, at(3)))?;
        tx.bound_annotations(id, (&[1; 32], 4))
    });
    assert_eq!(ids(&store, id, 50), [2, 16, 17, 18, 19]);
    assert_eq!(ids(&store, id, 9), [1]);
}

#[test]
fn an_erased_message_keeps_its_place_and_nothing_it_said() {
    let (mut store, id) = with_conversation();
    let mut secret = message(id, 2, at(2));
    secret.content = b"the harbour at nine".to_vec();
    secret.text = Some("the harbour at nine".into());
    secret.in_reply_to = Some([1; 16]);
    let rows = [message(id, 1, at(1)), secret, message(id, 3, at(3))];
    step(&mut store, |tx| {
        for row in &rows {
            tx.insert_message(row)?;
        }
        tx.set_text(id, &[2; 16], (Some("the harbour at ten"), true))?;
        tx.erase_message(id, &[2; 16], true)?;
        tx.set_text(id, &[2; 16], (Some("back again"), true))
    });
    let page = store.view(|view| view.page(id, None, 10)).unwrap();
    let places: Vec<u8> = page.iter().map(|row| row.id[0]).collect();
    assert_eq!(places, [1, 2, 3]);
    let stone = &page[1];
    assert!(stone.text.is_none() && stone.content.is_empty() && stone.in_reply_to.is_none());
    assert!(stone.fate.deleted && !stone.fate.edited && stone.read);
    assert!(!step(&mut store, |tx| tx.insert_message(&rows[1])));
}

#[test]
fn a_message_hidden_here_is_in_no_list_and_pages_go_on_after_it() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| {
        for n in 1..=3 {
            tx.insert_message(&message(id, n, at(n.into())))?;
        }
        tx.erase_message(id, &[2; 16], false)?;
        tx.erase_message(id, &[3; 16], false)
    });
    let listed = |after: Option<&[u8; 16]>| -> Vec<u8> {
        let page = store.view(|view| view.page(id, after, 10)).unwrap();
        page.iter().map(|row| row.id[0]).collect()
    };
    assert_eq!(listed(None), [1]);
    assert!(listed(Some(&[2; 16])).is_empty());
    let last = store.view(|view| view.last(id)).unwrap().unwrap();
    assert_eq!(last.id[0], 1);
    assert_eq!(store.view(|view| view.unread(id)).unwrap(), 1);
}
