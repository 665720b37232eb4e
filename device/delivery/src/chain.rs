//! A sender's chain of one-time labels (docs/protocol/delivery.md, Labels and sealing).
//!
//! `label = HMAC(c, 01)`, `key = HMAC(c, 02)`, `next c = HMAC(c, 04)`; each `c` is erased in the
//! step that derives from it.

use std::collections::BTreeMap;

use heliograph_wire::Label;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::{Keyed, SealKey, Secret, Unreadable, read, write_secret};

/// Labels a reader watches beyond the highest one seen.
pub const READ_AHEAD: u32 = 8;

/// One step of a chain: where a cell goes and what seals it.
#[derive(Clone)]
pub struct Place {
    /// Number within the epoch, from 0.
    pub n: u32,
    /// One-time label.
    pub label: Label,
    /// Key of the outer seal.
    pub key: SealKey,
}

#[derive(Clone, Serialize, Deserialize)]
struct Link {
    n: u32,
    seed: Secret,
}

impl Link {
    /// Derives this step and moves on; the old seed is wiped.
    fn step(&mut self) -> Place {
        let seed = Keyed::new(&self.seed.0);
        let place = Place {
            n: self.n,
            label: Label(seed.hmac(&[&[1]])),
            key: SealKey(seed.hmac(&[&[2]])),
        };
        self.seed = Secret(seed.hmac(&[&[4]]));
        self.n = self.n.saturating_add(1);
        place
    }
}

/// The chain a device seals its own messages under.
#[derive(Clone, Serialize, Deserialize)]
pub struct SenderChain(Link);

impl SenderChain {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(Link {
            n: 0,
            seed: Secret(seed),
        })
    }

    /// The next place; it is never given out again.
    pub fn next_place(&mut self) -> Place {
        self.0.step()
    }

    /// CBOR of the state, for the encrypted store only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write_secret(self)
    }

    /// Reads [`SenderChain::to_bytes`].
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        read(bytes)
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Waiting {
    #[serde(with = "serde_bytes")]
    label: [u8; 32],
    key: SealKey,
}

/// The chain a device expects another leaf's messages under. Skipped places stay until the epoch
/// ends; the window slides beyond the highest place seen.
#[derive(Clone, Serialize, Deserialize)]
pub struct ReaderChain {
    link: Link,
    beyond: u32,
    waiting: BTreeMap<u32, Waiting>,
}

impl ReaderChain {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let mut chain = Self {
            link: Link {
                n: 0,
                seed: Secret(seed),
            },
            beyond: 0,
            waiting: BTreeMap::new(),
        };
        chain.fill();
        chain
    }

    fn fill(&mut self) {
        while self.link.n < self.beyond.saturating_add(READ_AHEAD) {
            let place = self.link.step();
            self.waiting.insert(
                place.n,
                Waiting {
                    label: place.label.0,
                    key: place.key,
                },
            );
        }
    }

    /// The labels expected now.
    pub fn watched(&self) -> impl Iterator<Item = (u32, Label)> + '_ {
        self.waiting.iter().map(|(n, w)| (*n, Label(w.label)))
    }

    /// Takes a place out: its key is erased here, and the window moves beyond it.
    pub fn take(&mut self, n: u32) -> Option<Place> {
        let waiting = self.waiting.remove(&n)?;
        self.beyond = self.beyond.max(n.saturating_add(1));
        self.fill();
        Some(Place {
            n,
            label: Label(waiting.label),
            key: waiting.key.clone(),
        })
    }

    /// CBOR of the state, for the encrypted store only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write_secret(self)
    }

    /// Reads [`ReaderChain::to_bytes`].
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

    #[test]
    fn reader_and_sender_agree_and_no_place_comes_twice() {
        let (mut sender, mut reader) = (SenderChain::new([3; 32]), ReaderChain::new([3; 32]));
        for _ in 0..40 {
            let place = sender.next_place();
            let found = reader.watched().find(|(_, label)| *label == place.label);
            assert_eq!(found.map(|f| f.0), Some(place.n));
            let taken = reader.take(place.n).unwrap();
            assert!(taken.key.0 == place.key.0);
            assert!(reader.take(place.n).is_none());
        }
    }

    proptest! {
        #[test]
        fn a_reader_follows_over_gaps_shorter_than_its_window(gaps in proptest::collection::vec(0u32..READ_AHEAD, 1..30)) {
            let (mut sender, mut reader) = (SenderChain::new([9; 32]), ReaderChain::new([9; 32]));
            let mut skipped = Vec::new();
            for gap in gaps {
                for _ in 0..gap { skipped.push(sender.next_place()); }
                let place = sender.next_place();
                prop_assert!(reader.watched().any(|(_, label)| label == place.label));
                prop_assert!(reader.take(place.n).is_some());
                reader = ReaderChain::from_bytes(&reader.to_bytes()).unwrap();
            }
            for place in skipped {
                prop_assert!(reader.watched().any(|(_, label)| label == place.label), "skipped places stay");
            }
        }
    }
}
