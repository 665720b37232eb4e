//! Fragments: a payload of up to eight small cells travels on consecutive labels of one chain.
//!
//! Each fragment begins with two bytes: how many there are, and which one this is.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::SMALL_PAYLOAD;
use crate::secret::{Unreadable, read, write};

/// Most fragments of one message.
pub const FRAGMENTS_MAX: usize = 8;
const HEADER: usize = 2;
const ROOM: usize = SMALL_PAYLOAD - HEADER;
/// Longest message that travels as fragments, bytes.
pub const MESSAGE_MAX: usize = FRAGMENTS_MAX * ROOM;

/// Cuts a payload; `None` if it needs more than eight fragments or is empty.
#[must_use]
pub fn split(payload: &[u8]) -> Option<Vec<Vec<u8>>> {
    if payload.is_empty() || payload.len() > MESSAGE_MAX {
        return None;
    }
    let count = u8::try_from(payload.len().div_ceil(ROOM)).ok()?;
    let pieces = payload.chunks(ROOM).zip(0_u8..);
    Some(
        pieces
            .map(|(piece, at)| [&[count, at], piece].concat())
            .collect(),
    )
}

/// Puts one sender's fragments together again. A fragment out of turn drops what was begun: its
/// sender seals the whole message anew.
#[derive(Default, Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Joiner {
    count: u8,
    have: u8,
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
}

impl Joiner {
    /// Adds a fragment in chain order; gives the payload when it is whole.
    pub fn push(&mut self, fragment: &[u8]) -> Option<Vec<u8>> {
        let (&[count, at], piece) = fragment.split_first_chunk::<HEADER>()?;
        let sane = count >= 1 && usize::from(count) <= FRAGMENTS_MAX && at < count;
        if at == 0 {
            self.clear();
            self.count = count;
        }
        if !sane || at != self.have || count != self.count || piece.len() > ROOM {
            self.clear();
            return None;
        }
        self.bytes.extend_from_slice(piece);
        self.have += 1;
        if self.have < self.count {
            return None;
        }
        let whole = std::mem::take(&mut self.bytes);
        self.clear();
        Some(whole)
    }

    /// Whether nothing is begun.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.have == 0
    }

    fn clear(&mut self) {
        self.bytes.zeroize();
        self.count = 0;
        self.have = 0;
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
        fn what_was_cut_is_put_together(payload in proptest::collection::vec(any::<u8>(), 1..=MESSAGE_MAX), junk in proptest::collection::vec(any::<u8>(), 0..5)) {
            let mut joiner = Joiner::default();
            joiner.push(&junk);
            let pieces = split(&payload).unwrap();
            let last = pieces.len() - 1;
            for (at, piece) in pieces.iter().enumerate() {
                prop_assert!(piece.len() <= SMALL_PAYLOAD);
                let whole = joiner.push(piece);
                prop_assert_eq!(whole.is_some(), at == last);
                if let Some(whole) = whole { prop_assert_eq!(&whole, &payload); }
                joiner = Joiner::from_bytes(&joiner.to_bytes()).unwrap();
            }
            prop_assert!(joiner.is_empty());
        }
    }

    #[test]
    fn a_message_too_long_for_eight_cells_is_refused() {
        assert!(split(&vec![0; MESSAGE_MAX + 1]).is_none());
        assert!(split(&[]).is_none());
    }

    #[test]
    fn a_fragment_out_of_turn_drops_what_was_begun() {
        let pieces = split(&vec![7; ROOM * 2 + 1]).unwrap();
        let mut joiner = Joiner::default();
        assert!(joiner.push(&pieces[0]).is_none());
        assert!(joiner.push(&pieces[2]).is_none());
        assert!(joiner.is_empty());
    }
}
