//! Reading one certificate strictly: only what this project issues is accepted.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{BasicConstraints, KeyUsage, ParsedExtension};
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::X509Version;

use crate::ChainVoid;
use crate::keys::verify_raw;

/// Longest certificate accepted, bytes.
const LONGEST: usize = 2_048;

/// What the chain check needs of a certificate. The signature is over `tbs`, the bytes parsed.
pub(crate) struct Parsed<'a> {
    pub(crate) key: [u8; 32],
    pub(crate) subject: &'a [u8],
    pub(crate) issuer: &'a [u8],
    pub(crate) name: String,
    pub(crate) not_before_ms: i64,
    pub(crate) not_after_ms: i64,
    basic: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
    tbs: Vec<u8>,
    signature: [u8; 64],
}

pub(crate) fn parse(der: &[u8]) -> Result<Parsed<'_>, ChainVoid> {
    if der.len() > LONGEST {
        return Err(ChainVoid::Malformed);
    }
    let (rest, certificate) =
        x509_parser::parse_x509_certificate(der).map_err(|_| ChainVoid::Malformed)?;
    if !rest.is_empty() || certificate.version() != X509Version::V3 {
        return Err(ChainVoid::Malformed);
    }
    read(&certificate)
}

fn read<'a>(certificate: &X509Certificate<'a>) -> Result<Parsed<'a>, ChainVoid> {
    let tbs = &certificate.tbs_certificate;
    let algorithms = [
        &certificate.signature_algorithm,
        &tbs.signature,
        &tbs.subject_pki.algorithm,
    ];
    if algorithms
        .iter()
        .any(|a| a.algorithm != OID_SIG_ED25519 || a.parameters.is_some())
    {
        return Err(ChainVoid::Algorithm);
    }
    if tbs.issuer_uid.is_some() || tbs.subject_uid.is_some() {
        return Err(ChainVoid::Extensions);
    }
    let bits = |s: &x509_parser::der_parser::asn1_rs::BitString<'_>| {
        (s.unused_bits == 0).then(|| s.data.to_vec())
    };
    let key = bits(&tbs.subject_pki.subject_public_key).and_then(|k| k.try_into().ok());
    let signature = bits(&certificate.signature_value).and_then(|s| s.try_into().ok());
    let (basic, usage) = extensions(certificate)?;
    let mut names = tbs.subject.iter_common_name();
    let (name, more) = (names.next(), names.next());
    let one_name = tbs.subject.iter_attributes().count() == 1 && more.is_none();
    let name = name
        .filter(|_| one_name)
        .and_then(|n| n.as_str().ok())
        .ok_or(ChainVoid::Name)?;
    Ok(Parsed {
        key: key.ok_or(ChainVoid::Malformed)?,
        signature: signature.ok_or(ChainVoid::Malformed)?,
        subject: tbs.subject.as_raw(),
        issuer: tbs.issuer.as_raw(),
        name: name.to_owned(),
        not_before_ms: tbs.validity.not_before.timestamp().saturating_mul(1_000),
        not_after_ms: tbs.validity.not_after.timestamp().saturating_mul(1_000),
        basic,
        usage,
        tbs: tbs.as_ref().to_vec(),
    })
}

/// Exactly basic constraints, key usage and, for an issuer, a key identifier; each once.
fn extensions(
    certificate: &X509Certificate<'_>,
) -> Result<(Option<BasicConstraints>, Option<KeyUsage>), ChainVoid> {
    let (mut basic, mut usage, mut identifier) = (None, None, false);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(found) if basic.is_none() && extension.critical => {
                basic = Some(found.clone());
            }
            ParsedExtension::KeyUsage(found) if usage.is_none() && extension.critical => {
                usage = Some(*found);
            }
            ParsedExtension::SubjectKeyIdentifier(_) if !identifier && !extension.critical => {
                identifier = true;
            }
            _ => return Err(ChainVoid::Extensions),
        }
    }
    Ok((basic, usage))
}

impl Parsed<'_> {
    /// May sign devices and nothing else.
    pub(crate) fn is_person(&self) -> bool {
        const KEY_CERT_SIGN: u16 = 1 << 5;
        self.basic
            .as_ref()
            .is_some_and(|b| b.ca && b.path_len_constraint == Some(0))
            && self
                .usage
                .as_ref()
                .is_some_and(|u| u.flags == KEY_CERT_SIGN)
    }

    /// May sign messages and nothing else.
    pub(crate) fn is_device(&self) -> bool {
        const DIGITAL_SIGNATURE: u16 = 1;
        self.basic
            .as_ref()
            .is_some_and(|b| !b.ca && b.path_len_constraint.is_none())
            && self
                .usage
                .as_ref()
                .is_some_and(|u| u.flags == DIGITAL_SIGNATURE)
    }

    /// Whether `key` signed exactly the bytes that were parsed.
    pub(crate) fn signed_by(&self, key: &[u8; 32]) -> Result<(), ChainVoid> {
        verify_raw(key, &self.tbs, &self.signature).map_err(|_| ChainVoid::Signature)
    }
}
