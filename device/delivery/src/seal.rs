//! The outer seal: `nonce(24) ‖ XChaCha20-Poly1305(key, nonce, aad = label, padded payload)`
//! (docs/protocol/delivery.md, Labels and sealing).
//!
//! It hides what an MLS PrivateMessage shows (group id, epoch, content type) and makes every cell
//! one of two sizes.

use bytes::Bytes;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use heliograph_wire::{Body, Class, LARGE_BODY, Label, SMALL_BODY};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::SealKey;

const NONCE: usize = 24;
const AUTH: usize = 16;
const LENGTH: usize = 3;
const OVERHEAD: usize = NONCE + AUTH + LENGTH;

/// Longest payload of a small cell, bytes.
pub const SMALL_PAYLOAD: usize = SMALL_BODY - OVERHEAD;
/// Longest payload of a large cell, bytes.
pub const LARGE_PAYLOAD: usize = LARGE_BODY - OVERHEAD;

fn room(class: Class) -> usize {
    class.size() - OVERHEAD
}

/// Seals a payload into a body of `class`; `None` if it does not fit.
///
/// A label's key seals once: the caller keeps the body and repeats exactly it.
pub fn seal(
    key: &SealKey,
    label: &Label,
    payload: &[u8],
    class: Class,
    rng: &mut impl CryptoRng,
) -> Option<Body> {
    if payload.len() > room(class) {
        return None;
    }
    let length = u32::try_from(payload.len()).ok()?.to_be_bytes();
    let mut plain = Zeroizing::new(Vec::with_capacity(class.size()));
    plain.extend_from_slice(&length[1..]);
    plain.extend_from_slice(payload);
    plain.resize(room(class) + LENGTH, 0);
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let sealed = XChaCha20Poly1305::new(&key.0.into())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: &plain,
                aad: &label.0,
            },
        )
        .ok()?;
    let mut body = Vec::with_capacity(class.size());
    body.extend_from_slice(&nonce);
    body.extend_from_slice(&sealed);
    Body::new(Bytes::from(body)).ok()
}

/// Opens a body; `None` for anything not sealed with this key under this label.
#[must_use]
pub fn open(key: &SealKey, label: &Label, body: &Body) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = body.bytes().split_first_chunk::<NONCE>()?;
    let mut plain = XChaCha20Poly1305::new(&key.0.into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &label.0,
            },
        )
        .map(Zeroizing::new)
        .ok()?;
    let [high, middle, low] = *plain.first_chunk::<LENGTH>()?;
    let length = u32::from_be_bytes([0, high, middle, low]) as usize;
    if plain.len() < LENGTH + length || plain[LENGTH + length..].iter().any(|b| *b != 0) {
        return None;
    }
    plain.truncate(LENGTH + length);
    plain.drain(..LENGTH);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    proptest! {
        #[test]
        fn a_payload_comes_back_and_every_body_has_its_class_size(payload in proptest::collection::vec(any::<u8>(), 0..=SMALL_PAYLOAD)) {
            let (key, label) = (SealKey([1; 32]), Label([2; 32]));
            let mut rng = ChaCha20Rng::from_seed([3; 32]);
            for class in [Class::Small, Class::Large] {
                let body = seal(&key, &label, &payload, class, &mut rng).unwrap();
                prop_assert_eq!(body.bytes().len(), class.size());
                prop_assert_eq!(&*open(&key, &label, &body).unwrap(), &payload);
                prop_assert!(open(&key, &Label([9; 32]), &body).is_none());
                prop_assert!(open(&SealKey([9; 32]), &label, &body).is_none());
            }
        }
    }

    #[test]
    fn a_payload_one_byte_too_long_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let long = vec![0; SMALL_PAYLOAD + 1];
        assert!(
            seal(
                &SealKey([1; 32]),
                &Label([2; 32]),
                &long,
                Class::Small,
                &mut rng
            )
            .is_none()
        );
    }
}
