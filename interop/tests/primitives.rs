//! Known answers for what stands below MLS: labelled operations and X-Wing, on both providers.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use heliograph_interop::basics::{self, Basics};
use heliograph_interop::vectors::{File, read};
use heliograph_interop::xwing;
use openmls::prelude::{Ciphersuite, OpenMlsCrypto, OpenMlsProvider};
use openmls_libcrux_crypto::Provider as Libcrux;
use openmls_rust_crypto::OpenMlsRustCrypto as RustCrypto;

fn suites_that_agree(crypto: &impl OpenMlsCrypto) -> Vec<u16> {
    let mut agree = Vec::new();
    for all in read::<Basics>(File::CryptoBasics).unwrap() {
        let suite = Ciphersuite::try_from(all.cipher_suite);
        if suite.is_ok_and(|suite| crypto.supports(suite).is_ok()) {
            basics::judge(crypto, &all).unwrap();
            agree.push(all.cipher_suite);
        }
    }
    agree
}

#[test]
fn labelled_operations_come_out_as_published() {
    assert_eq!(suites_that_agree(Libcrux::default().crypto()), [1, 3]);
    assert_eq!(suites_that_agree(RustCrypto::default().crypto()), [1, 2, 3]);
}

#[test]
fn x_wing_comes_out_as_published_on_both_implementations() {
    let answers = xwing::answers().unwrap();
    assert_eq!(answers.len(), 3);
    for one in &answers {
        xwing::judge_libcrux(one).unwrap();
        xwing::judge_rustcrypto(one).unwrap();
    }
}

#[test]
fn both_providers_seal_and_open_with_x_wing_as_the_hpke_written_out_here() {
    for one in &xwing::answers().unwrap() {
        xwing::judge_provider(Libcrux::default().crypto(), one).unwrap();
        xwing::judge_provider(RustCrypto::default().crypto(), one).unwrap();
    }
}

#[test]
fn a_byte_turned_in_a_known_answer_is_noticed() {
    let mut answer = xwing::answers().unwrap().remove(0);
    answer.ct.0[1100] ^= 1;
    assert!(xwing::judge_libcrux(&answer).is_err());
    assert!(xwing::judge_rustcrypto(&answer).is_err());
    assert!(xwing::judge_provider(Libcrux::default().crypto(), &answer).is_err());
    let mut all = read::<Basics>(File::CryptoBasics).unwrap().remove(0);
    all.encrypt_with_label.context.0[0] ^= 1;
    assert!(basics::judge(Libcrux::default().crypto(), &all).is_err());
}
