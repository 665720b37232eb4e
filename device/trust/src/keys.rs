//! Signing keys of people and devices (Ed25519, RFC 8032).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Identity, PersonId, Verified};

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct SignatureVoid;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(SigningKey);

        impl $name {
            /// A fresh key.
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill_bytes(&mut *seed);
                Self(SigningKey::from_bytes(&seed))
            }

            /// The secret bytes, for the encrypted store only.
            #[must_use]
            pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
                Zeroizing::new(self.0.to_bytes())
            }

            /// Reads [`Self::to_bytes`].
            #[must_use]
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(SigningKey::from_bytes(bytes))
            }

            /// The public key.
            #[must_use]
            pub fn public(&self) -> [u8; 32] {
                self.0.verifying_key().to_bytes()
            }

            pub(crate) fn sign_raw(&self, bytes: &[u8]) -> [u8; 64] {
                self.0.sign(bytes).to_bytes()
            }
        }
    };
}

secret!(
    /// A person's key. It never leaves the person's first device; it signs only device certificates
    /// and the person's own.
    PersonSecret
);
secret!(
    /// A device's key; the signature key of its MLS leaves.
    DeviceSecret
);

fn framed(context: &[u8], bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(context.len()).unwrap_or(u8::MAX);
    [
        b"heliograph signed v1".as_slice(),
        &[length],
        context,
        bytes,
    ]
    .concat()
}

impl PersonSecret {
    /// Name of the person whose key this is.
    #[must_use]
    pub fn id(&self) -> PersonId {
        PersonId::of(&self.public())
    }
}

impl DeviceSecret {
    /// Signs `bytes` for one purpose; a signature for one context is void in every other.
    #[must_use]
    pub fn sign(&self, context: &[u8], bytes: &[u8]) -> [u8; 64] {
        self.sign_raw(&framed(context, bytes))
    }

    /// Signs exactly what the MLS library asks for (it frames its own contexts, RFC 9420 5.1.2).
    #[must_use]
    pub fn sign_mls(&self, bytes: &[u8]) -> [u8; 64] {
        self.sign_raw(bytes)
    }
}

/// Checks a signature over exactly `bytes`, raw.
pub(crate) fn verify_raw(
    key: &[u8; 32],
    bytes: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignatureVoid> {
    VerifyingKey::from_bytes(key)
        .and_then(|key| key.verify_strict(bytes, &Signature::from_bytes(signature)))
        .map_err(|_| SignatureVoid)
}

/// Checks a signature that a verified device made for `context`.
///
/// # Errors
/// [`SignatureVoid`].
pub fn verify_signature(
    device: &Verified<Identity>,
    context: &[u8],
    bytes: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignatureVoid> {
    verify_raw(&device.get().device_key, &framed(context, bytes), signature)
}
