//! A member who breaks the rules on purpose: each forgery is void for its own reason.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story whose props fail is a failed test"
)]

mod support;

use heliograph_conversation::*;
use heliograph_trust::*;
use openmls::prelude::{
    Credential, CredentialType, CredentialWithKey, Extension, Extensions, KeyPackageIn,
    LeafNodeParameters, PreSharedKeyProposal, Proposal, ProtocolVersion,
};
use openmls::schedule::{ExternalPsk, PreSharedKeyId, Psk};
use openmls_traits::storage::StorageProvider as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use support::{GROUP, NOW, Party, chain};
use tls_codec::{DeserializeBytes, Serialize};

/// Anna in a conversation with Mallory, who made it.
fn pair() -> (Party, Conversation, Party) {
    let (anna, mallory) = (Party::new(1, "Anna"), Party::new(4, "Mallory"));
    let who = mallory.who();
    let mut made = Conversation::create(
        &mallory.crypto,
        &mallory.storage,
        who,
        (&GROUP, &Subject::Direct(Timer::OFF)),
    )
    .unwrap();
    let package = anna.key_package();
    let added = made
        .add_first(&mallory.crypto, &mallory.storage, who, (&package, NOW))
        .unwrap();
    let joining = read_welcome(&anna.crypto, &anna.storage, &added.welcome, NOW).unwrap();
    let group = joining.enter(&anna.crypto, &anna.storage).unwrap();
    (anna, group, mallory)
}

fn credential(party: &Party, chain: Vec<u8>) -> LeafNodeParameters {
    LeafNodeParameters::builder()
        .with_credential_with_key(CredentialWithKey {
            credential: Credential::new(CredentialType::X509, chain),
            signature_key: party.device.public().to_vec().into(),
        })
        .build()
}

#[test]
fn a_leaf_that_takes_another_person_in_an_update_is_refused() {
    let (anna, mut group, mallory) = pair();
    let other = PersonSecret::generate(&mut ChaCha20Rng::from_seed([5; 32]));
    let swapped = chain(&other, &mallory.device, "Mallory");
    let commit = mallory.forge(|b| b.leaf_node_parameters(credential(&mallory, swapped)));
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Swapped.into()));
}

#[test]
fn a_leaf_that_takes_another_name_in_an_update_is_refused() {
    let (anna, mut group, mallory) = pair();
    let renamed = chain(&mallory.person, &mallory.device, "Ben");
    let commit = mallory.forge(|b| b.leaf_node_parameters(credential(&mallory, renamed)));
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Swapped.into()));
}

#[test]
fn a_leaf_that_takes_the_certificates_of_another_device_is_refused() {
    let (anna, mut group, mallory) = pair();
    let stolen = anna.chain.clone();
    let commit = mallory.forge(|b| b.leaf_node_parameters(credential(&mallory, stolen)));
    let void = Void::Leaf(ChainVoid::OtherKey);
    assert_eq!(anna.apply(&mut group, &commit), Err(void.into()));
}

#[test]
fn a_commit_that_adds_an_impostor_is_void_and_the_group_goes_on() {
    let (anna, mut group, mallory) = pair();
    let mut impostor = Party::new(6, "Carl");
    impostor.chain = anna.chain.clone();
    let package = KeyPackageIn::tls_deserialize_exact_bytes(&impostor.key_package())
        .unwrap()
        .validate(&mallory.raw, ProtocolVersion::Mls10)
        .unwrap();
    let before = anna.storage.values.read().unwrap().clone();
    let commit = mallory.forge(|b| b.propose_adds([package]));
    let void = Void::Leaf(ChainVoid::OtherKey);
    assert_eq!(anna.apply(&mut group, &commit), Err(void.into()));

    // What the device does with a void commit: roll back, load again. Then an honest one applies.
    *anna.storage.values.write().unwrap() = before;
    let mut group = Conversation::load(&anna.storage, &GROUP).unwrap().unwrap();
    let mut theirs = mallory.bare();
    theirs.clear_pending_commit(&mallory.storage).unwrap();
    let honest = mallory.forge(|b| b);
    assert!(anna.apply(&mut group, &honest).is_ok());
    assert_eq!(group.epoch(), 2);
}

#[test]
fn a_commit_that_brings_a_third_into_a_conversation_of_two_or_ends_it_is_void() {
    let (anna, mut group, mallory) = pair();
    let carl = Party::new(6, "Carl");
    let package = KeyPackageIn::tls_deserialize_exact_bytes(&carl.key_package())
        .unwrap()
        .validate(&mallory.raw, ProtocolVersion::Mls10)
        .unwrap();
    let commit = mallory.forge(|b| b.propose_adds([package]));
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Rules.into()));

    let (anna, mut group, mallory) = pair();
    let anna_leaf = group_leaf(&group);
    let commit = mallory.forge(|b| b.propose_removals([anna_leaf]));
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Rules.into()));
}

#[test]
fn a_commit_with_a_shared_key_or_other_rules_is_void() {
    let (anna, mut group, mallory) = pair();
    let context = Extensions::single(Extension::RequiredCapabilities(
        openmls::prelude::RequiredCapabilitiesExtension::new(&[], &[], &[]),
    ))
    .unwrap();
    let commit = mallory.forge(|b| b.propose_group_context_extensions(context).unwrap());
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Rules.into()));

    let (anna, mut group, mallory) = pair();
    let id = PreSharedKeyId::new(
        openmls::prelude::Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519,
        &mallory.raw,
        Psk::External(ExternalPsk::new(b"known to both".to_vec())),
    )
    .unwrap();
    for party in [&anna, &mallory] {
        id.store(party, b"the same secret").unwrap();
    }
    let psk = Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id)));
    let commit = mallory.forge(|b| b.add_proposal(psk));
    assert_eq!(anna.apply(&mut group, &commit), Err(Void::Proposal.into()));
}

#[test]
fn a_proposal_by_itself_and_a_commit_that_refers_to_it_are_void() {
    let (anna, mut group, mallory) = pair();
    let mut theirs = mallory.bare();
    let (proposal, _) = theirs
        .propose_self_update(&mallory, &mallory, LeafNodeParameters::default())
        .unwrap();
    let proposal = proposal.tls_serialize_detached().unwrap();
    let opened = group.open(&anna.crypto, &anna.storage, &proposal);
    assert_eq!(opened.err(), Some(Void::Kind.into()));
    assert_eq!(anna.apply(&mut group, &proposal), Err(Void::Kind.into()));
    let ours = theirs
        .propose_remove_member(&mallory, &mallory, group_leaf(&group))
        .unwrap();
    drop(ours);
    let (commit, ..) = theirs
        .commit_to_pending_proposals(&mallory, &mallory)
        .unwrap();
    let commit = commit.tls_serialize_detached().unwrap();
    assert!(matches!(
        anna.apply(&mut group, &commit),
        Err(ApplyError::Void(_))
    ));
}

fn group_leaf(group: &Conversation) -> openmls::prelude::LeafNodeIndex {
    openmls::prelude::LeafNodeIndex::new(group.own_leaf())
}

#[test]
fn a_commit_shown_as_a_message_first_still_applies_in_its_slot() {
    let (anna, mut group, mallory) = pair();
    let commit = mallory.forge(|b| b);
    let opened = group.open(&anna.crypto, &anna.storage, &commit);
    assert_eq!(opened.err(), Some(Void::Kind.into()));
    assert!(anna.apply(&mut group, &commit).is_ok());
}

#[test]
fn a_device_without_its_private_keys_is_stuck_and_calls_nothing_void() {
    let (anna, group, mallory) = pair();
    let bare = anna.bare();
    anna.storage
        .delete_encryption_epoch_key_pairs(bare.group_id(), &bare.epoch(), group.own_leaf())
        .unwrap();
    drop(group);
    let mut group = Conversation::load(&anna.storage, &GROUP).unwrap().unwrap();
    let commit = mallory.forge(|b| b);
    assert!(matches!(
        anna.apply(&mut group, &commit),
        Err(ApplyError::Stuck(_))
    ));
}

#[test]
fn a_welcome_into_a_group_of_other_rules_is_refused() {
    let (anna, mallory) = (Party::new(1, "Anna"), Party::new(4, "Mallory"));
    Conversation::create(
        &mallory.crypto,
        &mallory.storage,
        mallory.who(),
        (&GROUP, &Subject::Direct(Timer::OFF)),
    )
    .unwrap();
    let foreign = Extensions::single(Extension::RequiredCapabilities(
        openmls::prelude::RequiredCapabilitiesExtension::new(&[], &[], &[]),
    ))
    .unwrap();
    mallory.forge(|b| b.propose_group_context_extensions(foreign).unwrap());
    let mut made = Conversation::load(&mallory.storage, &GROUP)
        .unwrap()
        .unwrap();
    made.apply_own(&mallory.crypto, &mallory.storage).unwrap();
    let package = anna.key_package();
    let added = made
        .add_first(
            &mallory.crypto,
            &mallory.storage,
            mallory.who(),
            (&package, NOW),
        )
        .unwrap();
    let read = read_welcome(&anna.crypto, &anna.storage, &added.welcome, NOW);
    assert_eq!(read.err(), Some(Void::Rules.into()));
}

#[test]
fn a_key_package_cut_anywhere_is_void_and_no_panic() {
    let anna = Party::new(1, "Anna");
    let package = anna.key_package();
    for end in 0..package.len() {
        let cut = check_key_package(&anna.crypto, &package[..end], NOW);
        assert!(cut.is_err(), "{end} bytes");
    }
}
