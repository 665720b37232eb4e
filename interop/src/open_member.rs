//! A member on OpenMLS with the provider given. Only public calls; no check of credentials, which is Heliograph's own.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, GroupId, KeyPackage,
    KeyPackageIn, LeafNodeIndex, LeafNodeParameters, MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY,
    MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupJoinConfig, MlsMessageBodyIn,
    MlsMessageIn, MlsMessageOut, OpenMlsProvider, ProcessedMessageContent, ProtocolVersion, Sender,
    StagedWelcome, WireFormatPolicy,
};
use openmls_basic_credential::SignatureKeyPair;

use crate::member::{Change, Committed, Heard, Member, Said, Style, View, said};

/// A member on OpenMLS.
pub struct OpenMember<P: OpenMlsProvider> {
    provider: P,
    style: Style,
    suite: Ciphersuite,
    keys: SignatureKeyPair,
    credential: CredentialWithKey,
    group: Option<MlsGroup>,
}

impl<P: OpenMlsProvider> OpenMember<P> {
    /// Somebody in no group.
    ///
    /// # Errors
    /// When the library cannot do the suite.
    pub fn new(provider: P, name: &str, style: Style) -> Said<Self> {
        let suite = Ciphersuite::try_from(style.suite).map_err(said)?;
        let keys = SignatureKeyPair::new(suite.signature_algorithm()).map_err(said)?;
        let credential = CredentialWithKey {
            credential: BasicCredential::new(name.as_bytes().to_vec()).into(),
            signature_key: keys.public().into(),
        };
        Ok(Self {
            provider,
            style,
            suite,
            keys,
            credential,
            group: None,
        })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::builder()
            .ciphersuites(vec![self.suite])
            .build()
    }

    fn policy(&self) -> WireFormatPolicy {
        if self.style.hidden {
            MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY
        } else {
            MIXED_PLAINTEXT_WIRE_FORMAT_POLICY
        }
    }

    /// The key package, with its signatures verified.
    fn read(&self, bytes: &[u8]) -> Said<KeyPackage> {
        let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(said)?;
        let MlsMessageBodyIn::KeyPackage(package) = message.extract() else {
            return Err("not a key package".to_owned());
        };
        let package: KeyPackageIn = package;
        package
            .validate(self.provider.crypto(), ProtocolVersion::Mls10)
            .map_err(said)
    }
}

fn bytes(message: &MlsMessageOut) -> Said<Vec<u8>> {
    message.tls_serialize_detached().map_err(said)
}

const NO_GROUP: &str = "in no group";

impl<P: OpenMlsProvider> Member for OpenMember<P> {
    fn key_package(&mut self) -> Said<Vec<u8>> {
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(self.capabilities())
            .build(
                self.suite,
                &self.provider,
                &self.keys,
                self.credential.clone(),
            )
            .map_err(said)?;
        bytes(&MlsMessageOut::from(bundle.key_package().clone()))
    }

    fn create(&mut self, group: &[u8]) -> Said<()> {
        let group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(group))
            .ciphersuite(self.suite)
            .with_wire_format_policy(self.policy())
            .with_capabilities(self.capabilities())
            .use_ratchet_tree_extension(true)
            .build(&self.provider, &self.keys, self.credential.clone());
        self.group = Some(group.map_err(said)?);
        Ok(())
    }

    fn join(&mut self, welcome: &[u8]) -> Said<()> {
        let message = MlsMessageIn::tls_deserialize_exact(welcome).map_err(said)?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            return Err("not a welcome".to_owned());
        };
        let config = MlsGroupJoinConfig::builder()
            .use_ratchet_tree_extension(true)
            .wire_format_policy(self.policy())
            .build();
        let joining = StagedWelcome::build_from_welcome(&self.provider, &config, welcome);
        let staged = joining
            .map_err(said)?
            .replace_old_group()
            .build()
            .map_err(said)?;
        self.group = Some(staged.into_group(&self.provider).map_err(said)?);
        Ok(())
    }

    fn propose(&mut self, change: &Change) -> Said<Vec<u8>> {
        let package = match change {
            Change::Add(package) => Some(self.read(package)?),
            _ => None,
        };
        let (group, provider, keys) = (
            self.group.as_mut().ok_or(NO_GROUP)?,
            &self.provider,
            &self.keys,
        );
        let (message, _) = match (change, package) {
            (_, Some(package)) => group
                .propose_add_member(provider, keys, &package)
                .map_err(said)?,
            (Change::Remove(leaf), _) => group
                .propose_remove_member(provider, keys, LeafNodeIndex::new(*leaf))
                .map_err(said)?,
            _ => group
                .propose_self_update(provider, keys, LeafNodeParameters::default())
                .map_err(said)?,
        };
        bytes(&message)
    }

    fn commit(&mut self, changes: &[Change]) -> Said<Committed> {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Add(package) => added.push(self.read(package)?),
                Change::Remove(leaf) => removed.push(LeafNodeIndex::new(*leaf)),
                Change::Update => {}
            }
        }
        let (group, provider) = (self.group.as_mut().ok_or(NO_GROUP)?, &self.provider);
        let bundle = group
            .commit_builder()
            .consume_proposal_store(true)
            .force_self_update(self.style.path)
            .propose_adds(added)
            .propose_removals(removed)
            .load_psks(provider.storage())
            .map_err(said)?
            .build(provider.rand(), provider.crypto(), &self.keys, |_| true)
            .map_err(said)?
            .stage_commit(provider)
            .map_err(said)?;
        let welcome = bundle.to_welcome_msg().as_ref().map(bytes).transpose()?;
        Ok(Committed {
            commit: bytes(bundle.commit())?,
            welcome,
        })
    }

    fn enter(&mut self) -> Said<()> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        group.merge_pending_commit(&self.provider).map_err(said)
    }

    fn say(&mut self, text: &[u8], aad: &[u8]) -> Said<Vec<u8>> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        group.set_aad(aad.to_vec());
        bytes(
            &group
                .create_message(&self.provider, &self.keys, text)
                .map_err(said)?,
        )
    }

    fn hear(&mut self, message: &[u8]) -> Said<Heard> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        let message = MlsMessageIn::tls_deserialize_exact(message).map_err(said)?;
        let message = message.try_into_protocol_message().map_err(said)?;
        let heard = group
            .process_message(&self.provider, message)
            .map_err(said)?;
        let (aad, sender) = (heard.aad().to_vec(), heard.sender().clone());
        match heard.into_content() {
            ProcessedMessageContent::ApplicationMessage(text) => {
                let Sender::Member(from) = sender else {
                    return Err("a text from outside".to_owned());
                };
                Ok(Heard::Text {
                    from: from.u32(),
                    text: text.into_bytes(),
                    aad,
                })
            }
            ProcessedMessageContent::ProposalMessage(proposal) => {
                group
                    .store_pending_proposal(self.provider.storage(), *proposal)
                    .map_err(said)?;
                Ok(Heard::Proposal)
            }
            ProcessedMessageContent::StagedCommitMessage(commit) => {
                let removed = commit.self_removed();
                group
                    .merge_staged_commit(&self.provider, *commit)
                    .map_err(said)?;
                Ok(if removed {
                    Heard::Removed
                } else {
                    Heard::Commit
                })
            }
            _ => Err("something from outside".to_owned()),
        }
    }

    fn view(&self, label: &str, context: &[u8]) -> Said<View> {
        let group = self.group.as_ref().ok_or(NO_GROUP)?;
        let mut members: Vec<_> = group
            .members()
            .map(|member| {
                let name =
                    String::from_utf8_lossy(member.credential.serialized_content()).into_owned();
                (member.index.u32(), name)
            })
            .collect();
        members.sort();
        Ok(View {
            epoch: group.epoch().as_u64(),
            members,
            authenticator: group.epoch_authenticator().as_slice().to_vec(),
            exported: group
                .export_secret(self.provider.crypto(), label, context, 32)
                .map_err(said)?,
        })
    }
}
