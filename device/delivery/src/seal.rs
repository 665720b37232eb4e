//! The outer seal: `nonce(24) ‖ cipher(key, nonce, aad = label, padded payload)`, where the cipher is
//! XChaCha20-Poly1305, or for the chunks of files AES-256-GCM (docs/protocol/delivery.md, Labels and sealing).
//!
//! It hides what an MLS PrivateMessage shows (group id, epoch, content type) and makes every cell
//! one of two sizes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use bytes::Bytes;
use chacha20::{R20, hchacha};
use heliograph_wire::{Body, Class, LARGE_BODY, Label, SMALL_BODY};
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::SealKey;
use crate::secret::hmac;

const NONCE: usize = 24;
const AUTH: usize = 16;
const LENGTH: usize = 3;
const OVERHEAD: usize = NONCE + AUTH + LENGTH;
/// Where the payload begins in a body.
const PAYLOAD: usize = NONCE + LENGTH;

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

/// AES-256-GCM under a key that HMAC makes of the first 12 bytes of the nonce, with the last 12: as safe under random
/// nonces as the longer nonce is, like XAES-256-GCM (C2SP), with HMAC in place of CMAC.
fn begin_chunk(key: &SealKey, nonce: &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)> {
    let (first, last) = nonce.split_first_chunk::<12>()?;
    let inner = Zeroizing::new(hmac(&key.0, &[&[5], first]));
    let key = UnboundKey::new(&AES_256_GCM, &*inner).ok()?;
    Some((
        LessSafeKey::new(key),
        Nonce::try_assume_unique_for_key(last).ok()?,
    ))
}

/// A cipher made ready for one cell.
type Begin = fn(&SealKey, &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)>;

/// A body in which nothing but the length of its payload stands yet; `None` if that does not fit.
fn blank(length: usize, class: Class) -> Option<Vec<u8>> {
    let told = u32::try_from(length).ok()?.to_be_bytes();
    let mut body = vec![0; class.size()];
    body.get_mut(NONCE..PAYLOAD)?.copy_from_slice(&told[1..]);
    (length <= room(class)).then_some(body)
}

/// Where the payload of a body stands.
fn payload_of(body: &mut [u8], length: usize) -> &mut [u8] {
    let rest = body.get_mut(PAYLOAD..).unwrap_or_default();
    rest.get_mut(..length).unwrap_or_default()
}

/// Seals a body in place, so that of what is readable no second copy comes to be.
fn close(
    begin: Begin,
    (key, label): (&SealKey, &Label),
    mut body: Vec<u8>,
    rng: &mut impl CryptoRng,
) -> Option<Body> {
    let (nonce, rest) = body.split_first_chunk_mut::<NONCE>()?;
    let (plain, tag) = rest.split_last_chunk_mut::<AUTH>()?;
    rng.fill_bytes(nonce);
    let (key, nonce) = begin(key, nonce)?;
    let made = key.seal_in_place_separate_tag(nonce, Aad::from(label.0), plain);
    tag.copy_from_slice(made.ok()?.as_ref());
    Body::new(Bytes::from(body)).ok()
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
    let mut body = blank(payload.len(), class)?;
    payload_of(&mut body, payload.len()).copy_from_slice(payload);
    close(begin, (key, label), body, rng)
}

/// Seals a chunk of `length` bytes, which `fill` writes to where it is sealed; `None` if it does not fit.
pub(crate) fn seal_chunk<E>(
    (key, label): (&SealKey, &Label),
    length: usize,
    rng: &mut impl CryptoRng,
    fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Option<Body>, E> {
    let Some(mut body) = blank(length, Class::Large) else {
        return Ok(None);
    };
    if let Err(error) = fill(payload_of(&mut body, length)) {
        body.zeroize();
        return Err(error);
    }
    Ok(close(begin_chunk, (key, label), body, rng))
}

/// Opens a body; `None` for anything not sealed with this key under this label.
#[must_use]
pub fn open(key: &SealKey, label: &Label, body: &Body) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::new());
    let length = open_with(begin, (key, label), (body, &mut plain))?.len();
    plain.truncate(LENGTH + length);
    plain.drain(..LENGTH);
    Some(plain)
}

/// Opens a chunk into a buffer that is there already, whatever it held; gives the chunk in it.
pub(crate) fn open_chunk<'a>(
    (key, label): (&SealKey, &Label),
    (body, buffer): (&Body, &'a mut Vec<u8>),
) -> Option<&'a [u8]> {
    open_with(begin_chunk, (key, label), (body, buffer))
}

fn open_with<'a>(
    begin: Begin,
    (key, label): (&SealKey, &Label),
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

    proptest! {
        /// The same for chunks.
        #[test]
        fn a_chunk_is_sealed_by_the_standard_cipher(key: [u8; 32], label: [u8; 32], chunk in proptest::collection::vec(any::<u8>(), 0..=2_000), seed: [u8; 32]) {
            use aes_gcm::aead::{Aead, Payload};
            use aes_gcm::{Aes256Gcm, KeyInit};
            let (sealing, label) = (SealKey(key), Label(label));
            let mut rng = ChaCha20Rng::from_seed(seed);
            let fill = |place: &mut [u8]| {
                place.copy_from_slice(&chunk);
                Ok::<_, ()>(())
            };
            let body = seal_chunk((&sealing, &label), chunk.len(), &mut rng, fill).unwrap().unwrap();
            let (nonce, sealed) = body.bytes().split_first_chunk::<NONCE>().unwrap();
            let inner = hmac(&key, &[&[5], &nonce[..12]]);
            let other = Aes256Gcm::new(&inner.into());
            let sealed = Payload { msg: sealed, aad: &label.0 };
            let plain = other.decrypt(nonce[12..].into(), sealed).unwrap();
            prop_assert_eq!(&plain[LENGTH..LENGTH + chunk.len()], &chunk);
            prop_assert!(plain[LENGTH + chunk.len()..].iter().all(|byte| *byte == 0));
            let msg = Payload { msg: &plain, aad: &label.0 };
            let again = other.encrypt(nonce[12..].into(), msg).unwrap();
            let again = Body::new([nonce, again.as_slice()].concat().into()).unwrap();
            prop_assert!(again == body);
            let mut buffer = Vec::new();
            prop_assert_eq!(open_chunk((&sealing, &label), (&again, &mut buffer)).unwrap(), &chunk);
            // Neither cipher opens what the other sealed.
            prop_assert!(open(&sealing, &label, &body).is_none());
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
