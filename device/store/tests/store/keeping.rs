//! How conversations are kept.

use heliograph_store::{FOREVER, Keep, Kept};

use crate::scene::{Home, conversation, step, with_conversation};

#[test]
fn each_thing_is_set_alone_and_read_back_by_another_opening() {
    let home = Home::new();
    let mut store = home.open().unwrap();
    let (one, two) = step(&mut store, |tx| {
        let one = tx.insert_conversation(&conversation(1))?;
        Ok((one, tx.insert_conversation(&conversation(2))?))
    });
    step(&mut store, |tx| {
        tx.keep(one, Keep::MutedUntil(FOREVER), 10)?;
        tx.keep(one, Keep::Pinned(true), 11)?;
        tx.keep(one, Keep::Draft("Dear B", None), 12)?;
        tx.keep(two, Keep::Archived(true), 12)?;
        tx.keep(two, Keep::MarkedUnread(true), 13)?;
        tx.keep(two, Keep::MarkedUnread(false), 14)
    });
    drop(store);
    let store = home.open().unwrap();
    let kept = |id| store.view(|view| view.kept(id)).unwrap();
    assert_eq!(
        kept(one),
        Kept {
            muted_until: FOREVER,
            pinned: true,
            draft: Some(("Dear B".into(), 12)),
            ..Kept::default()
        }
    );
    assert_eq!(
        kept(two),
        Kept {
            archived: true,
            ..Kept::default()
        }
    );
}

#[test]
fn what_is_set_last_is_later_even_if_the_clock_went_back() {
    let (mut store, id) = with_conversation();
    for (text, now) in [("first", 100), ("second", 100), ("third", 7)] {
        step(&mut store, |tx| tx.keep(id, Keep::Draft(text, None), now));
    }
    let draft = store.view(|view| view.kept(id)).unwrap().draft;
    assert_eq!(draft, Some(("third".into(), 102)));
    step(&mut store, |tx| tx.keep(id, Keep::Draft("", None), 200));
    assert_eq!(store.view(|view| view.kept(id)).unwrap(), Kept::default());
}

#[test]
fn it_goes_with_the_conversation() {
    let (mut store, id) = with_conversation();
    step(&mut store, |tx| tx.keep(id, Keep::Draft("left", None), 1));
    step(&mut store, |tx| tx.remove_conversation(id));
    assert_eq!(store.view(|view| view.kept(id)).unwrap(), Kept::default());
}
