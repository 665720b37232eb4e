//! What a destroyed key sealed cannot be read again, whatever copy of the database is there.

use std::path::Path;

use heliograph_store::{
    AnnotationRow, Keep, Life, MessageRow, Order, Sought, Store, StoreError, StoreKey,
};

use crate::scene::{Home, KEY, conversation, message, step};

const AT: Option<Order> = Some(Order {
    tick: 3,
    leaf: 1,
    n: 0,
});

/// A message with words that goes at `due_ms`.
fn fleeting(
    tx: &heliograph_store::Step<'_>,
    n: u8,
    words: &str,
    due_ms: i64,
) -> Result<MessageRow, StoreError> {
    let life = Life {
        sealed_by: Some(tx.take_key()?),
        timer_s: 30,
        due_ms: Some(due_ms),
    };
    Ok(MessageRow {
        text: Some(words.to_owned()),
        content: words.as_bytes().to_vec(),
        life,
        ..message(1, n, AT)
    })
}

fn begun(home: &Home) -> Store {
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    step(&mut store, |tx| {
        tx.insert_message(&fleeting(tx, 1, "quetzalcoatlus", 500)?)
    });
    store
}

fn text(store: &Store, n: u8) -> Option<String> {
    let found = store.view(|view| view.message(1, &[n; 16])).unwrap();
    found.and_then(|row| row.text)
}

fn words(store: &Store, words: &str) -> Vec<u8> {
    let sought = Sought {
        words: words.to_owned(),
        limit: 10,
        ..Sought::default()
    };
    let found = store.view(|view| view.search(&sought)).unwrap();
    found.iter().map(|find| find.id[0]).collect()
}

/// The database and log of one home under the keys of another.
fn with_keys(database: &(Vec<u8>, Vec<u8>), keys: &Path) -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("profile.db");
    std::fs::write(&path, &database.0).unwrap();
    if !database.1.is_empty() {
        std::fs::write(home.path().join("profile.db-wal"), &database.1).unwrap();
    }
    std::fs::copy(keys, home.path().join("profile.keys")).unwrap();
    let store = Store::open(&path, &StoreKey::new(KEY)).unwrap();
    (home, store)
}

#[test]
fn an_old_copy_of_the_database_cannot_be_read_with_the_keys_that_are_left() {
    let home = Home::new();
    let mut store = begun(&home);
    let keys = home.path().with_extension("keys");
    let (before, old_keys) = (home.bytes(), home.path().with_extension("old"));
    std::fs::copy(&keys, &old_keys).unwrap();
    assert_eq!(text(&store, 1).as_deref(), Some("quetzalcoatlus"));
    assert!(step(&mut store, |tx| tx.expire(499, 10)).is_empty());
    assert_eq!(step(&mut store, |tx| tx.expire(500, 10)), [1]);
    assert!(!store.has_undestroyed_keys());
    assert_eq!(
        store
            .view(|view| view.message(1, &[1; 16]))
            .unwrap()
            .map(|row| row.id),
        None
    );

    let (_home, copy) = with_keys(&before, &keys);
    let row = copy
        .view(|view| view.message(1, &[1; 16]))
        .unwrap()
        .unwrap();
    assert_eq!((row.text, row.content), (None, Vec::new()));
    assert_eq!(words(&copy, "quetzalcoatlus"), [0_u8; 0]);
    // The same copy with the keys of that time: what was there was there.
    let (_home, copy) = with_keys(&before, &old_keys);
    assert_eq!(text(&copy, 1).as_deref(), Some("quetzalcoatlus"));
    assert_eq!(words(&copy, "quetzal"), [1]);
}

#[test]
fn words_are_found_while_they_are_there_and_stand_in_no_index_on_the_disk() {
    let mut store = Store::in_memory().unwrap();
    step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    let say = |store: &mut Store, n, said: &str| {
        step(store, |tx| tx.insert_message(&fleeting(tx, n, said, 500)?));
    };
    say(&mut store, 1, "the light is dim");
    assert_eq!(words(&store, "light"), [1]);
    // Kept up to date from now on: new, changed, undone, gone.
    say(&mut store, 2, "light tonight, 灯台");
    step(&mut store, |tx| tx.insert_message(&message(1, 3, AT)));
    assert_eq!(words(&store, "light"), [2, 1]);
    assert_eq!(words(&store, "台"), [2]);
    assert_eq!(words(&store, "ahoy"), [3]);
    step(&mut store, |tx| {
        tx.set_text(1, &[1; 16], (Some("a lamp"), true))
    });
    assert_eq!(
        (words(&store, "light"), words(&store, "lamp")),
        (vec![2], vec![1])
    );
    let undone: Result<(), StoreError> = store.step(|tx| {
        tx.set_text(1, &[1; 16], (Some("nothing"), true))?;
        Err(StoreError::Full)
    });
    assert!(undone.is_err());
    assert_eq!(
        (words(&store, "nothing"), words(&store, "lamp")),
        (vec![], vec![1])
    );
    step(&mut store, |tx| tx.erase_message(1, &[2; 16], true));
    step(&mut store, |tx| tx.expire(500, 10));
    assert_eq!(
        (words(&store, "light"), words(&store, "lamp")),
        (vec![], vec![])
    );
    assert_eq!(words(&store, "ahoy"), [3]);
}

#[test]
fn a_key_is_destroyed_with_the_last_thing_it_seals() {
    let home = Home::new();
    let mut store = begun(&home);
    let keys = || std::fs::read(home.path().with_extension("keys")).unwrap();
    let first = keys();
    // What is still to be sent holds the key.
    let outbox = heliograph_store::OutboxRow {
        seq: 0,
        conversation: 1,
        message: [1; 16],
        kind: 1,
        content: b"quetzalcoatlus".to_vec(),
        outgoing: None,
        sealed_by: Some(1),
    };
    let seq = step(&mut store, |tx| tx.push_outbox(&outbox));
    step(&mut store, |tx| tx.erase_message(1, &[1; 16], false));
    assert_eq!(keys(), first);
    let waits = store.view(|view| view.next_unsealed(1)).unwrap().unwrap();
    assert_eq!(waits.content, b"quetzalcoatlus");
    step(&mut store, |tx| tx.remove_outbox(seq));
    let second = keys();
    assert_ne!(second[32..64], first[32..64]);
    assert_eq!((&second[..32], &second[64..]), (&first[..32], &first[64..]));
}

#[test]
fn drafts_go_by_themselves_too_and_all_that_was_written_of_one_has_one_key() {
    let home = Home::new();
    let mut store = begun(&home);
    let keys = || std::fs::read(home.path().with_extension("keys")).unwrap();
    let draft = |store: &Store| store.view(|view| view.kept(1)).unwrap().draft;
    let before = keys();
    step(&mut store, |tx| {
        tx.keep(1, Keep::Draft("Dear", Some(900)), 5)
    });
    step(&mut store, |tx| {
        tx.keep(1, Keep::Draft("Dear Ben", Some(901)), 6)
    });
    assert_eq!(draft(&store).unwrap().0, "Dear Ben");
    assert_eq!(keys(), before);
    step(&mut store, |tx| tx.keep(1, Keep::Draft("", None), 7));
    assert_ne!(keys()[64..96], before[64..96]);
    step(&mut store, |tx| {
        tx.keep(1, Keep::FullDraft("Dear Carl", Some(900)), 8)
    });
    assert_eq!(store.view(|view| view.next_due()).unwrap(), Some(500));
    step(&mut store, |tx| tx.expire(900, 10));
    assert_eq!(draft(&store), None);
    assert_eq!(store.view(|view| view.next_due()).unwrap(), None);
}

#[test]
fn reading_begins_the_time_of_a_message_and_never_lengthens_it() {
    let mut store = Store::in_memory().unwrap();
    step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    step(&mut store, |tx| {
        tx.insert_message(&fleeting(tx, 1, "a", 900_000)?)
    });
    step(&mut store, |tx| {
        tx.insert_message(&fleeting(tx, 2, "b", 10_000)?)
    });
    step(&mut store, |tx| tx.insert_message(&message(1, 3, AT)));
    step(&mut store, |tx| tx.mark_read(1, (None, None), 1_000));
    let due = |n: u8| {
        store
            .view(|view| view.message(1, &[n; 16]))
            .unwrap()
            .unwrap()
            .life
            .due_ms
    };
    assert_eq!((due(1), due(2), due(3)), (Some(31_000), Some(10_000), None));
}

#[test]
fn without_its_keys_a_profile_opens_and_what_they_sealed_is_gone() {
    for damage in [
        |path: &Path| std::fs::remove_file(path),
        |path: &Path| std::fs::write(path, [7; 64]),
        |path: &Path| std::fs::File::options().write(true).open(path)?.set_len(90),
    ] {
        let home = Home::new();
        let mut store = begun(&home);
        step(&mut store, |tx| tx.insert_message(&message(1, 9, AT)));
        drop(store);
        damage(&home.path().with_extension("keys")).unwrap();
        let mut store = home.open().unwrap();
        assert!(store.lost_keys());
        assert_eq!(
            (text(&store, 1), text(&store, 9).as_deref()),
            (None, Some("Ahoy"))
        );
        step(&mut store, |tx| {
            tx.insert_message(&fleeting(tx, 4, "anew", 500)?)
        });
        drop(store);
        let store = home.open().unwrap();
        assert!(!store.lost_keys());
        assert_eq!(text(&store, 4).as_deref(), Some("anew"));
    }
}

#[test]
fn what_is_said_about_a_message_that_never_comes_goes_and_about_one_that_stays_stays() {
    let mut store = Store::in_memory().unwrap();
    step(&mut store, |tx| tx.insert_conversation(&conversation(1)));
    step(&mut store, |tx| tx.insert_message(&message(1, 3, AT)));
    for (n, target) in [(1, 3), (2, 9)] {
        step(&mut store, |tx| {
            tx.insert_annotation(&AnnotationRow {
                seq: 0,
                conversation: 1,
                id: [n; 16],
                target: [target; 16],
                device: [1; 32],
                person: [2; 32],
                mine: false,
                at_ms: 5,
                kind: 3,
                body: "Ahoy".into(),
                mentions: Vec::new(),
                state: 10,
                order: AT,
                sealed_by: Some(tx.take_key()?),
                due_ms: Some(700),
                oldest_ms: None,
            })
        });
    }
    let bodies = |store: &Store, target: u8| -> Vec<String> {
        let rows = store
            .view(|view| view.annotations(1, &[target; 16]))
            .unwrap();
        rows.into_iter().map(|row| row.body).collect()
    };
    step(&mut store, |tx| tx.expire(699, 10));
    assert_eq!((bodies(&store, 3).len(), bodies(&store, 9).len()), (1, 1));
    step(&mut store, |tx| tx.expire(700, 10));
    assert_eq!(
        (bodies(&store, 3), bodies(&store, 9)),
        (vec!["Ahoy".to_owned()], vec![])
    );
    assert_eq!(store.view(|view| view.next_due()).unwrap(), None);
}
