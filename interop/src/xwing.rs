//! Known answers of X-Wing, on the two implementations that the providers use for suite 0x004E, and through the
//! providers themselves, as far as they take a given key. How a key is derived from longer input is no part of them.

use libcrux_kem::{Algorithm, Ct, PrivateKey, PublicKey};
use openmls::prelude::{Ciphersuite, HpkeCiphertext, OpenMlsCrypto};
use serde::Deserialize;
use x_wing::{Decapsulate, DecapsulationKey, Decapsulator, KeyExport};

use crate::hpke;
use crate::vectors::Hex;

/// The suite that Heliograph uses.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519;

/// One known answer.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Answer {
    pub seed: Hex,
    pub eseed: Hex,
    pub ss: Hex,
    pub sk: Hex,
    pub pk: Hex,
    pub ct: Hex,
}

/// Any error as text.
fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn same(name: &str, found: &[u8], wanted: &Hex) -> Result<(), String> {
    if found == wanted.0 {
        Ok(())
    } else {
        Err(format!("{name}: another result"))
    }
}

/// All known answers.
///
/// # Errors
/// When the file is not what it should be.
pub fn answers() -> Result<Vec<Answer>, String> {
    serde_json::from_str(include_str!("../vectors/x-wing.json")).map_err(said)
}

/// The implementation behind the product's provider.
///
/// # Errors
/// When it comes to another result.
pub fn judge_libcrux(one: &Answer) -> Result<(), String> {
    let alg = Algorithm::XWingKemDraft06;
    let (private, public) = libcrux_kem::key_gen_derand(alg, &one.seed.0).map_err(said)?;
    same("sk", &private.encode(), &one.sk)?;
    same("pk", &public.encode(), &one.pk)?;
    let (shared, sent) = PublicKey::decode(alg, &one.pk.0)
        .and_then(|public| public.encapsulate_derand(&one.eseed.0))
        .map_err(said)?;
    same("ss", &shared.encode(), &one.ss)?;
    same("ct", &sent.encode(), &one.ct)?;
    let private = PrivateKey::decode(alg, &one.sk.0).map_err(said)?;
    let opened = Ct::decode(alg, &one.ct.0)
        .and_then(|sent| sent.decapsulate(&private))
        .map_err(said)?;
    same("ss opened", &opened.encode(), &one.ss)
}

/// The implementation behind the other provider.
///
/// # Errors
/// When it comes to another result.
pub fn judge_rustcrypto(one: &Answer) -> Result<(), String> {
    let seed: [u8; 32] = one.seed.0.as_slice().try_into().map_err(said)?;
    let private = DecapsulationKey::from(seed);
    same("sk", private.as_bytes(), &one.sk)?;
    same("pk", &private.encapsulation_key().to_bytes(), &one.pk)?;
    let random: [u8; 64] = one.eseed.0.as_slice().try_into().map_err(said)?;
    let (sent, shared) = private
        .encapsulation_key()
        .encapsulate_deterministic(&random.into());
    same("ss", &shared, &one.ss)?;
    same("ct", &sent, &one.ct)?;
    let sent = x_wing::Ciphertext::try_from(one.ct.0.as_slice()).map_err(said)?;
    same("ss opened", &private.decapsulate(&sent), &one.ss)
}

/// A provider must open, with the known key, what is sealed here under the known secret; and what it seals to the
/// known key must be opened by the other implementation of X-Wing and the HPKE written out here.
///
/// # Errors
/// When either is refused or comes out differently.
pub fn judge_provider(crypto: &impl OpenMlsCrypto, one: &Answer) -> Result<(), String> {
    const PLAIN: &[u8] = b"what is sealed on one side is read on the other";
    let (info, aad) = (b"info".as_slice(), b"aad".as_slice());
    let known = HpkeCiphertext {
        kem_output: one.ct.0.clone().into(),
        ciphertext: hpke::seal(&one.ss.0, info, aad, PLAIN)?.into(),
    };
    let opened = crypto
        .hpke_open(SUITE.hpke_config(), &known, &one.sk.0, info, aad)
        .map_err(said)?;
    same("opened by the provider", &opened, &Hex(PLAIN.to_vec()))?;

    let sealed = crypto
        .hpke_seal(SUITE.hpke_config(), &one.pk.0, info, aad, PLAIN)
        .map_err(said)?;
    let seed: [u8; 32] = one.sk.0.as_slice().try_into().map_err(said)?;
    let sent = x_wing::Ciphertext::try_from(sealed.kem_output.as_slice()).map_err(said)?;
    let shared = DecapsulationKey::from(seed).decapsulate(&sent);
    let opened = hpke::open(&shared, info, aad, sealed.ciphertext.as_slice())?;
    same("sealed by the provider", &opened, &Hex(PLAIN.to_vec()))
}
