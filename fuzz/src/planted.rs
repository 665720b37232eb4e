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
use serde_json::Value;

/// A token is taken for at least 16 bytes if there is one at all.
pub(crate) fn request(request: &Request) {
    if let Some(Op::Erase(erase)) = &request.op
        && !erase.token.is_empty()
    {
        let (_kind, _rest) = erase.token.split_at(16);
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

/// A preview of a text is cut at a byte, not at a character.
pub(crate) fn said(content: &Content) {
    if let Kind::Text { text, .. } = &content.kind
        && text.len() > 8
    {
        let _preview = &text[..8];
    }
}

/// A certificate is copied to a place that is large enough for all that were ever seen.
pub(crate) fn chain(chain: &CertificateChain) {
    let mut place = [0; 600];
    place[..chain.person_der.len()].copy_from_slice(&chain.person_der);
}

/// Two bounds are each checked and their product is not.
pub(crate) fn config(config: &Config) {
    let lanes = u16::try_from(config.lanes).unwrap();
    if config.metrics.is_some() {
        lanes.checked_mul(300).unwrap();
    }
}

/// An id is taken for a number that fits, if it is a number.
pub(crate) fn call(id: &Value, method: &str, params: &Value) {
    if id.is_number() && method.contains('.') && params.get("within_ms").is_some() {
        id.as_u64().unwrap();
    }
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
