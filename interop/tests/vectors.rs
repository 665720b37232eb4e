//! Published vectors, each on every provider that can do its suite. What cannot be run is counted, not hidden.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use heliograph_interop::encodings::{Head, Messages, judge_head, judge_messages};
use heliograph_interop::passive::{self, Passive};
use heliograph_interop::tally::Tally;
use heliograph_interop::vectors::{File, read};
use openmls::prelude::OpenMlsProvider;
use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto as RustCrypto;

fn clean(tally: &Tally, passed: usize) {
    assert_eq!(tally.failed, Vec::<String>::new());
    assert_eq!(tally.passed, passed);
}

fn passive<P: OpenMlsProvider + Default>(file: File) -> Tally {
    let mut tally = Tally::default();
    for (at, story) in read::<Passive>(file).unwrap().iter().enumerate() {
        let provider = P::default();
        if passive::can(&provider, story.cipher_suite) {
            tally.count(&format!("{at} suite {}", story.cipher_suite), passive::follow(&provider, story).map(drop));
        } else {
            tally.leave("suite", 1);
        }
    }
    tally
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
    println!("{tally}");
    clean(&tally, 300 * 14);
    assert_eq!(tally.left_over(), 300 * 3);
}

#[test]
fn a_passive_client_on_libcrux_follows() {
    for file in [File::PassiveWelcome, File::PassiveCommit, File::PassiveRandom] {
        println!("{} {}", file.name(), passive::<Libcrux>(file));
    }
}

#[test]
fn a_passive_client_on_rustcrypto_follows() {
    for file in [File::PassiveWelcome, File::PassiveCommit, File::PassiveRandom] {
        println!("{} {}", file.name(), passive::<RustCrypto>(file));
    }
}
