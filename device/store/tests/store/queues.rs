//! What waits: the outbox, outgoing cells, erasures, receipts, ticks, keys of the epoch, alarms.

use heliograph_store::{
    CellOut, ContactRow, ErasureRow, Order, OutboxRow, Position, ReceiptRow, Step, StoreError,
};

use crate::scene::{message, step, with_conversation};

fn waiting(conversation: i64, n: u8) -> OutboxRow {
    OutboxRow {
        seq: 0,
        conversation,
        message: [n; 16],
        kind: 1,
        content: vec![n],
        outgoing: None,
        sealed_by: None,
    }
}

fn cell(n: u8, owner: i64) -> CellOut {
    CellOut {
        label: [n; 32],
        lane: 1,
        keep: 0,
        erase_hash: [n; 32],
        body: vec![n; 2048],
        purpose: 4,
        owner,
        stored: false,
    }
}

#[test]
fn the_outbox_keeps_its_order_and_never_reuses_a_number() {
    let (mut store, id) = with_conversation();
    let (first, second) = step(&mut store, |tx| {
        Ok((
            tx.push_outbox(&waiting(id, 1))?,
            tx.push_outbox(&waiting(id, 2))?,
        ))
    });
    assert!(first < second);
    step(&mut store, |tx| -> Result<(), StoreError> {
        assert_eq!(tx.next_unsealed(id)?.unwrap().seq, first);
        tx.set_outgoing(first, Some(b"sealed"))?;
        assert_eq!(tx.next_unsealed(id)?.unwrap().seq, second);
        assert_eq!(tx.sealed_outbox(id)?.len(), 1);
        tx.clear_outgoing(id)?;
        assert_eq!(tx.next_unsealed(id)?.unwrap().seq, first);
        assert_eq!(tx.outbox_count(1, [0, 0])?, 2);
        assert_eq!(tx.conversations_with_outbox()?, [id]);
        tx.remove_outbox(second)
    });
    let third = step(&mut store, |tx| tx.push_outbox(&waiting(id, 3)));
    assert!(
        third > second,
        "a flight under way can never be taken for another"
    );
}

#[test]
fn what_is_given_up_leaves_the_outbox_and_stands_before_what_comes_later() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| {
        let mut said = message(id, 1, None);
        said.mine = true;
        tx.insert_message(&said)?;
        tx.push_outbox(&waiting(id, 1))?;
        tx.give_up_outbox(id, (7, 40))?;
        for (n, tick) in [(2, 40), (3, 41)] {
            tx.insert_message(&message(
                id,
                n,
                Some(Order {
                    tick,
                    leaf: 0,
                    n: 0,
                }),
            ))?;
        }
        Ok(())
    });
    let (page, left) = store
        .view(|view| Ok::<_, StoreError>((view.page(id, None, 9)?, view.outbox(id, 9)?)))
        .unwrap();
    let page: Vec<_> = page.iter().map(|row| (row.id[0], row.state)).collect();
    assert_eq!(page, [(2, 0), (1, 7), (3, 0)]);
    assert!(left.is_empty());
}

#[test]
fn one_label_never_gets_a_second_body() {
    let (mut store, _) = with_conversation();
    step(&mut store, |tx| tx.put_cell_out(&cell(1, 1)));
    let mut other = cell(1, 1);
    other.body = vec![9; 2048];
    let refused: Result<(), StoreError> = store.step(|tx| tx.put_cell_out(&other));
    assert!(refused.is_err());
    let kept = store.view(|view| view.cell_out(&[1; 32])).unwrap().unwrap();
    assert!(kept.body == cell(1, 1).body);
}

#[test]
fn cells_wait_in_order_until_the_board_holds_them() {
    let (mut store, _) = with_conversation();
    step(&mut store, |tx| -> Result<(), StoreError> {
        for n in [3, 1, 2] {
            tx.put_cell_out(&cell(n, i64::from(n % 2)))?;
        }
        tx.mark_cell_stored(&[1; 32])?;
        let labels = |cells: Vec<CellOut>| cells.iter().map(|c| c.label[0]).collect::<Vec<_>>();
        assert_eq!(labels(tx.unstored_cells(10)?), [3, 2]);
        assert_eq!(labels(tx.unstored_cells(1)?), [3]);
        assert_eq!(labels(tx.cells_out(4, 1)?), [3, 1]);
        assert_eq!(tx.unstored_of(4, 1)?, 1);
        tx.remove_cells_out(4, 1)?;
        tx.remove_cell_out(&[2; 32])?;
        assert!(tx.unstored_cells(10)?.is_empty());
        Ok(())
    });
}

#[test]
fn an_erasure_keeps_its_first_claim_until_it_is_done() {
    let (mut store, _) = with_conversation();
    let plan = |claim: u8, due_ms: i64| ErasureRow {
        label: [1; 32],
        lane: 1,
        key: [2; 32],
        claim: [claim; 16],
        due_ms,
    };
    step(&mut store, |tx| -> Result<(), StoreError> {
        tx.put_erasure(&plan(1, 100))?;
        tx.put_erasure(&plan(2, 50))?;
        assert_eq!(tx.next_erasure()?, Some(100));
        assert!(tx.erasures_due(99, 10)?.is_empty());
        assert!(tx.erasures_due(100, 10)? == [plan(1, 100)]);
        tx.remove_erasure(&[1; 32])?;
        assert_eq!(tx.next_erasure()?, None);
        Ok(())
    });
}

#[test]
fn receipts_come_due_by_conversation_and_are_planned_once() {
    let (mut store, id) = with_conversation();
    let receipt = |n: u8, due_ms: i64| ReceiptRow {
        conversation: id,
        message: [n; 16],
        device: [1; 32],
        kind: 1,
        due_ms,
    };
    step(&mut store, |tx| -> Result<(), StoreError> {
        tx.add_receipt(&receipt(1, 20))?;
        tx.add_receipt(&receipt(2, 10))?;
        tx.add_receipt(&receipt(1, 90))?;
        assert_eq!(tx.next_receipt_due()?, Some(10));
        assert!(tx.receipts_due(20, 10)? == [receipt(2, 10), receipt(1, 20)]);
        tx.remove_receipt(&receipt(2, 10))?;
        assert!(tx.receipts_due(20, 10)? == [receipt(1, 20)]);
        Ok(())
    });
}

#[test]
fn a_followed_tick_keeps_its_first_hash() {
    let (mut store, _) = with_conversation();
    step(&mut store, |tx| -> Result<(), StoreError> {
        let position = Position {
            head: vec![1, 2],
            hour: 495_000,
        };
        tx.set_position(7, &position)?;
        assert_eq!(tx.position(7)?, Some(position));
        assert_eq!(tx.position(8)?, None);
        tx.remember_tick(7, 1, &[1; 32])?;
        tx.remember_tick(7, 1, &[2; 32])?;
        tx.remember_tick(7, 2, &[3; 32])?;
        assert_eq!(tx.tick_hash(7, 1)?, Some([1; 32]));
        tx.forget_ticks_below(7, 2)?;
        assert_eq!(tx.tick_hash(7, 1)?, None);
        assert_eq!(tx.tick_hash(7, 2)?, Some([3; 32]));
        Ok(())
    });
}

#[test]
fn a_cleared_epoch_leaves_no_key_behind() {
    let (mut store, id) = with_conversation();
    let nothing_left = |tx: &Step<'_>| -> Result<bool, StoreError> {
        Ok(tx.epoch(id)?.is_none() && tx.chains(id)?.is_empty() && tx.partial(id, 1)?.is_none())
    };
    step(&mut store, |tx| -> Result<(), StoreError> {
        tx.set_epoch(id, b"sender", b"slots")?;
        tx.set_chain(id, 1, b"chain")?;
        tx.set_partial(id, 1, (Some(b"half"), false))?;
        tx.set_chain(id, 1, b"later")?;
        assert_eq!(
            tx.partial(id, 1)?.unwrap().as_slice(),
            b"half",
            "a chain moves on without it"
        );
        tx.set_sender(id, b"next")?;
        tx.set_slots(id, b"fewer")?;
        let (sender, slots) = tx.epoch(id)?.unwrap();
        assert_eq!(
            (sender.as_slice(), slots.as_slice()),
            (&b"next"[..], &b"fewer"[..])
        );
        assert!(!nothing_left(tx)?);
        tx.clear_epoch(id)?;
        assert!(nothing_left(tx)?);
        Ok(())
    });
}

#[test]
fn the_same_alarm_is_raised_once() {
    let (mut store, _) = with_conversation();
    step(&mut store, |tx| -> Result<(), StoreError> {
        assert!(tx.add_alarm("board-two-histories", b"a", 1)?);
        assert!(!tx.add_alarm("board-two-histories", b"a", 2)?);
        assert!(tx.add_alarm("board-two-histories", b"b", 3)?);
        let times: Vec<i64> = tx.alarms()?.iter().map(|alarm| alarm.at_ms).collect();
        assert_eq!(times, [1, 3]);
        Ok(())
    });
}

#[test]
fn a_first_contact_is_found_by_its_conversation() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| -> Result<(), StoreError> {
        let mut row = ContactRow {
            id: 0,
            conversation: id,
            detail: vec![1],
        };
        row.id = tx.insert_contact(&row)?;
        row.detail = vec![2];
        tx.update_contact(&row)?;
        assert!(tx.contacts_of(id)? == [row.clone()]);
        assert!(tx.contacts()? == [row.clone()]);
        tx.remove_contact(row.id)?;
        assert!(tx.contact(row.id)?.is_none());
        Ok(())
    });
}
