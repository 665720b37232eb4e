//! Published vectors, each on every provider that can do its suite. What cannot be run is counted, not hidden.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use heliograph_interop::encodings::{Head, Messages, judge_head, judge_messages};
use heliograph_interop::passive::{Passive, all, follow};
use heliograph_interop::tally::Tally;
use heliograph_interop::vectors::{File, Hex, read};
use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto as RustCrypto;

fn clean(tally: &Tally, passed: usize) {
    assert_eq!(tally.failed, Vec::<String>::new());
    assert_eq!(tally.passed, passed);
}

#[test]
fn heads_of_variable_length_are_read() {
    let mut tally = Tally::default();
    for head in read::<Head>(File::Deserialization).unwrap() {
        tally.count("head", judge_head(&head));
    }
    clean(&tally, 14);
}

#[test]
fn messages_are_written_as_they_were_read() {
    let mut tally = Tally::default();
    for one in read::<Messages>(File::Messages).unwrap() {
        judge_messages(&one, &mut tally);
    }
    clean(&tally, 300 * 14);
    assert_eq!(tally.left_over(), 300 * 3);
}

#[test]
fn a_passive_client_on_libcrux_reaches_every_epoch() {
    clean(&all::<Libcrux>(File::PassiveWelcome).unwrap(), 16);
    clean(&all::<Libcrux>(File::PassiveCommit).unwrap(), 26);
    clean(&all::<Libcrux>(File::PassiveRandom).unwrap(), 1);
}

#[test]
fn a_passive_client_on_rustcrypto_reaches_every_epoch() {
    clean(&all::<RustCrypto>(File::PassiveWelcome).unwrap(), 24);
    clean(&all::<RustCrypto>(File::PassiveCommit).unwrap(), 39);
    clean(&all::<RustCrypto>(File::PassiveRandom).unwrap(), 1);
}

/// A story that the provider can follow to its end.
fn story() -> Passive {
    let all: Vec<Passive> = read(File::PassiveCommit).unwrap();
    let story = all
        .into_iter()
        .find(|story| story.cipher_suite == 1 && !story.epochs[1].proposals.is_empty())
        .unwrap();
    assert!(follow(&Libcrux::default(), &story).is_ok());
    story
}

#[test]
fn a_byte_turned_in_any_part_of_a_story_is_noticed() {
    let story = story();
    let parts: [fn(&mut Passive) -> &mut Hex; 7] = [
        |story| &mut story.key_package,
        |story| &mut story.init_priv,
        |story| &mut story.welcome,
        |story| &mut story.initial_epoch_authenticator,
        |story| &mut story.epochs[1].proposals[0],
        |story| &mut story.epochs[0].commit,
        |story| &mut story.epochs[1].epoch_authenticator,
    ];
    for (at, part) in parts.iter().enumerate() {
        let mut wrong = story.clone();
        let bytes = &mut part(&mut wrong).0;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert!(follow(&Libcrux::default(), &wrong).is_err(), "part {at}");
    }
}

#[test]
fn a_byte_turned_in_a_message_is_not_written_back_as_it_was() {
    let mut one = read::<Messages>(File::Messages).unwrap().remove(0);
    one.mls_key_package.0[3] ^= 1;
    let mut tally = Tally::default();
    judge_messages(&one, &mut tally);
    assert_eq!((tally.passed, tally.failed.len()), (13, 1));
}
