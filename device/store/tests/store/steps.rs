//! All of a step or nothing of it.

use heliograph_store::{MemberRow, StoreError};

use crate::scene::{Home, conversation, message, meta, step};

#[derive(Debug, PartialEq, Eq)]
enum Scene {
    ChangedMind,
    Store(String),
}

impl From<StoreError> for Scene {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

#[test]
fn everything_a_step_did_is_gone_after_an_error() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.set_meta("name", b"before"));
    let outcome: Result<(), Scene> = store.step(|tx| {
        tx.set_meta("name", b"after")?;
        let id = tx.insert_conversation(&conversation(1))?;
        tx.insert_message(&message(id, 1, None))?;
        Err(Scene::ChangedMind)
    });
    assert_eq!(outcome, Err(Scene::ChangedMind));
    for store in [store, home.open().unwrap()] {
        assert_eq!(meta(&store, "name").unwrap(), b"before");
        assert!(store.view(|view| view.conversations()).unwrap().is_empty());
        assert!(
            store
                .view(|view| view.message_by_id(&[1; 16]))
                .unwrap()
                .is_none()
        );
    }
}

#[test]
fn a_panic_undoes_the_step_and_the_store_goes_on() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        step(&mut store, |tx| -> Result<(), StoreError> {
            tx.set_meta("name", b"lost")?;
            panic!("a scene that goes wrong on purpose");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(meta(&store, "name"), None);
    step(&mut store, |tx| tx.set_meta("name", b"kept"));
    assert_eq!(meta(&home.open().unwrap(), "name").unwrap(), b"kept");
}

#[test]
fn an_attempt_is_undone_alone() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let done: Result<(), Scene> = store.step(|tx| {
        tx.set_meta("around", b"1")?;
        let refused: Result<(), Scene> = tx.attempt(|tx| {
            tx.set_meta("around", b"2")?;
            tx.set_meta("inside", b"2")?;
            Err(Scene::ChangedMind)
        });
        assert_eq!(refused, Err(Scene::ChangedMind));
        assert_eq!(tx.meta("around")?.unwrap().as_slice(), b"1");
        tx.attempt(|tx| tx.set_meta("second", b"3"))?;
        Ok(())
    });
    assert_eq!(done, Ok(()));
    assert_eq!(meta(&store, "around").unwrap(), b"1");
    assert_eq!(meta(&store, "inside"), None);
    assert_eq!(meta(&store, "second").unwrap(), b"3");
}

#[test]
fn an_attempt_within_an_attempt_falls_with_the_outer_one_only() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let done: Result<(), Scene> = store.step(|tx| {
        let outer: Result<(), Scene> = tx.attempt(|tx| {
            tx.attempt(|tx| tx.set_meta("inner", b"1"))?;
            Err(Scene::ChangedMind)
        });
        assert_eq!(outer, Err(Scene::ChangedMind));
        tx.attempt(|tx| {
            let inner: Result<(), Scene> = tx.attempt(|tx| {
                tx.set_meta("inner", b"2")?;
                Err(Scene::ChangedMind)
            });
            assert_eq!(inner, Err(Scene::ChangedMind));
            tx.set_meta("outer", b"3").map_err(Scene::from)
        })
    });
    assert_eq!(done, Ok(()));
    assert_eq!(meta(&store, "inner"), None);
    assert_eq!(meta(&store, "outer").unwrap(), b"3");
}

#[test]
fn an_attempt_that_succeeded_falls_with_its_step() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let outcome: Result<(), Scene> = store.step(|tx| {
        tx.attempt(|tx| tx.set_meta("name", b"1"))?;
        Err(Scene::ChangedMind)
    });
    assert_eq!(outcome, Err(Scene::ChangedMind));
    assert_eq!(meta(&store, "name"), None);
}

#[test]
fn a_refused_row_leaves_the_rest_of_the_step_to_its_caller() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    let id = step(&mut store, |tx| {
        assert!(
            tx.insert_conversation(&conversation(1)).is_err(),
            "the name is taken"
        );
        tx.insert_conversation(&conversation(2))
    });
    assert!(
        store
            .view(|view| view.conversation(id))
            .unwrap()
            .unwrap()
            .public
            == [2; 16]
    );
}

#[test]
fn a_removed_conversation_takes_its_rows_with_it() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let id = step(&mut store, |tx| {
        let id = tx.insert_conversation(&conversation(1))?;
        tx.replace_members(
            id,
            &[MemberRow {
                conversation: id,
                leaf: 0,
                person: [1; 32],
                device: [1; 32],
                name: "Ada".into(),
                level: 0,
            }],
        )?;
        tx.insert_message(&message(id, 1, None))?;
        tx.set_epoch(id, b"sender", b"slots")?;
        tx.set_chain(id, 1, b"chain")?;
        tx.set_pending_commit(id, b"commit")?;
        Ok(id)
    });
    step(&mut store, |tx| tx.remove_conversation(id));
    store
        .view(|view| -> Result<(), StoreError> {
            assert!(view.members(id)?.is_empty());
            assert!(view.message_by_id(&[1; 16])?.is_none());
            assert!(view.epoch(id)?.is_none());
            assert!(view.chains(id)?.is_empty());
            assert!(view.pending_commit(id)?.is_none());
            Ok(())
        })
        .unwrap();
}
