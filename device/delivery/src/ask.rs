//! What a hello at a group's link carries: somebody asks to be let in, and gives a card of theirs at
//! which they can be invited (docs/protocol/delivery.md, Links to a group).

use crate::Card;
use crate::secret::sha256;

const VERSION: u8 = 1;
const CARD_MAX: usize = 1_024;
const CHAIN_MAX: usize = 8_192;

/// See the module's words. `version (1) ‖ u16 length, card's link ‖ u16 length, certificates ‖ signature`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// A card of whoever asks, good for one invitation.
    pub card: &'a str,
    /// Certificates of their device.
    pub chain: &'a [u8],
    /// Their device's, over [`Ask::signing_bytes`].
    pub signature: [u8; 64],
}

fn pull<'a>(rest: &mut &'a [u8], most: usize) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (bytes, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    (!bytes.is_empty() && bytes.len() <= most).then_some(bytes)
}

fn push(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend(u16::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend(bytes);
    Some(())
}

impl<'a> Ask<'a> {
    /// What is signed: the link that is asked at, so that an ask is good for no other, and the card.
    #[must_use]
    pub fn signing_bytes(link: &Card, card: &str) -> Vec<u8> {
        let at = sha256(link.encode().as_bytes());
        [at.as_slice(), card.as_bytes()].concat()
    }

    /// Writes an ask; `None` if a part is too long.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut out = vec![VERSION];
        push(&mut out, self.card.as_bytes())?;
        push(&mut out, self.chain)?;
        out.extend(self.signature);
        Some(out)
    }

    /// Reads an ask; `None` makes the hello void.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&version, mut rest) = bytes.split_first()?;
        let card = std::str::from_utf8(pull(&mut rest, CARD_MAX)?).ok()?;
        let chain = pull(&mut rest, CHAIN_MAX)?;
        let signature = rest.try_into().ok()?;
        (version == VERSION).then_some(Self {
            card,
            chain,
            signature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_accepted_is_written_the_same_way(
            head in proptest::collection::vec(any::<u8>(), 0..20), tail in proptest::collection::vec(any::<u8>(), 60..70),
        ) {
            let bytes = [head, tail].concat();
            if let Some(read) = Ask::parse(&bytes) {
                prop_assert!(read.encode() == Some(bytes));
            }
        }

        #[test]
        fn an_ask_comes_back(
            card in "\\PC{1,80}", chain in proptest::collection::vec(any::<u8>(), 1..90), byte: u8,
        ) {
            let written = Ask { card: &card, chain: &chain, signature: [byte; 64] };
            let bytes = written.encode().unwrap();
            prop_assert!(Ask::parse(&bytes) == Some(written));
            prop_assert!(Ask::parse(&bytes[..bytes.len() - 1]).is_none());
            prop_assert!(Ask::parse(&[bytes.as_slice(), &[0]].concat()).is_none());
        }
    }

    #[test]
    fn what_is_too_long_is_not_written_and_not_read() {
        let long = "x".repeat(CARD_MAX + 1);
        let ask = Ask {
            card: &long,
            chain: b"c",
            signature: [0; 64],
        };
        assert!(
            ask.encode()
                .is_some_and(|bytes| Ask::parse(&bytes).is_none())
        );
    }
}
