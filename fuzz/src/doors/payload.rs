//! What is inside a cell, under a seal that any member could have made.

use bytes::Bytes;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use heliograph_delivery::{
    Ask, Head, Invitation, Joiner, LARGE_PAYLOAD, SMALL_PAYLOAD, SealKey, open, split,
};
use heliograph_wire::{Body, Label};

const KEY: [u8; 32] = [7; 32];
const LABEL: Label = Label([8; 32]);
/// Bytes of the length before a payload.
const LENGTH: usize = 3;

/// The product gives nobody the bytes of a key; it does read keys that it stored as CBOR.
fn key() -> SealKey {
    let stored = [[0x58, 32].as_slice(), &KEY].concat();
    ciborium::from_reader(stored.as_slice()).expect("32 bytes in CBOR are a stored key")
}

/// A body whose plaintext is `plain` and zeros, whatever `plain` claims about itself.
fn body(plain: &[u8]) -> Option<Body> {
    let payload = if plain.len() <= SMALL_PAYLOAD + LENGTH {
        SMALL_PAYLOAD
    } else {
        LARGE_PAYLOAD
    };
    let mut padded = plain.to_vec();
    padded.resize(payload + LENGTH, 0);
    let nonce = [9; 24];
    let message = Payload {
        msg: &padded,
        aad: &LABEL.0,
    };
    let sealed = XChaCha20Poly1305::new(&KEY.into()).encrypt(&XNonce::from(nonce), message);
    Body::new(Bytes::from([nonce.as_slice(), &sealed.ok()?].concat())).ok()
}

/// Opening a cell: the seal fits, the plaintext is foreign.
pub fn cells(data: &[u8]) -> bool {
    if data.len() > LARGE_PAYLOAD + LENGTH {
        return false;
    }
    let body = body(data).expect("sealed to one of the two sizes");
    let Some(payload) = open(&key(), &LABEL, &body) else {
        return false;
    };
    let mut said = [0; 4];
    for (to, from) in said[1..].iter_mut().zip(data) {
        *to = *from;
    }
    assert!(payload.len() == u32::from_be_bytes(said) as usize);
    let rest = data.get(LENGTH..).unwrap_or_default();
    let (shown, hidden) = rest.split_at(payload.len().min(rest.len()));
    assert!(payload.starts_with(shown) && hidden.iter().all(|byte| *byte == 0));
    assert!(open(&key(), &Label([0; 32]), &body).is_none());
    heads(&payload);
    Joiner::default().push(&payload);
    true
}

/// The payload of a slot cell, a hello or a key package.
pub fn heads(data: &[u8]) -> bool {
    match Head::parse(data) {
        None => false,
        Some(Head::Inline(inline)) => {
            assert!(data.first() == Some(&0) && data.get(1..) == Some(&inline));
            true
        }
        Some(Head::Bodies(bodies)) => {
            let places = bodies.places().len();
            assert!((1..=64).contains(&places));
            assert!(bodies.join(&[]).is_none());
            true
        }
    }
}

/// What a hello carries.
pub fn invitations(data: &[u8]) -> bool {
    match Invitation::parse(data) {
        None => false,
        Some(invitation) => {
            assert!(!invitation.welcome.is_empty());
            assert_eq!(invitation.encode(), data);
            true
        }
    }
}

/// What a hello at a group's link carries.
pub fn asks(data: &[u8]) -> bool {
    match Ask::parse(data) {
        None => false,
        Some(ask) => {
            assert!(!ask.card.is_empty() && !ask.chain.is_empty());
            assert!(ask.encode().is_some_and(|bytes| bytes == data));
            true
        }
    }
}

/// Fragments. The first byte says how many steps follow; each step pushes a fragment of the rest,
/// whole or spoiled, or the rest as it is. Nothing is ever put together but what was cut.
pub fn fragments(data: &[u8]) -> bool {
    let Some((&steps, rest)) = data.split_first() else {
        return false;
    };
    let Some((steps, message)) = rest.split_at_checked(usize::from(steps % 48)) else {
        return false;
    };
    let pieces = split(message).unwrap_or_default();
    let (mut joiner, mut whole) = (Joiner::default(), false);
    for step in steps {
        let Some(piece) = pieces.get(usize::from(step & 7)) else {
            joiner.push(message);
            continue;
        };
        let mut piece = piece.clone();
        let spoiled = step & 0x80 != 0 && pieces.len() > 1;
        if let (true, Some(last)) = (spoiled, piece.last_mut()) {
            *last ^= step >> 3 | 1;
        }
        let joined = joiner.push(&piece);
        assert!(!(spoiled && joined.is_some()));
        #[cfg(feature = "planted")]
        crate::planted::joined(joined.is_some(), pieces.len(), usize::from(step & 7));
        if let Some(joined) = joined {
            assert!(joined == message);
            whole = true;
        }
    }
    let stored = joiner.to_bytes();
    assert!(Joiner::from_bytes(&stored).is_ok_and(|again| again.to_bytes() == stored));
    whole
}
