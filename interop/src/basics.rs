//! Vectors of the labelled operations of RFC 9420, on a provider's own primitives: the labels are put together here,
//! so these say something about the provider and nothing about the labels in the library (the passive clients do).

use openmls::prelude::{Ciphersuite, HpkeCiphertext, OpenMlsCrypto};
use serde::Deserialize;

use crate::vectors::Hex;

/// The labelled operations with their results.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Basics {
    pub cipher_suite: u16,
    pub ref_hash: RefHash,
    pub expand_with_label: Expand,
    pub derive_secret: Derive,
    pub derive_tree_secret: DeriveTree,
    pub sign_with_label: Sign,
    pub encrypt_with_label: Encrypt,
}

/// A labelled hash.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct RefHash {
    pub label: String,
    pub value: Hex,
    pub out: Hex,
}

/// A labelled derivation.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Expand {
    pub secret: Hex,
    pub label: String,
    pub context: Hex,
    pub length: u16,
    pub out: Hex,
}

/// A labelled derivation without context, as long as a hash.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Derive {
    pub secret: Hex,
    pub label: String,
    pub out: Hex,
}

/// A labelled derivation of a generation.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct DeriveTree {
    pub secret: Hex,
    pub label: String,
    pub generation: u32,
    pub length: u16,
    pub out: Hex,
}

/// A labelled signature.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Sign {
    #[serde(rename = "priv")]
    pub private: Hex,
    #[serde(rename = "pub")]
    pub public: Hex,
    pub content: Hex,
    pub label: String,
    pub signature: Hex,
}

/// A labelled encryption.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Encrypt {
    #[serde(rename = "priv")]
    pub private: Hex,
    #[serde(rename = "pub")]
    pub public: Hex,
    pub label: String,
    pub context: Hex,
    pub plaintext: Hex,
    pub kem_output: Hex,
    pub ciphertext: Hex,
}

/// Any error as text.
fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// `opaque bytes<V>` of RFC 9420, section 2.1.2; nothing here is longer than two bytes of length can say.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut out = match u8::try_from(bytes.len()) {
        Ok(short @ 0..64) => vec![short],
        _ => {
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            (0x4000 | length).to_be_bytes().to_vec()
        }
    };
    out.extend_from_slice(bytes);
    out
}

fn labelled(label: &str, content: &[u8]) -> Vec<u8> {
    let mut out = sized(format!("MLS 1.0 {label}").as_bytes());
    out.extend(sized(content));
    out
}

fn same(name: &str, found: &[u8], wanted: &Hex) -> Result<(), String> {
    if found == wanted.0 {
        Ok(())
    } else {
        Err(format!("{name}: another result"))
    }
}

/// All operations of one suite.
///
/// # Errors
/// When the provider comes to another result, or refuses.
pub fn judge(crypto: &impl OpenMlsCrypto, all: &Basics) -> Result<(), String> {
    let suite = Ciphersuite::try_from(all.cipher_suite).map_err(said)?;
    let mut input = sized(all.ref_hash.label.as_bytes());
    input.extend(sized(&all.ref_hash.value.0));
    let hashed = crypto.hash(suite.hash_algorithm(), &input).map_err(said)?;
    same("ref_hash", &hashed, &all.ref_hash.out)?;

    let one = &all.expand_with_label;
    expand(crypto, suite, one)?;
    let hash_length = u16::try_from(suite.hash_length()).map_err(said)?;
    let derive = |from: &Derive, context: Vec<u8>, length: u16| Expand {
        secret: from.secret.clone(),
        label: from.label.clone(),
        context: Hex(context),
        length,
        out: from.out.clone(),
    };
    expand(
        crypto,
        suite,
        &derive(&all.derive_secret, Vec::new(), hash_length),
    )?;
    let tree = &all.derive_tree_secret;
    let as_derive = Derive {
        secret: tree.secret.clone(),
        label: tree.label.clone(),
        out: tree.out.clone(),
    };
    let generation = tree.generation.to_be_bytes().to_vec();
    expand(crypto, suite, &derive(&as_derive, generation, tree.length))?;

    sign(crypto, suite, &all.sign_with_label)?;
    encrypt(crypto, suite, &all.encrypt_with_label)
}

fn expand(crypto: &impl OpenMlsCrypto, suite: Ciphersuite, one: &Expand) -> Result<(), String> {
    let mut info = one.length.to_be_bytes().to_vec();
    info.extend(labelled(&one.label, &one.context.0));
    let found = crypto
        .hkdf_expand(
            suite.hash_algorithm(),
            &one.secret.0,
            &info,
            usize::from(one.length),
        )
        .map_err(said)?;
    same(&one.label, found.as_slice(), &one.out)
}

fn sign(crypto: &impl OpenMlsCrypto, suite: Ciphersuite, one: &Sign) -> Result<(), String> {
    let content = labelled(&one.label, &one.content.0);
    let scheme = suite.signature_algorithm();
    let verify =
        |signature: &[u8]| crypto.verify_signature(scheme, &content, &one.public.0, signature);
    verify(&one.signature.0).map_err(said)?;
    // The library keeps both halves of an Ed25519 key together or the seed alone, by provider: both are tried.
    let whole = [one.private.0.as_slice(), one.public.0.as_slice()].concat();
    let signed = crypto.sign(scheme, &content, &one.private.0);
    let signed = signed
        .or_else(|_| crypto.sign(scheme, &content, &whole))
        .map_err(said)?;
    verify(&signed).map_err(said)
}

fn encrypt(crypto: &impl OpenMlsCrypto, suite: Ciphersuite, one: &Encrypt) -> Result<(), String> {
    let info = labelled(&one.label, &one.context.0);
    let open = |sealed: &HpkeCiphertext| {
        crypto.hpke_open(suite.hpke_config(), sealed, &one.private.0, &info, &[])
    };
    let published = HpkeCiphertext {
        kem_output: one.kem_output.0.clone().into(),
        ciphertext: one.ciphertext.0.clone().into(),
    };
    same(
        "encrypt_with_label",
        &open(&published).map_err(said)?,
        &one.plaintext,
    )?;
    let own = crypto
        .hpke_seal(
            suite.hpke_config(),
            &one.public.0,
            &info,
            &[],
            &one.plaintext.0,
        )
        .map_err(said)?;
    same(
        "encrypt_with_label, own",
        &open(&own).map_err(said)?,
        &one.plaintext,
    )
}
