//! Vectors of a passive client: it joins by a Welcome, follows proposals and commits of somebody else's group, and
//! must reach the same authenticator in each epoch. Only public calls of the library, on the provider given.

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    Ciphersuite, KeyPackage, KeyPackageBundle, KeyPackageIn, KeyPackageVerifyError,
    MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupJoinConfig, MlsMessageBodyIn,
    MlsMessageIn, OpenMlsCrypto, OpenMlsProvider, ProcessedMessageContent, ProtocolVersion,
    RatchetTreeIn, StagedWelcome,
};
use openmls::schedule::PreSharedKeyId;
use openmls_traits::storage::StorageProvider;
use serde::Deserialize;
use serde_json::json;

use crate::tally::Tally;
use crate::vectors::{File, Hex, read};

/// A secret that both sides knew beforehand.
#[derive(Debug, Clone, Deserialize)]
pub struct Known {
    /// What it is called.
    pub psk_id: Hex,
    /// The secret.
    pub psk: Hex,
}

/// One epoch: what was proposed and committed, and the authenticator after it.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Epoch {
    pub proposals: Vec<Hex>,
    pub commit: Hex,
    pub epoch_authenticator: Hex,
}

/// A client's secrets and all that it hears.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Passive {
    pub cipher_suite: u16,
    pub external_psks: Vec<Known>,
    pub key_package: Hex,
    pub encryption_priv: Hex,
    pub init_priv: Hex,
    pub welcome: Hex,
    pub ratchet_tree: Option<Hex>,
    pub initial_epoch_authenticator: Hex,
    pub epochs: Vec<Epoch>,
}

/// Any error as text.
fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// True if the provider can do the suite.
pub fn can(provider: &impl OpenMlsProvider, suite: u16) -> bool {
    Ciphersuite::try_from(suite).is_ok_and(|suite| provider.crypto().supports(suite).is_ok())
}

/// Follows the whole story. How many epochs agreed.
///
/// # Errors
/// When something is refused, or an authenticator is another one.
pub fn follow<P: OpenMlsProvider>(provider: &P, story: &Passive) -> Result<usize, String> {
    for known in &story.external_psks {
        let id = PreSharedKeyId::external(known.psk_id.0.clone(), Vec::new());
        id.store(provider, &known.psk.0).map_err(said)?;
    }
    put_key_package(provider, story)?;
    let mut group = join(provider, story)?;
    same(&group, &story.initial_epoch_authenticator)?;
    for (at, epoch) in story.epochs.iter().enumerate() {
        for message in epoch.proposals.iter().chain([&epoch.commit]) {
            hear(provider, &mut group, message).map_err(|why| format!("epoch {at}: {why}"))?;
        }
        same(&group, &epoch.epoch_authenticator).map_err(|why| format!("epoch {at}: {why}"))?;
    }
    Ok(story.epochs.len() + 1)
}

/// All stories of a file, each on a provider of its own.
///
/// # Errors
/// When the file is not what it should be.
pub fn all<P: OpenMlsProvider + Default>(file: File) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for (at, story) in read::<Passive>(file)?.iter().enumerate() {
        let provider = P::default();
        if can(&provider, story.cipher_suite) {
            let name = format!("story {at}, suite {}", story.cipher_suite);
            tally.count(&name, follow(&provider, story).map(drop));
        } else {
            tally.leave("the provider has no such suite", 1);
        }
    }
    Ok(tally)
}

/// Puts the key package with its secrets where the library looks for them. The library can make secrets but not take
/// them over, so they go the way of the store: through its serialised form.
fn put_key_package<P: OpenMlsProvider>(provider: &P, story: &Passive) -> Result<(), String> {
    let message = MlsMessageIn::tls_deserialize_exact(&story.key_package.0).map_err(said)?;
    let MlsMessageBodyIn::KeyPackage(read) = message.extract() else {
        return Err("not a key package".to_owned());
    };
    let package = verified(provider, read)?;
    let secret = |bytes: &Hex| json!({ "vec": bytes.0 });
    let bundle = json!({
        "key_package": serde_json::to_value(&package).map_err(said)?,
        "private_init_key": secret(&story.init_priv),
        "private_encryption_key": { "key": secret(&story.encryption_priv) },
    });
    let bundle: KeyPackageBundle = serde_json::from_value(bundle).map_err(said)?;
    let name = package.hash_ref(provider.crypto()).map_err(said)?;
    provider
        .storage()
        .write_key_package(&name, &bundle)
        .map_err(said)
}

/// The key package with its signatures verified. Many published ones ran out in 2024, which is the only thing let pass.
fn verified<P: OpenMlsProvider>(provider: &P, read: KeyPackageIn) -> Result<KeyPackage, String> {
    match read
        .clone()
        .validate(provider.crypto(), ProtocolVersion::Mls10)
    {
        Ok(package) => Ok(package),
        Err(KeyPackageVerifyError::LifetimeError(_)) => {
            let written = serde_json::to_value(&read).map_err(said)?;
            serde_json::from_value(written).map_err(said)
        }
        Err(other) => Err(said(other)),
    }
}

fn join<P: OpenMlsProvider>(provider: &P, story: &Passive) -> Result<MlsGroup, String> {
    let config = MlsGroupJoinConfig::builder()
        .use_ratchet_tree_extension(true)
        .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .number_of_resumption_psks(16)
        .build();
    let message = MlsMessageIn::tls_deserialize_exact(&story.welcome.0).map_err(said)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
        return Err("not a welcome".to_owned());
    };
    let joining = StagedWelcome::build_from_welcome(provider, &config, welcome).map_err(said)?;
    let mut joining = joining.skip_lifetime_validation();
    if let Some(tree) = &story.ratchet_tree {
        let tree = RatchetTreeIn::tls_deserialize_exact(&tree.0).map_err(said)?;
        joining = joining.with_ratchet_tree(tree);
    }
    let staged = joining.build().map_err(said)?;
    staged.into_group(provider).map_err(said)
}

fn hear<P: OpenMlsProvider>(provider: &P, group: &mut MlsGroup, bytes: &Hex) -> Result<(), String> {
    let message = MlsMessageIn::tls_deserialize_exact(&bytes.0).map_err(said)?;
    let message = message.try_into_protocol_message().map_err(said)?;
    let heard = group.process_message(provider, message).map_err(said)?;
    match heard.into_content() {
        ProcessedMessageContent::ProposalMessage(proposal) => group
            .store_pending_proposal(provider.storage(), *proposal)
            .map_err(said),
        ProcessedMessageContent::StagedCommitMessage(commit) => {
            group.merge_staged_commit(provider, *commit).map_err(said)
        }
        _ => Err("neither proposal nor commit".to_owned()),
    }
}

fn same(group: &MlsGroup, wanted: &Hex) -> Result<(), String> {
    if group.epoch_authenticator().as_slice() == wanted.0 {
        Ok(())
    } else {
        Err("another epoch authenticator".to_owned())
    }
}
