//! Defects put behind eight doors on purpose, where only well-formed input of some kind arrives: a
//! fuzzer that does not find them in a minute does not look deep enough (scripts/soak/fuzz.sh).
//!
//! Each is a mistake that somebody could make. None of this is ever part of the product.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "these are the defects"
)]

use heliograph_conversation::content::{Content, Kind};
use heliograph_trust::CertificateChain;
use heliograph_wire::{Feed, Op, Outcome, Request, ServerUnit, SignedTick};
use heliographd::Config;

/// An hour becomes a second, and the number is thought to be large enough for it.
pub(crate) fn request(request: &Request) {
    if let Some(Op::Span(_, hour)) = &request.op {
        hour.checked_mul(3_600).unwrap();
    }
}

/// A position is believed: in an answer before the path is checked, in a part before the tick is.
pub(crate) fn unit(unit: &ServerUnit) {
    match unit {
        ServerUnit::Answer(answer) => {
            if let Outcome::Found(found) = &answer.outcome {
                let mut marks = vec![false; found.place.tick.head.items as usize];
                marks[found.place.index as usize] = true;
            }
        }
        ServerUnit::Feed(Feed::Part(_, part)) => {
            assert!(part.tick.head.items.checked_sub(part.first).is_some());
        }
        ServerUnit::Feed(Feed::Heartbeat(_)) => {}
    }
}

/// A receipt is thought to name a message that was delivered.
pub(crate) fn said(content: &Content) {
    if let Kind::Receipt { delivered, .. } = &content.kind {
        let _first = delivered[0];
    }
}

/// A certificate is as long as it says itself.
pub(crate) fn chain(chain: &CertificateChain) {
    if let [0x30, 0x82, high, low, rest @ ..] = chain.person_der.as_slice() {
        let _inside = &rest[..usize::from(u16::from_be_bytes([*high, *low]))];
    }
}

/// The name of a directory is thought to be one byte for each letter.
pub(crate) fn config(config: &Config) {
    let name = config.data.to_str().unwrap();
    let _letters: Vec<&str> = (0..name.len())
        .map(|at| name.get(at..=at).unwrap())
        .collect();
}

/// Every method is thought to have two words.
pub(crate) fn call(method: &str) {
    let _verb = method.split('.').nth(1).unwrap();
}

/// Items are taken to have been stored one after the other.
pub(crate) fn tick(signed: &SignedTick, seqs: impl Iterator<Item = u64>) {
    let seqs: Vec<u64> = seqs.collect();
    if let [first, .., last] = seqs.as_slice() {
        assert!(last - first < u64::from(signed.head.items) * 4);
    }
}

/// A message is put together in the order in which its pieces came, and the first is thought to be first.
pub(crate) fn joined(whole: bool, pieces: usize, last: usize) {
    assert!(!(whole && pieces >= 3 && last == 0));
}
