//! Only a chain that the person made for this device is believed; every other fails for its own reason.

#![allow(
    clippy::unwrap_used,
    reason = "a story whose props fail is a failed test"
)]

use heliograph_trust::*;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const NOW: i64 = 1_795_000_000_000;

struct Party {
    person: PersonSecret,
    device: DeviceSecret,
    chain: CertificateChain,
}

fn party(seed: u8, name: &str) -> Party {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let (person, device) = (
        PersonSecret::generate(&mut rng),
        DeviceSecret::generate(&mut rng),
    );
    let name = DisplayName::parse(name).unwrap();
    let chain = CertificateChain {
        person_der: issue_person(&person, &name, NOW, &mut rng).unwrap(),
        device_der: issue_device(&person, &name, &device, NOW, &mut rng).unwrap(),
    };
    Party {
        person,
        device,
        chain,
    }
}

fn verify(chain: &CertificateChain, key: &[u8; 32]) -> Result<Verified<Identity>, ChainVoid> {
    verify_chain(&chain.encode(), key, Some(NOW))
}

#[test]
fn an_honest_chain_names_its_person_and_device() {
    let anna = party(1, "Anna Lee");
    let identity = verify(&anna.chain, &anna.device.public()).unwrap();
    assert_eq!(identity.get().name.as_str(), "Anna Lee");
    assert_eq!(identity.get().level.words(), "self-declared");
    assert!(identity.get().person.to_string().starts_with("p_"));
    let again = party(1, "Anna Lee");
    assert_eq!(
        identity,
        verify(&again.chain, &again.device.public()).unwrap()
    );
}

#[test]
fn a_chain_for_another_key_is_refused() {
    let (anna, ben) = (party(1, "Anna"), party(2, "Ben"));
    // Also where it was verified before for its own.
    let (mut known, encoded) = (KnownChains::default(), anna.chain.encode());
    for _ in 0..2 {
        let own = known.verify(&encoded, &anna.device.public()).unwrap();
        assert_eq!(own.get().name.as_str(), "Anna");
        let other = known.verify(&encoded, &ben.device.public());
        assert_eq!(other, Err(ChainVoid::OtherKey));
    }
    assert_eq!(
        verify(&anna.chain, &ben.device.public()),
        Err(ChainVoid::OtherKey)
    );
}

#[test]
fn a_device_that_another_person_signed_is_refused() {
    let (anna, ben) = (party(1, "Anna"), party(2, "Ben"));
    let mixed = CertificateChain {
        device_der: ben.chain.device_der.clone(),
        ..anna.chain.clone()
    };
    assert_eq!(verify(&mixed, &ben.device.public()), Err(ChainVoid::Issuer));
    // The same name does not help: the signature is by another key.
    let mallory = party(3, "Anna");
    let mixed = CertificateChain {
        device_der: mallory.chain.device_der.clone(),
        ..anna.chain
    };
    assert_eq!(
        verify(&mixed, &mallory.device.public()),
        Err(ChainVoid::Signature)
    );
}

#[test]
fn certificates_in_each_others_place_are_refused() {
    let anna = party(1, "Anna");
    let swapped = CertificateChain {
        device_der: anna.chain.person_der.clone(),
        person_der: anna.chain.device_der.clone(),
    };
    assert_eq!(
        verify(&swapped, &anna.person.public()),
        Err(ChainVoid::Kind)
    );
    let twice = CertificateChain {
        device_der: anna.chain.person_der.clone(),
        ..anna.chain
    };
    assert_eq!(verify(&twice, &anna.person.public()), Err(ChainVoid::Kind));
}

#[test]
fn a_chain_outside_its_time_is_refused_and_no_time_judges_none() {
    let anna = party(1, "Anna");
    let key = anna.device.public();
    let years = 11 * 365 * 86_400_000_i64;
    for now in [NOW - 2 * 86_400_000, NOW + years] {
        let judged = verify_chain(&anna.chain.encode(), &key, Some(now));
        assert_eq!(judged, Err(ChainVoid::Time));
    }
    assert!(verify_chain(&anna.chain.encode(), &key, None).is_ok());
}

#[test]
fn bytes_behind_a_chain_or_a_third_certificate_are_refused() {
    let anna = party(1, "Anna");
    let mut longer = anna.chain.encode();
    longer.push(0);
    assert!(CertificateChain::decode(&longer).is_err());
    let stretched = CertificateChain {
        person_der: [anna.chain.person_der.as_slice(), &[0]].concat(),
        ..anna.chain.clone()
    };
    assert_eq!(
        verify(&stretched, &anna.device.public()),
        Err(ChainVoid::Malformed)
    );
}

#[test]
fn a_message_id_belongs_to_one_device() {
    let (anna, mallory) = (DeviceId::from_bytes([1; 32]), DeviceId::from_bytes([3; 32]));
    // Worked out with another implementation of SHA-256.
    let expected = 0x5fc2_b04d_9192_5214_ea62_65c7_7673_1a5b_u128.to_be_bytes();
    assert_eq!(anna.message_id(&[2; 16]), expected);
    assert_ne!(mallory.message_id(&[2; 16]), expected);
    assert_ne!(anna.message_id(&[4; 16]), expected);
}

#[test]
fn a_signature_counts_only_in_its_own_context() {
    let anna = party(1, "Anna");
    let identity = verify(&anna.chain, &anna.device.public()).unwrap();
    let signature = anna.device.sign(b"bundle", b"words");
    assert!(verify_signature(&identity, b"bundle", b"words", &signature).is_ok());
    assert!(verify_signature(&identity, b"other", b"words", &signature).is_err());
    assert!(verify_signature(&identity, b"bundle", b"word", &signature).is_err());
    assert!(verify_signature(&identity, b"bundlew", b"ords", &signature).is_err());
}

proptest! {
    #[test]
    fn one_changed_byte_of_a_chain_never_names_another_identity(at in 0usize..2_000, with in any::<u8>()) {
        let anna = party(1, "Anna");
        let key = anna.device.public();
        let honest = verify(&anna.chain, &key).unwrap();
        let mut bytes = anna.chain.encode();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != with);
        bytes[at] = with;
        if let Ok(identity) = verify_chain(&bytes, &key, Some(NOW)) {
            prop_assert_eq!(identity, honest);
        }
    }

    #[test]
    fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..1_500)) {
        prop_assert!(verify_chain(&bytes, &[1; 32], Some(NOW)).is_err());
    }
}
