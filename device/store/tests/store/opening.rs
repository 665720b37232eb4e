//! What opens and what is refused; a refused file keeps every byte.

use std::os::unix::fs::PermissionsExt;

use heliograph_store::{NEWEST, OutboxRow, STEPS_IN_LOG, Store, StoreError, StoreKey};
use rusqlite::Connection;

use crate::scene::{Home, KEY, conversation, message, meta, step};

const PAGE: usize = 4096;

/// A profile with something in it, closed.
fn filled() -> Home {
    let home = Home::new();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| {
        for n in 0..50_u8 {
            tx.set_meta(&format!("name {n}"), &[n; 3_000])?;
        }
        Ok(())
    });
    store.checkpoint().unwrap();
    home
}

/// Opens with a key and gives the error, having checked that no byte changed.
fn refused(home: &Home, key: [u8; 32]) -> StoreError {
    let before = home.bytes();
    let error = Store::open(&home.path(), &StoreKey::new(key)).err();
    assert!(home.bytes() == before, "a refused file was written to");
    error.unwrap()
}

/// The file by its key, past the store.
fn raw(home: &Home) -> Connection {
    let connection = Connection::open(home.path()).unwrap();
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    connection
        .execute_batch(&format!("PRAGMA key = \"x'{hex}'\";"))
        .unwrap();
    connection
}

#[test]
fn what_was_written_is_there_when_it_opens_again() {
    let home = filled();
    let store = home.open().unwrap();
    assert_eq!(meta(&store, "name 49").unwrap(), [49; 3_000]);
    assert_eq!(meta(&store, "name 50"), None);
}

#[test]
fn a_wrong_key_is_refused_and_the_file_untouched() {
    let home = filled();
    assert!(matches!(refused(&home, [8; 32]), StoreError::WrongKey));
    home.open().unwrap();
}

#[test]
fn a_wrong_key_does_not_fold_in_the_log_of_a_writer_that_stopped() {
    let (home, copy) = (filled(), Home::new());
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.set_meta("late", b"in the log"));
    std::fs::copy(home.path(), copy.path()).unwrap();
    std::fs::copy(home.log(), copy.log()).unwrap();
    assert!(!copy.bytes().1.is_empty(), "the scene needs a log");
    assert!(matches!(refused(&copy, [8; 32]), StoreError::WrongKey));
    assert_eq!(meta(&copy.open().unwrap(), "late").unwrap(), b"in the log");
}

#[test]
fn a_newer_file_is_refused_and_untouched() {
    let home = filled();
    raw(&home)
        .pragma_update(None, "user_version", NEWEST + 1)
        .unwrap();
    let StoreError::Newer { found, known } = refused(&home, KEY) else {
        panic!("another error");
    };
    assert_eq!((found, known), (NEWEST + 1, NEWEST));
}

#[test]
fn a_newer_file_keeps_its_log() {
    let (home, copy) = (filled(), Home::new());
    let connection = raw(&home);
    connection
        .pragma_update(None, "user_version", NEWEST + 1)
        .unwrap();
    std::fs::copy(home.path(), copy.path()).unwrap();
    std::fs::copy(home.log(), copy.log()).unwrap();
    assert!(!copy.bytes().1.is_empty(), "the scene needs a log");
    assert!(matches!(refused(&copy, KEY), StoreError::Newer { .. }));
}

#[test]
fn a_file_cut_short_is_damaged_and_untouched() {
    let home = filled();
    let whole = home.bytes().0;
    for left in [PAGE, 3 * PAGE + 17, whole.len() / 2, whole.len() - PAGE] {
        std::fs::write(home.path(), &whole[..left]).unwrap();
        assert!(
            matches!(refused(&home, KEY), StoreError::Damaged),
            "{left} bytes left"
        );
    }
}

#[test]
fn one_wrong_bit_is_never_read_as_content() {
    let home = filled();
    let whole = home.bytes().0;
    let mut noticed = 0;
    for page in 1..whole.len() / PAGE {
        let mut bytes = whole.clone();
        bytes[page * PAGE + 100] ^= 1;
        std::fs::write(home.path(), &bytes).unwrap();
        let read = home.open().and_then(|store| {
            store.view(|view| {
                for n in 0..50_u8 {
                    let value = view.meta(&format!("name {n}"))?;
                    assert!(value.is_some_and(|value| *value == [n; 3_000]));
                }
                Ok(())
            })
        });
        match read {
            Ok(()) => {}
            Err(StoreError::Damaged) => noticed += 1,
            Err(other) => panic!("page {page}: {other:?}"),
        }
        let _ = std::fs::remove_file(home.log());
    }
    assert!(noticed >= 50, "every page that holds a value, and more");
}

#[test]
fn looking_through_the_whole_file_finds_one_wrong_bit_wherever_it_is() {
    let home = filled();
    home.open().unwrap().check_whole().unwrap();
    let whole = home.bytes().0;
    for page in 1..whole.len() / PAGE {
        let mut bytes = whole.clone();
        bytes[page * PAGE + 100] ^= 1;
        std::fs::write(home.path(), &bytes).unwrap();
        let looked = home.open().and_then(|store| store.check_whole());
        assert!(matches!(looked, Err(StoreError::Damaged)), "page {page}");
        let _ = std::fs::remove_file(home.log());
    }
}

#[test]
fn something_that_is_no_database_does_not_open() {
    let home = Home::new();
    std::fs::write(home.path(), b"a letter, not a database").unwrap();
    assert!(matches!(refused(&home, KEY), StoreError::WrongKey));
}

#[test]
fn a_directory_that_is_missing_is_an_error_of_the_disk() {
    let home = Home::new();
    let path = home.path().join("nowhere").join("profile.db");
    let error = Store::open(&path, &StoreKey::new(KEY)).err();
    assert!(matches!(error, Some(StoreError::Io(_))));
}

#[test]
fn only_the_owner_may_read_the_file_and_its_log() {
    let home = filled();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.set_meta("name", b"value"));
    for path in [home.path(), home.log()] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn nothing_that_was_said_lies_open_on_the_disk() {
    const CANARY: &str = "canary-of-the-lighthouse";
    let home = Home::new();
    let mut store = home.open().unwrap();
    let write = |store: &mut Store, n: u8| {
        step(store, |tx| {
            let mut row = conversation(n);
            row.title = CANARY.into();
            let id = tx.insert_conversation(&row)?;
            let mut said = message(id, n, None);
            said.text = Some(CANARY.into());
            said.content = CANARY.into();
            tx.insert_message(&said)?;
            tx.push_outbox(&OutboxRow {
                seq: 0,
                conversation: id,
                message: [n; 16],
                kind: 0,
                content: CANARY.into(),
                outgoing: None,
                sealed_by: None,
            })?;
            tx.set_meta(CANARY, CANARY.as_bytes())
        });
    };
    write(&mut store, 1);
    store.checkpoint().unwrap();
    assert!(home.bytes().1.is_empty(), "a checkpoint empties the log");
    write(&mut store, 2);
    let (file, log) = home.bytes();
    assert!(!log.is_empty(), "the scene needs a log");
    for bytes in [&file, &log] {
        assert!(
            !bytes
                .windows(CANARY.len())
                .any(|part| part == CANARY.as_bytes())
        );
    }
    assert!(!file.starts_with(b"SQLite format 3"));
}

#[test]
fn the_log_goes_after_some_steps_even_without_a_rest() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    store.checkpoint().unwrap();
    for _ in 1..STEPS_IN_LOG {
        step(&mut store, |tx| tx.set_meta("n", b"1"));
        assert!(!home.bytes().1.is_empty() && store.has_log());
    }
    step(&mut store, |tx| tx.set_meta("n", b"2"));
    assert!(home.bytes().1.is_empty() && !store.has_log());
    assert_eq!(meta(&store, "n").unwrap(), b"2");
}

#[test]
fn what_a_killed_run_left_in_the_log_goes_at_the_first_rest() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    step(&mut store, |tx| tx.set_meta("before", b"1"));
    let (file, log) = home.bytes();
    assert!(!log.is_empty(), "the scene needs a log");
    drop(store);
    std::fs::write(home.path(), file).unwrap();
    std::fs::write(home.log(), log).unwrap();
    let store = home.open().unwrap();
    assert!(store.has_log());
    store.checkpoint().unwrap();
    assert!(home.bytes().1.is_empty());
    assert_eq!(meta(&store, "before").unwrap(), b"1");
}
