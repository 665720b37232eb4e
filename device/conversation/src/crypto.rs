//! The crypto provider, the signer, and the fixed choices of every group.

use std::cell::{RefCell, RefMut};

use heliograph_trust::{DeviceSecret, KnownChains};
use openmls::prelude::{
    Capabilities, Ciphersuite, Credential, CredentialType, CredentialWithKey, ExtensionType,
    MlsGroupJoinConfig, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, SenderRatchetConfiguration,
};
use openmls::storage::StorageProvider;
use openmls_libcrux_crypto::CryptoProvider;
use openmls_traits::OpenMlsProvider;
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;

use crate::GroupError;
use crate::homecoming;
use crate::subject::EXTENSION;

/// The one suite.
pub(crate) const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519;
/// Out-of-order tolerance and greatest jump within one sender's ratchet.
const RATCHET: (u32, u32) = (100, 2_000);

/// The MLS library's cryptography (libcrux), which draws its own randomness from the machine, and
/// the certificates verified so far.
pub struct Crypto {
    provider: CryptoProvider,
    known: RefCell<KnownChains>,
}

impl Crypto {
    /// Starts the provider.
    ///
    /// # Errors
    /// [`GroupError::Library`] if the machine gives no randomness.
    pub fn new() -> Result<Self, GroupError> {
        CryptoProvider::new()
            .map(|provider| Self {
                provider,
                known: RefCell::default(),
            })
            .map_err(|error| GroupError::Library(format!("{error:?}")))
    }

    pub(crate) fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    pub(crate) fn known_chains(&self) -> RefMut<'_, KnownChains> {
        self.known.borrow_mut()
    }
}

/// Who acts: a device's key, and the certificates that stand in its leaves.
#[derive(Clone, Copy)]
pub struct Credentialed<'a> {
    /// Signature key of the leaf.
    pub device: &'a DeviceSecret,
    /// Encoded certificate chain.
    pub chain: &'a [u8],
}

impl Credentialed<'_> {
    pub(crate) fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: Credential::new(CredentialType::X509, self.chain.to_vec()),
            signature_key: self.device.public().to_vec().into(),
        }
    }

    pub(crate) fn signer(&self) -> LeafSigner<'_> {
        LeafSigner(self.device)
    }
}

/// A device key as OpenMLS wants it.
pub(crate) struct LeafSigner<'a>(&'a DeviceSecret);

impl Signer for LeafSigner<'_> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.sign_mls(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// Cryptography and a storage handle together, as OpenMLS wants them.
pub(crate) struct Provider<'a, S> {
    crypto: &'a CryptoProvider,
    storage: &'a S,
}

impl<'a, S> Provider<'a, S> {
    pub(crate) fn new(crypto: &'a Crypto, storage: &'a S) -> Self {
        Self {
            crypto: crypto.provider(),
            storage,
        }
    }
}

impl<S: StorageProvider> OpenMlsProvider for Provider<'_, S> {
    type CryptoProvider = CryptoProvider;
    type RandProvider = CryptoProvider;
    type StorageProvider = S;

    fn storage(&self) -> &S {
        self.storage
    }

    fn crypto(&self) -> &CryptoProvider {
        self.crypto
    }

    fn rand(&self) -> &CryptoProvider {
        self.crypto
    }
}

/// What every leaf says it can do. Named outright: the provider does not list the suite itself.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities::builder()
        .ciphersuites(vec![SUITE])
        .credentials(vec![CredentialType::X509])
        .extensions(vec![
            ExtensionType::LastResort,
            ExtensionType::Unknown(EXTENSION),
            ExtensionType::Unknown(homecoming::EXTENSION),
        ])
        .build()
}

pub(crate) fn ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(RATCHET.0, RATCHET.1)
}

pub(crate) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .sender_ratchet_configuration(ratchet())
        .build()
}
