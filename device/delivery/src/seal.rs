//! The outer seal: `nonce(24) ‖ XChaCha20-Poly1305(key, nonce, aad = label, padded payload)`
//! (docs/protocol/delivery.md, Labels and sealing).
//!
//! It hides what an MLS PrivateMessage shows (group id, epoch, content type) and makes every cell
//! one of two sizes.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;
use chacha20::{R20, hchacha};
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

/// XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key that HChaCha20 makes of the first 16 bytes of the
/// nonce, with the last 8 behind four zeros (draft-irtf-cfrg-xchacha-03, section 2.3).
fn begin(key: &SealKey, nonce: &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)> {
    let (first, last) = nonce.split_first_chunk::<16>()?;
    let inner = Zeroizing::<[u8; 32]>::new(hchacha::<R20>(&key.0.into(), &(*first).into()).into());
    let mut rest = [0; 12];
    rest[4..].copy_from_slice(last);
    let key = UnboundKey::new(&CHACHA20_POLY1305, &*inner).ok()?;
    Some((LessSafeKey::new(key), Nonce::assume_unique_for_key(rest)))
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
    let unused = room(class).checked_sub(payload.len())?;
    let length = u32::try_from(payload.len()).ok()?.to_be_bytes();
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let mut body = Vec::with_capacity(class.size());
    body.extend_from_slice(&nonce);
    body.extend_from_slice(&length[1..]);
    body.extend_from_slice(payload);
    body.resize(body.len() + unused, 0);
    // In place: of what is readable no second copy comes to be.
    let plain = body.get_mut(NONCE..)?;
    let (key, nonce) = begin(key, &nonce)?;
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(label.0), plain)
        .ok()?;
    body.extend_from_slice(tag.as_ref());
    Body::new(Bytes::from(body)).ok()
}

/// Opens a body; `None` for anything not sealed with this key under this label.
#[must_use]
pub fn open(key: &SealKey, label: &Label, body: &Body) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::new());
    let length = open_into(key, label, (body, &mut plain))?.len();
    plain.truncate(LENGTH + length);
    plain.drain(..LENGTH);
    Some(plain)
}

/// [`open`] into a buffer that is there already, whatever it held; gives the payload in it.
pub(crate) fn open_into<'a>(
    key: &SealKey,
    label: &Label,
    (body, buffer): (&Body, &'a mut Vec<u8>),
) -> Option<&'a [u8]> {
    let (nonce, sealed) = body.bytes().split_first_chunk::<NONCE>()?;
    let (sealed, tag) = sealed.split_last_chunk::<AUTH>()?;
    buffer.resize(sealed.len(), 0);
    let (key, nonce) = begin(key, nonce)?;
    key.open_separate_gather(nonce, Aad::from(label.0), sealed, tag, buffer)
        .ok()?;
    let (&[high, middle, low], plain) = buffer.split_first_chunk::<LENGTH>()?;
    let length = u32::from_be_bytes([0, high, middle, low]) as usize;
    let (payload, padding) = plain.split_at_checked(length)?;
    padding.iter().all(|byte| *byte == 0).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use chacha20poly1305::{XChaCha20Poly1305, XNonce};
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

    proptest! {
        /// What another library seals opens here, and the other way round.
        #[test]
        fn it_is_the_standard_cipher(key: [u8; 32], label: [u8; 32], payload in proptest::collection::vec(any::<u8>(), 0..=SMALL_PAYLOAD), seed: [u8; 32]) {
            let mut rng = ChaCha20Rng::from_seed(seed);
            let (sealing, label) = (SealKey(key), Label(label));
            let body = seal(&sealing, &label, &payload, Class::Small, &mut rng).unwrap();
            let (nonce, sealed) = body.bytes().split_first_chunk::<NONCE>().unwrap();
            let other = XChaCha20Poly1305::new(&key.into());
            let sealed = Payload { msg: sealed, aad: &label.0 };
            let plain = other.decrypt(&XNonce::from(*nonce), sealed).unwrap();
            prop_assert_eq!(&plain[LENGTH..LENGTH + payload.len()], &payload);
            let msg = Payload { msg: &plain, aad: &label.0 };
            let again = other.encrypt(&XNonce::from(*nonce), msg).unwrap();
            let again = Body::new([nonce, again.as_slice()].concat().into()).unwrap();
            prop_assert!(again == body);
            prop_assert_eq!(&*open(&sealing, &label, &again).unwrap(), &payload);
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
