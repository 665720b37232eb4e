//! A member on mls-rs with its RustCrypto provider: nothing of OpenMLS is in it. It has no post-quantum suite that
//! others have, so it takes part in the classical ones only.

use std::time::Duration;

use mls_rs::client_builder::MlsConfig;
use mls_rs::group::{CommitEffect, ReceivedMessage};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider, Group, MlsMessage};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

use crate::member::{Change, Committed, Heard, Member, Said, Style, View, said};

/// Four weeks: within what OpenMLS lets a leaf be valid.
const LIFETIME: Duration = Duration::from_secs(28 * 24 * 60 * 60);
const NO_GROUP: &str = "in no group";

/// A member on mls-rs.
struct RsMember<C: MlsConfig> {
    client: Client<C>,
    group: Option<Group<C>>,
}

/// Somebody in no group.
///
/// # Errors
/// When the library cannot do the suite.
pub fn member(name: &str, style: Style) -> Said<Box<dyn Member>> {
    let suite = CipherSuite::from(style.suite);
    let crypto = RustCryptoProvider::default();
    let provider = crypto
        .cipher_suite_provider(suite)
        .ok_or("mls-rs has no such suite")?;
    let (secret, public) = provider.signature_key_generate().map_err(said)?;
    let credential = BasicCredential::new(name.as_bytes().to_vec()).into_credential();
    let rules = DefaultMlsRules::new()
        .with_commit_options(CommitOptions::new().with_path_required(style.path))
        .with_encryption_options(EncryptionOptions::new(style.hidden, Default::default()));
    let client = Client::builder()
        .identity_provider(BasicIdentityProvider)
        .crypto_provider(crypto)
        .mls_rules(rules)
        .key_package_lifetime(LIFETIME)
        .signing_identity(SigningIdentity::new(credential, public), secret, suite)
        .build();
    Ok(Box::new(RsMember {
        client,
        group: None,
    }))
}

fn read(bytes: &[u8]) -> Said<MlsMessage> {
    MlsMessage::from_bytes(bytes).map_err(said)
}

fn written(message: &MlsMessage) -> Said<Vec<u8>> {
    message.to_bytes().map_err(said)
}

impl<C: MlsConfig> Member for RsMember<C> {
    fn key_package(&mut self) -> Said<Vec<u8>> {
        let message =
            self.client
                .generate_key_package_message(Default::default(), Default::default(), None);
        written(&message.map_err(said)?)
    }

    fn create(&mut self, group: &[u8]) -> Said<()> {
        let created = self.client.create_group_with_id(
            group.to_vec(),
            Default::default(),
            Default::default(),
            None,
        );
        self.group = Some(created.map_err(said)?);
        Ok(())
    }

    fn join(&mut self, welcome: &[u8]) -> Said<()> {
        let (group, _) = self
            .client
            .join_group(None, &read(welcome)?, None)
            .map_err(said)?;
        self.group = Some(group);
        Ok(())
    }

    fn propose(&mut self, change: &Change) -> Said<Vec<u8>> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        let message = match change {
            Change::Add(package) => group.propose_add(read(package)?, Vec::new()),
            Change::Remove(leaf) => group.propose_remove(*leaf, Vec::new()),
            Change::Update => group.propose_update(Vec::new()),
        };
        written(&message.map_err(said)?)
    }

    fn commit(&mut self, changes: &[Change]) -> Said<Committed> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        let mut builder = group.commit_builder();
        for change in changes {
            builder = match change {
                Change::Add(package) => builder.add_member(read(package)?).map_err(said)?,
                Change::Remove(leaf) => builder.remove_member(*leaf).map_err(said)?,
                Change::Update => builder,
            };
        }
        let output = builder.build().map_err(said)?;
        if !output.unused_proposals().is_empty() {
            return Err("left proposals out of its commit".to_owned());
        }
        Ok(Committed {
            commit: written(output.commit_message())?,
            welcome: output.welcome_messages().first().map(written).transpose()?,
        })
    }

    fn enter(&mut self) -> Said<()> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        group.apply_pending_commit().map(drop).map_err(said)
    }

    fn say(&mut self, text: &[u8], aad: &[u8]) -> Said<Vec<u8>> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        written(
            &group
                .encrypt_application_message(text, aad.to_vec())
                .map_err(said)?,
        )
    }

    fn hear(&mut self, message: &[u8]) -> Said<Heard> {
        let group = self.group.as_mut().ok_or(NO_GROUP)?;
        match group
            .process_incoming_message(read(message)?)
            .map_err(said)?
        {
            ReceivedMessage::ApplicationMessage(text) => Ok(Heard::Text {
                from: text.sender_index,
                text: text.data().to_vec(),
                aad: text.authenticated_data.clone(),
            }),
            ReceivedMessage::Proposal(_) => Ok(Heard::Proposal),
            ReceivedMessage::Commit(commit) => Ok(match commit.effect {
                CommitEffect::Removed { .. } => Heard::Removed,
                _ => Heard::Commit,
            }),
            _ => Err("neither text, proposal nor commit".to_owned()),
        }
    }

    fn view(&self, label: &str, context: &[u8]) -> Said<View> {
        let group = self.group.as_ref().ok_or(NO_GROUP)?;
        let mut members = Vec::new();
        for member in group.roster().members_iter() {
            let identity = &member.signing_identity.credential;
            let basic = identity.as_basic().ok_or("a credential of another kind")?;
            members.push((
                member.index,
                String::from_utf8_lossy(&basic.identifier).into_owned(),
            ));
        }
        members.sort();
        let exported = group
            .export_secret(label.as_bytes(), context, 32)
            .map_err(said)?;
        Ok(View {
            epoch: group.current_epoch(),
            members,
            authenticator: group.epoch_authenticator().map_err(said)?.to_vec(),
            exported: exported.to_vec(),
        })
    }
}
