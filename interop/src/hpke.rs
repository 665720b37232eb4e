//! HPKE in base mode, written out from RFC 9180 for the one suite that 0x004E uses: X-Wing, HKDF-SHA384,
//! AES-256-GCM. Both providers share one HPKE library; this shares nothing with it. One message per context.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use hkdf::Hkdf;
use sha2::Sha384;

/// `"HPKE"`, then X-Wing (0x647a), HKDF-SHA384 (0x0002), AES-256-GCM (0x0002).
const SUITE: &[u8] = &[b'H', b'P', b'K', b'E', 0x64, 0x7a, 0x00, 0x02, 0x00, 0x02];
const HASH: usize = 48;
const BASE: u8 = 0;

fn extract(salt: &[u8], label: &[u8], input: &[u8]) -> [u8; HASH] {
    let labelled = [b"HPKE-v1".as_slice(), SUITE, label, input].concat();
    Hkdf::<Sha384>::extract(Some(salt), &labelled).0.into()
}

fn expand<const N: usize>(secret: &[u8], label: &[u8], info: &[u8]) -> Result<[u8; N], String> {
    let length = u16::try_from(N).map_err(|error| error.to_string())?;
    let info = [
        &length.to_be_bytes(),
        b"HPKE-v1".as_slice(),
        SUITE,
        label,
        info,
    ]
    .concat();
    let mut out = [0; N];
    let hkdf = Hkdf::<Sha384>::from_prk(secret).map_err(|error| error.to_string())?;
    hkdf.expand(&info, &mut out)
        .map_err(|error| error.to_string())?;
    Ok(out)
}

/// Key and first nonce from the secret of the key encapsulation.
fn schedule(shared: &[u8], info: &[u8]) -> Result<([u8; 32], [u8; 12]), String> {
    let psk_id = extract(b"", b"psk_id_hash", b"");
    let info = extract(b"", b"info_hash", info);
    let context = [[BASE].as_slice(), &psk_id, &info].concat();
    let secret = extract(shared, b"secret", b"");
    Ok((
        expand(&secret, b"key", &context)?,
        expand(&secret, b"base_nonce", &context)?,
    ))
}

/// Seals the first message under a shared secret.
///
/// # Errors
/// When a length is impossible.
pub fn seal(shared: &[u8], info: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, String> {
    let (key, nonce) = schedule(shared, info)?;
    let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
    let payload = Payload { msg: plain, aad };
    cipher
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|error| error.to_string())
}

/// Opens the first message under a shared secret.
///
/// # Errors
/// When it was not sealed so.
pub fn open(shared: &[u8], info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, String> {
    let (key, nonce) = schedule(shared, info)?;
    let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
    let payload = Payload { msg: sealed, aad };
    cipher
        .decrypt(&Nonce::from(nonce), payload)
        .map_err(|error| error.to_string())
}
