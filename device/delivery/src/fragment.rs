//! Fragments: a payload of up to eight small cells travels on consecutive labels of one chain
//! (docs/protocol/delivery.md, Labels and sealing).
//!
//! `count (1) ‖ index (1) ‖ hashes ‖ piece`. A message of one fragment has no hashes; in a longer one
//! every fragment carries the first 16 bytes of SHA-256 of each piece. Every member can derive every
//! member's keys, so a member could slip a fragment of its own between another's: fragments with
//! another list belong to another message, and a piece that does not fit its hash to none.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::SMALL_PAYLOAD;
use crate::secret::{Unreadable, read, sha256, write};

/// Most fragments of one message.
pub const FRAGMENTS_MAX: usize = 8;
const HEADER: usize = 2;
const HASH: usize = 16;
/// Longest message that travels as fragments, bytes.
pub const MESSAGE_MAX: usize = FRAGMENTS_MAX * room(FRAGMENTS_MAX);
/// Unfinished messages a joiner holds; when another begins, the oldest is given up.
const UNFINISHED_MAX: usize = 16;

/// Bytes of a message in each of `count` fragments.
const fn room(count: usize) -> usize {
    let hashes = if count == 1 { 0 } else { count * HASH };
    SMALL_PAYLOAD - HEADER - hashes
}

fn piece_hash(piece: &[u8]) -> [u8; HASH] {
    let mut out = [0; HASH];
    out.copy_from_slice(&sha256(piece)[..HASH]);
    out
}

/// Cuts a payload; `None` if it needs more than eight fragments or is empty.
#[must_use]
pub fn split(payload: &[u8]) -> Option<Vec<Vec<u8>>> {
    if payload.is_empty() {
        return None;
    }
    let count = (1..=FRAGMENTS_MAX).find(|count| payload.len() <= count * room(*count))?;
    if count == 1 {
        return Some(vec![[&[1, 0], payload].concat()]);
    }
    let pieces: Vec<&[u8]> = payload.chunks(payload.len().div_ceil(count)).collect();
    let hashes: Vec<u8> = pieces.iter().flat_map(|piece| piece_hash(piece)).collect();
    let count = u8::try_from(pieces.len()).ok()?;
    let fragments = pieces.iter().zip(0_u8..);
    Some(
        fragments
            .map(|(piece, at)| [&[count, at], hashes.as_slice(), piece].concat())
            .collect(),
    )
}

/// A message of which pieces are missing.
#[derive(Clone, Serialize, Deserialize)]
struct Unfinished {
    #[serde(with = "serde_bytes")]
    hashes: Vec<u8>,
    pieces: Vec<Option<ByteBuf>>,
}

/// Puts the fragments of one leaf's messages in one epoch together again. Their order does not
/// matter, and what is no fragment changes nothing: a displaced fragment moves to a later label.
#[derive(Default, Clone, Serialize, Deserialize)]
pub struct Joiner {
    unfinished: Vec<Unfinished>,
}

impl Joiner {
    /// Adds a cell's payload; gives a message when it is whole.
    pub fn push(&mut self, fragment: &[u8]) -> Option<Vec<u8>> {
        let (&[count, at], rest) = fragment.split_first_chunk::<HEADER>()?;
        let (count, at) = (usize::from(count), usize::from(at));
        if count > FRAGMENTS_MAX || at >= count {
            return None;
        }
        if count == 1 {
            return Some(rest.to_vec());
        }
        let (hashes, piece) = rest.split_at_checked(count * HASH)?;
        if hashes.chunks(HASH).nth(at)? != piece_hash(piece) {
            return None;
        }
        let place = self.place(hashes, count);
        let message = self.unfinished.get_mut(place)?;
        *message.pieces.get_mut(at)? = Some(ByteBuf::from(piece));
        if message.pieces.iter().any(Option::is_none) {
            return None;
        }
        let whole = self.unfinished.remove(place).pieces;
        Some(whole.into_iter().flatten().flatten().collect())
    }

    /// Index of the message with these hashes, begun now if it is new.
    fn place(&mut self, hashes: &[u8], count: usize) -> usize {
        let known = self.unfinished.iter().position(|m| m.hashes == hashes);
        known.unwrap_or_else(|| {
            if self.unfinished.len() >= UNFINISHED_MAX {
                self.unfinished.remove(0);
            }
            self.unfinished.push(Unfinished {
                hashes: hashes.to_vec(),
                pieces: vec![None; count],
            });
            self.unfinished.len() - 1
        })
    }

    /// Whether nothing is begun.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// CBOR of the state.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// Reads [`Joiner::to_bytes`].
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        read(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_cut_is_put_together_in_any_order(
            payload in proptest::collection::vec(any::<u8>(), 1..=MESSAGE_MAX),
            order in Just((0..FRAGMENTS_MAX).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let fragments = split(&payload).unwrap();
            let mut joiner = Joiner::default();
            let mut whole = None;
            for at in order.into_iter().filter(|at| *at < fragments.len()) {
                prop_assert!(whole.is_none() && fragments[at].len() <= SMALL_PAYLOAD);
                whole = joiner.push(&fragments[at]);
                joiner = Joiner::from_bytes(&joiner.to_bytes()).unwrap();
            }
            prop_assert_eq!(whole, Some(payload));
            prop_assert!(joiner.is_empty());
        }

        #[test]
        fn garbage_between_fragments_changes_nothing(junk in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..12)) {
            let fragments = split(&[7; 3_000]).unwrap();
            let mut joiner = Joiner::default();
            prop_assert_eq!(joiner.push(&fragments[0]), None);
            for bytes in &junk {
                joiner.push(bytes);
            }
            prop_assert_eq!(joiner.push(&fragments[1]), Some(vec![7; 3_000]));
        }
    }

    #[test]
    fn a_members_forged_fragment_does_not_spoil_anothers_message() {
        let honest = split(&[1; 3_000]).unwrap();
        let mut joiner = Joiner::default();
        assert_eq!(joiner.push(&honest[0]), None);
        assert_eq!(joiner.push(&split(&[2; 3_000]).unwrap()[0]), None);
        let mut twisted = honest[1].clone();
        *twisted.last_mut().unwrap() ^= 1;
        assert_eq!(joiner.push(&twisted), None);
        assert_eq!(joiner.push(&honest[1]), Some(vec![1; 3_000]));
    }

    #[test]
    fn sizes_at_the_edges_take_the_fewest_fragments() {
        let count = |size: usize| split(&vec![0; size]).map(|fragments| fragments.len());
        assert_eq!((count(0), count(MESSAGE_MAX + 1)), (None, None));
        assert_eq!((count(1), count(room(1))), (Some(1), Some(1)));
        assert_eq!(count(room(1) + 1), Some(2));
        assert_eq!(count(MESSAGE_MAX), Some(FRAGMENTS_MAX));
    }

    #[test]
    fn unfinished_messages_are_bounded() {
        let mut joiner = Joiner::default();
        for byte in 0..40 {
            assert_eq!(joiner.push(&split(&[byte; 3_000]).unwrap()[0]), None);
        }
        assert_eq!(joiner.unfinished.len(), UNFINISHED_MAX);
    }
}
