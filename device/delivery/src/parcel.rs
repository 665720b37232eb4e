//! Parcels: payloads of slot cells, hellos and key packages (docs/protocol/delivery.md, Commits).
//!
//! A head cell holds the payload itself, or its hash and a fresh file key under whose labels the
//! body cells were put *before*. A head whose bodies are missing is void.

use heliograph_wire::{Body, Class, Label};
use rand_core::CryptoRng;

use crate::secret::{SealKey, Secret, hmac, sha256};
use crate::{LARGE_PAYLOAD, SMALL_PAYLOAD, open, seal};

const INLINE: u8 = 0;
const BODIES: u8 = 1;
/// Most body cells of a parcel.
const BODIES_MAX: usize = 64;
/// Most small body cells; what needs more goes into large ones.
const SMALL_BODIES: usize = 32;
/// Longest payload of a parcel, bytes.
pub const PARCEL_MAX: usize = BODIES_MAX * LARGE_PAYLOAD;

/// A sealed cell and its place.
#[derive(Clone)]
pub struct SealedCell {
    /// One-time label.
    pub label: Label,
    /// Key of its outer seal; the "never" erase-hash of a commit's body derives from it.
    pub key: SealKey,
    /// Sealed bytes.
    pub body: Body,
}

/// A parcel ready to be put: bodies first, then the head.
#[derive(Clone)]
pub struct Parcel {
    /// What goes into the head cell, to be sealed under its label.
    pub head: Vec<u8>,
    /// Body cells, in order.
    pub bodies: Vec<SealedCell>,
}

/// A head cell's payload, read.
#[derive(Clone)]
pub enum Head {
    /// The payload itself.
    Inline(Vec<u8>),
    /// Where the bodies are.
    Bodies(Bodies),
}

/// See [`Head::Bodies`].
#[derive(Clone)]
pub struct Bodies {
    hash: [u8; 32],
    file_key: Secret,
    count: u16,
}

fn place(file_key: &[u8; 32], at: u16) -> (Label, SealKey) {
    let at = at.to_be_bytes();
    (
        Label(hmac(file_key, &[&[1], &at])),
        SealKey(hmac(file_key, &[&[2], &at])),
    )
}

/// Packs a payload; `None` if it is longer than [`PARCEL_MAX`].
pub fn pack(payload: &[u8], rng: &mut impl CryptoRng) -> Option<Parcel> {
    if payload.len() < SMALL_PAYLOAD {
        return Some(Parcel {
            head: [&[INLINE], payload].concat(),
            bodies: Vec::new(),
        });
    }
    let (class, room) = if payload.len() <= SMALL_BODIES * SMALL_PAYLOAD {
        (Class::Small, SMALL_PAYLOAD)
    } else {
        (Class::Large, LARGE_PAYLOAD)
    };
    let count = payload.len().div_ceil(room);
    if count > BODIES_MAX {
        return None;
    }
    let mut file_key = Secret([0; 32]);
    rng.fill_bytes(&mut file_key.0);
    let mut bodies = Vec::with_capacity(count);
    for (piece, at) in payload.chunks(room).zip(0_u16..) {
        let (label, key) = place(&file_key.0, at);
        let body = seal(&key, &label, piece, class, rng)?;
        bodies.push(SealedCell { label, key, body });
    }
    let count = u16::try_from(count).ok()?.to_be_bytes();
    Some(Parcel {
        head: [&[BODIES], sha256(payload).as_slice(), &file_key.0, &count].concat(),
        bodies,
    })
}

impl Head {
    /// Reads a head's payload; `None` makes the cell void.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        match kind {
            INLINE => Some(Self::Inline(rest.to_vec())),
            BODIES => {
                let (hash, rest) = rest.split_first_chunk::<32>()?;
                let (file_key, rest) = rest.split_first_chunk::<32>()?;
                let count = u16::from_be_bytes(rest.try_into().ok()?);
                let sane = count >= 1 && usize::from(count) <= BODIES_MAX;
                sane.then_some(Self::Bodies(Bodies {
                    hash: *hash,
                    file_key: Secret(*file_key),
                    count,
                }))
            }
            _ => None,
        }
    }
}

impl Bodies {
    /// Labels and keys of the body cells, in order.
    #[must_use]
    pub fn places(&self) -> Vec<(Label, SealKey)> {
        (0..self.count)
            .map(|at| place(&self.file_key.0, at))
            .collect()
    }

    /// Joins the bodies in order; `None` if one does not open or the whole has another hash.
    #[must_use]
    pub fn join(&self, bodies: &[Body]) -> Option<Vec<u8>> {
        if bodies.len() != usize::from(self.count) {
            return None;
        }
        let mut whole = Vec::new();
        for ((label, key), body) in self.places().iter().zip(bodies) {
            whole.extend_from_slice(&open(key, label, body)?);
        }
        (sha256(&whole) == self.hash).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    proptest! {
        #[test]
        fn a_parcel_comes_back_and_a_spoiled_one_does_not(size in 0usize..20_000) {
            let payload: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let mut rng = ChaCha20Rng::from_seed([5; 32]);
            let parcel = pack(&payload, &mut rng).unwrap();
            prop_assert!(parcel.head.len() <= SMALL_PAYLOAD);
            match Head::parse(&parcel.head).unwrap() {
                Head::Inline(inline) => prop_assert_eq!(inline, payload),
                Head::Bodies(head) => {
                    let mut bodies: Vec<Body> = parcel.bodies.iter().map(|b| b.body.clone()).collect();
                    prop_assert_eq!(head.join(&bodies), Some(payload));
                    if bodies.len() > 1 {
                        bodies.swap(0, 1);
                        prop_assert!(head.join(&bodies).is_none());
                    }
                    bodies.pop();
                    prop_assert!(head.join(&bodies).is_none());
                }
            }
        }

        #[test]
        fn a_foreign_head_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Some(Head::Bodies(bodies)) = Head::parse(&bytes) {
                prop_assert!(bodies.places().len() <= BODIES_MAX);
            }
        }
    }

    #[test]
    fn a_payload_over_the_limit_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        assert!(pack(&vec![0; PARCEL_MAX + 1], &mut rng).is_none());
    }

    #[test]
    fn a_long_payload_goes_in_few_large_cells_and_comes_back() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let payload = vec![7; SMALL_BODIES * SMALL_PAYLOAD + 1];
        let parcel = pack(&payload, &mut rng).unwrap();
        let bodies: Vec<Body> = parcel.bodies.into_iter().map(|cell| cell.body).collect();
        assert_eq!(bodies.len(), 1);
        assert!(bodies.iter().all(|body| body.class() == Class::Large));
        let Some(Head::Bodies(head)) = Head::parse(&parcel.head) else {
            panic!("a head with bodies");
        };
        assert_eq!(head.join(&bodies), Some(payload));
    }
}
