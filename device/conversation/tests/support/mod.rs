//! A device that also holds the MLS library itself, and so can make what no honest device would.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "shared by several test files; a prop that fails is a failed test"
)]

use heliograph_conversation::*;
use heliograph_trust::*;
use openmls::group::CommitBuilder;
use openmls::prelude::{GroupId, Initial, MlsGroup};
use openmls_libcrux_crypto::CryptoProvider;
use openmls_memory_storage::MemoryStorage;
use openmls_traits::OpenMlsProvider;
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tls_codec::Serialize;

pub const NOW: i64 = 1_795_000_000_000;
pub const GROUP: [u8; 32] = [9; 32];

/// A device that also holds the MLS library itself, past the conversation's rules.
pub struct Party {
    pub crypto: Crypto,
    pub raw: CryptoProvider,
    pub storage: MemoryStorage,
    pub person: PersonSecret,
    pub device: DeviceSecret,
    pub chain: Vec<u8>,
}

impl OpenMlsProvider for Party {
    type CryptoProvider = CryptoProvider;
    type RandProvider = CryptoProvider;
    type StorageProvider = MemoryStorage;

    fn storage(&self) -> &MemoryStorage {
        &self.storage
    }

    fn crypto(&self) -> &CryptoProvider {
        &self.raw
    }

    fn rand(&self) -> &CryptoProvider {
        &self.raw
    }
}

impl Signer for Party {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.device.sign_mls(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

pub fn chain(person: &PersonSecret, device: &DeviceSecret, name: &str) -> Vec<u8> {
    let mut rng = ChaCha20Rng::from_seed([77; 32]);
    let name = DisplayName::parse(name).unwrap();
    CertificateChain {
        person_der: issue_person(person, &name, NOW, &mut rng).unwrap(),
        device_der: issue_device(person, &name, device, NOW, &mut rng).unwrap(),
    }
    .encode()
}

impl Party {
    pub fn new(seed: u8, name: &str) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let person = PersonSecret::generate(&mut rng);
        let device = DeviceSecret::generate(&mut rng);
        Self {
            crypto: Crypto::new().unwrap(),
            raw: CryptoProvider::new().unwrap(),
            storage: MemoryStorage::default(),
            chain: chain(&person, &device, name),
            person,
            device,
        }
    }

    pub fn who(&self) -> Credentialed<'_> {
        Credentialed {
            device: &self.device,
            chain: &self.chain,
        }
    }

    pub fn key_package(&self) -> Vec<u8> {
        make_key_package(&self.crypto, &self.storage, self.who(), false).unwrap()
    }

    pub fn bare(&self) -> MlsGroup {
        MlsGroup::load(&self.storage, &GroupId::from_slice(&GROUP))
            .unwrap()
            .unwrap()
    }

    /// A commit with whatever `shape` puts into it.
    pub fn forge(
        &self,
        shape: impl for<'a> FnOnce(CommitBuilder<'a, Initial>) -> CommitBuilder<'a, Initial>,
    ) -> Vec<u8> {
        let mut group = self.bare();
        let bundle = shape(group.commit_builder().force_self_update(true))
            .load_psks(&self.storage)
            .unwrap()
            .build(&self.raw, &self.raw, self, |_| true)
            .unwrap()
            .stage_commit(self)
            .unwrap();
        bundle.into_commit().tls_serialize_detached().unwrap()
    }

    pub fn apply(&self, group: &mut Conversation, commit: &[u8]) -> Result<Applied, ApplyError> {
        group.apply(&self.crypto, &self.storage, commit)
    }

    pub fn load(&self) -> Conversation {
        Conversation::load(&self.storage, &GROUP).unwrap().unwrap()
    }
}
