//! A conversation: create, load, seal, open, export.

use heliograph_trust::{Identity, Verified};
use openmls::prelude::{
    ContentType, GroupId, MlsGroup, MlsMessageBodyIn, MlsMessageIn,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessMessageError, ProcessedMessageContent,
    ProtocolMessage,
};
use openmls::storage::StorageProvider;
use tls_codec::{DeserializeBytes, Serialize};
use zeroize::Zeroizing;

use crate::crypto::{Credentialed, Crypto, Provider, SUITE, capabilities, ratchet};
use crate::key_package::validate;
use crate::members::{check_all, check_leaf, check_node};
use crate::{GroupError, Member, OpenError, Subject, Void};

/// Component that the delivery labels are exported under (MLS extensions draft, safe exporter).
const COMPONENT: u16 = 0x8001;

/// One MLS group. After a rolled-back transaction drop it and load it again.
pub struct Conversation {
    pub(crate) group: MlsGroup,
}

/// A freshly made pair: the Welcome for the one added, and who that is.
pub struct FirstAdd {
    /// For the person added.
    pub welcome: Vec<u8>,
    /// Who was added.
    pub identity: Verified<Identity>,
}

/// A message opened.
pub struct Opened {
    /// Leaf of the sender.
    pub leaf: u32,
    /// Who sent it.
    pub identity: Verified<Identity>,
    /// What was sent.
    pub content: Vec<u8>,
}

/// The secret that an epoch's labels derive from; exported once and wiped.
pub struct EpochSecret(Zeroizing<Vec<u8>>);

impl EpochSecret {
    /// The bytes (48 for this suite).
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Reads a private MLS message of one content type; anything in the clear or of another type is
/// refused before the group sees it, so that a commit shown as a message uses up no key.
pub(crate) fn private_message(bytes: &[u8], kind: ContentType) -> Result<ProtocolMessage, Void> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| Void::Encoding)?;
    let MlsMessageBodyIn::PrivateMessage(message) = message.extract() else {
        return Err(Void::Kind);
    };
    let message = ProtocolMessage::from(message);
    if message.content_type() == kind {
        Ok(message)
    } else {
        Err(Void::Kind)
    }
}

impl Conversation {
    /// A new group with this device alone in it.
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn create<S: StorageProvider>(
        crypto: &Crypto,
        storage: &S,
        who: Credentialed<'_>,
        (group_id, subject): (&[u8; 32], &Subject),
    ) -> Result<Self, GroupError> {
        let provider = Provider::new(crypto, storage);
        let group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(group_id))
            .ciphersuite(SUITE)
            .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .with_capabilities(capabilities())
            .with_group_context_extensions(subject.extensions()?)
            .max_past_epochs(0)
            .sender_ratchet_configuration(ratchet())
            .build(&provider, &who.signer(), who.credential())
            .map_err(GroupError::library)?;
        Ok(Self { group })
    }

    /// Reads a group back.
    ///
    /// # Errors
    /// [`GroupError::Storage`].
    pub fn load<S: StorageProvider>(
        storage: &S,
        group_id: &[u8; 32],
    ) -> Result<Option<Self>, GroupError> {
        let group = MlsGroup::load(storage, &GroupId::from_slice(group_id))
            .map_err(|_| GroupError::Storage)?;
        Ok(group.map(|group| Self { group }))
    }

    /// Deletes all stored state of the group; what is in memory must not be used any more.
    ///
    /// # Errors
    /// [`GroupError::Storage`].
    pub fn delete<S: StorageProvider>(&mut self, storage: &S) -> Result<(), GroupError> {
        self.group.delete(storage).map_err(|_| GroupError::Storage)
    }

    /// Adds the first other device while this one is alone: nobody else could commit, so the commit
    /// is merged at once.
    ///
    /// # Errors
    /// [`GroupError::KeyPackage`] if the package is not acceptable.
    pub fn add_first<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
        who: Credentialed<'_>,
        package: (&[u8], i64),
    ) -> Result<FirstAdd, GroupError> {
        let (bytes, now_ms) = package;
        if self.group.members().count() != 1 {
            return Err(GroupError::Library("the group is not empty".into()));
        }
        let key_package = validate(crypto, bytes).map_err(GroupError::KeyPackage)?;
        let leaf = key_package.leaf_node();
        let identity = check_node(crypto, leaf, Some(now_ms)).map_err(GroupError::KeyPackage)?;
        let provider = Provider::new(crypto, storage);
        let (_, welcome, _) = self
            .group
            .add_members(&provider, &who.signer(), &[key_package])
            .map_err(GroupError::library)?;
        self.group
            .merge_pending_commit(&provider)
            .map_err(GroupError::library)?;
        let welcome = welcome
            .tls_serialize_detached()
            .map_err(GroupError::library)?;
        Ok(FirstAdd { welcome, identity })
    }

    /// Seals application content in the present epoch.
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn seal<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
        who: Credentialed<'_>,
        content: &[u8],
    ) -> Result<Vec<u8>, GroupError> {
        let provider = Provider::new(crypto, storage);
        self.group
            .create_message(&provider, &who.signer(), content)
            .map_err(GroupError::library)?
            .tls_serialize_detached()
            .map_err(GroupError::library)
    }

    /// Opens an application message of the present epoch; its key is used up.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
        mls: &[u8],
    ) -> Result<Opened, OpenError> {
        let provider = Provider::new(crypto, storage);
        let message = private_message(mls, ContentType::Application)?;
        let processed = match self.group.process_message(&provider, message) {
            Ok(processed) => processed,
            Err(ProcessMessageError::StorageError(_)) => return Err(GroupError::Storage.into()),
            Err(error) => return Err(Void::Invalid(error.to_string()).into()),
        };
        let openmls::prelude::Sender::Member(leaf) = processed.sender() else {
            return Err(Void::Kind.into());
        };
        let leaf = *leaf;
        let member = self.group.member_at(leaf).ok_or(Void::Kind)?;
        let identity = check_leaf(crypto, (&member.credential, &member.signature_key), None)?;
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(content) => Ok(Opened {
                leaf: leaf.u32(),
                identity,
                content: content.into_bytes(),
            }),
            _ => Err(Void::Kind.into()),
        }
    }

    /// Number of the epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.group.epoch().as_u64()
    }

    /// What the conversation is.
    ///
    /// # Errors
    /// [`GroupError::Library`] if stored state was tampered with.
    pub fn subject(&self) -> Result<Subject, GroupError> {
        Subject::of(self.group.extensions()).map_err(GroupError::library)
    }

    /// This device's leaf.
    #[must_use]
    pub fn own_leaf(&self) -> u32 {
        self.group.own_leaf_index().u32()
    }

    /// Everyone in the group. Judges no time: a member does not vanish because a clock is wrong.
    ///
    /// # Errors
    /// [`GroupError::Member`] if stored state was tampered with.
    pub fn members(&self, crypto: &Crypto) -> Result<Vec<Member>, GroupError> {
        check_all(crypto, self.group.members(), None).map_err(GroupError::library)
    }

    /// Equal for all members of an epoch (RFC 9420, 8.7).
    #[must_use]
    pub fn authenticator(&self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }

    /// The epoch's secret for delivery labels. Works once per epoch: the branch is punctured.
    ///
    /// # Errors
    /// [`GroupError::Library`] the second time.
    pub fn export_epoch<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
    ) -> Result<EpochSecret, GroupError> {
        self.group
            .safe_export_secret(crypto.provider(), storage, COMPONENT)
            .map(|secret| EpochSecret(Zeroizing::new(secret)))
            .map_err(GroupError::library)
    }
}
