//! One message on its way through the sender's own chain (docs/protocol/delivery.md, Exactly once).
//!
//! The engine keeps this value in the same transaction as the chain it draws places from. A place is
//! drawn only when the fragment before is stored; what is put under a label is sealed once, written
//! down, and repeated byte for byte. Where foreign bytes hold the label, the fragment moves to the
//! next place with a fresh seal. What stands in the feed is settled: nothing moves it again.
//!
//! The *readers'* chain of the own leaf is a second value and must follow the feed like that of any
//! other leaf: every label of it that the feed shows is taken out, whether [`Outgoing::seen`] says
//! `Counted`, `Foreign` or `NotOurs` (a place this message has left). So it is where the other
//! members' windows are; when the last eight places drawn were all answered *Taken* and the feed
//! shows none of them, nobody could find the next, which is why a sender commits after four.

use bytes::Bytes;
use heliograph_wire::{Body, Class, Label};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::fragment::split;
use crate::secret::{Unreadable, read, write};
use crate::{SenderChain, seal};

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Sealed,
    Stored,
    Counted,
}

#[derive(Clone, Serialize, Deserialize)]
struct Placed {
    #[serde(with = "serde_bytes")]
    label: [u8; 32],
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    step: Step,
}

#[derive(Clone, Serialize, Deserialize)]
struct Fragment {
    #[serde(with = "serde_bytes")]
    payload: Vec<u8>,
    placed: Option<Placed>,
}

/// See the module's words.
#[derive(Clone, Serialize, Deserialize)]
pub struct Outgoing {
    fragments: Vec<Fragment>,
}

/// What a cell in the feed means for a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// Not a label of this message.
    NotOurs,
    /// Our bytes stand in the feed.
    Counted,
    /// Somebody else's bytes hold our label; the fragment moves on.
    Foreign,
}

impl Outgoing {
    /// Prepares an MLS message; `None` if it is too long for eight cells.
    #[must_use]
    pub fn new(message: &[u8]) -> Option<Self> {
        let fragments = split(message)?
            .into_iter()
            .map(|payload| Fragment {
                payload,
                placed: None,
            })
            .collect();
        Some(Self { fragments })
    }

    /// The cell to put now: the first fragment not stored, sealed if it was not yet. `None` when all
    /// are stored. Write the state and the chain down before putting.
    pub fn next_to_put(
        &mut self,
        chain: &mut SenderChain,
        rng: &mut impl CryptoRng,
    ) -> Option<(Label, Body)> {
        let fragment = self
            .fragments
            .iter_mut()
            .find(|f| !matches!(&f.placed, Some(p) if p.step != Step::Sealed))?;
        if fragment.placed.is_none() {
            let place = chain.next_place();
            let body = seal(
                &place.key,
                &place.label,
                &fragment.payload,
                Class::Small,
                rng,
            )?;
            fragment.placed = Some(Placed {
                label: place.label.0,
                body: body.bytes().to_vec(),
                step: Step::Sealed,
            });
        }
        let placed = fragment.placed.as_ref()?;
        let body = Body::new(Bytes::from(placed.body.clone())).ok()?;
        Some((Label(placed.label), body))
    }

    fn at(&mut self, label: &Label) -> Option<&mut Fragment> {
        self.fragments
            .iter_mut()
            .find(|f| f.placed.as_ref().is_some_and(|p| p.label == label.0))
    }

    /// The board holds the cell. False if the label is not of this message.
    pub fn stored(&mut self, label: &Label) -> bool {
        let Some(placed) = self.at(label).and_then(|f| f.placed.as_mut()) else {
            return false;
        };
        if placed.step == Step::Sealed {
            placed.step = Step::Stored;
        }
        true
    }

    /// What the board said it holds, and the feed has not shown, is to be put once more, byte for byte.
    pub fn doubt(&mut self) {
        let placed = self.fragments.iter_mut().filter_map(|f| f.placed.as_mut());
        for placed in placed.filter(|placed| placed.step == Step::Stored) {
            placed.step = Step::Sealed;
        }
    }

    /// The label holds other bytes: the fragment will be sealed anew at the next place. False if
    /// the label is not of this message, or the fragment was counted there already.
    pub fn taken(&mut self, label: &Label) -> bool {
        let Some(fragment) = self.at(label) else {
            return false;
        };
        if matches!(&fragment.placed, Some(placed) if placed.step == Step::Counted) {
            return false;
        }
        fragment.placed = None;
        true
    }

    /// A cell stands in the feed.
    pub fn seen(&mut self, label: &Label, body: &[u8]) -> Seen {
        let Some(fragment) = self.at(label) else {
            return Seen::NotOurs;
        };
        match &mut fragment.placed {
            Some(placed) if placed.step == Step::Counted || placed.body == body => {
                placed.step = Step::Counted;
                Seen::Counted
            }
            _ => {
                fragment.placed = None;
                Seen::Foreign
            }
        }
    }

    /// Whether every fragment is stored.
    #[must_use]
    pub fn all_stored(&self) -> bool {
        self.fragments
            .iter()
            .all(|f| matches!(&f.placed, Some(p) if p.step != Step::Sealed))
    }

    /// Whether every fragment stands in the feed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.fragments
            .iter()
            .all(|f| matches!(&f.placed, Some(p) if p.step == Step::Counted))
    }

    /// Labels of the fragments that the board holds.
    #[must_use]
    pub fn stored_labels(&self) -> Vec<Label> {
        self.fragments
            .iter()
            .filter_map(|f| f.placed.as_ref())
            .filter(|p| p.step != Step::Sealed)
            .map(|p| Label(p.label))
            .collect()
    }

    /// CBOR of the state.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        write(self)
    }

    /// Reads [`Outgoing::to_bytes`].
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
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use std::collections::HashMap;

    proptest! {
        /// Whatever a board and other members do, no label ever gets two bodies, and a message
        /// whose puts succeed in the end is complete.
        #[test]
        fn no_label_ever_holds_two_bodies(size in 1usize..9_000, answers in proptest::collection::vec(0u8..4, 0..60)) {
            let mut rng = ChaCha20Rng::from_seed([5; 32]);
            let mut chain = SenderChain::new([6; 32]);
            let mut message = Outgoing::new(&vec![9; size]).unwrap();
            let mut held: HashMap<Label, Vec<u8>> = HashMap::new();
            let mut answers = answers.into_iter();
            while !message.is_complete() {
                if let Some((label, body)) = message.next_to_put(&mut chain, &mut rng) {
                    let body = body.bytes().to_vec();
                    prop_assert_eq!(held.entry(label).or_insert_with(|| body.clone()), &body);
                    match answers.next().unwrap_or(0) {
                        0 => { message.stored(&label); }
                        1 => { message.taken(&label); }
                        2 => { prop_assert_eq!(message.seen(&label, b"junk"), Seen::Foreign); }
                        _ => { message = Outgoing::from_bytes(&message.to_bytes()).unwrap(); }
                    }
                } else {
                    for label in message.stored_labels() {
                        let body = held[&label].clone();
                        prop_assert_eq!(message.seen(&label, &body), Seen::Counted);
                    }
                }
            }
        }
    }

    #[test]
    fn the_next_fragment_waits_for_the_one_before() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let mut chain = SenderChain::new([6; 32]);
        let mut message = Outgoing::new(&[1; 3_000]).unwrap();
        let (first, _) = message.next_to_put(&mut chain, &mut rng).unwrap();
        let (again, _) = message.next_to_put(&mut chain, &mut rng).unwrap();
        assert!(first == again);
        assert!(message.stored(&first));
        let (second, _) = message.next_to_put(&mut chain, &mut rng).unwrap();
        assert!(second != first);
        assert!(!message.all_stored());
    }

    #[test]
    fn what_stands_in_the_feed_is_not_moved_by_a_late_answer() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let mut chain = SenderChain::new([6; 32]);
        let mut message = Outgoing::new(b"once").unwrap();
        let (label, body) = message.next_to_put(&mut chain, &mut rng).unwrap();
        assert_eq!(message.seen(&label, body.bytes()), Seen::Counted);
        assert!(!message.taken(&label));
        assert!(message.is_complete());
        assert!(message.next_to_put(&mut chain, &mut rng).is_none());
    }
}
