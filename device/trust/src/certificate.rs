//! Making certificates: a person's own, and those of the person's devices (RFC 5280).

use rand_core::CryptoRng;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SerialNumber, SignatureAlgorithm,
    SigningKey,
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::{DeviceSecret, DisplayName, PersonSecret};

/// How long a self-declared certificate is good for.
const YEARS: i64 = 10;
/// Name of every device in its certificate: a device has no name that others see.
pub(crate) const DEVICE_NAME: &str = "device";

/// A certificate that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The time given is outside what certificates can express.
    #[error("the clock of this machine shows a time that no certificate can carry")]
    Time,
    /// The encoder refused.
    #[error("the certificate could not be written: {0}")]
    Encoding(String),
}

struct Public([u8; 32]);

impl PublicKeyData for Public {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

struct PersonSigner<'a> {
    secret: &'a PersonSecret,
    public: [u8; 32],
}

impl PublicKeyData for PersonSigner<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl SigningKey for PersonSigner<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.secret.sign_raw(message).to_vec())
    }
}

fn params(
    name: &str,
    public: &[u8; 32],
    not_before_ms: i64,
    rng: &mut impl CryptoRng,
) -> Result<CertificateParams, IssueError> {
    let from = OffsetDateTime::from_unix_timestamp(not_before_ms.div_euclid(1_000))
        .map_err(|_| IssueError::Time)?;
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    // A serial number is a positive integer (RFC 5280, 4.1.2.2) without a leading zero byte.
    serial[0] = (serial[0] & 0x7f) | 0x40;
    let mut params = CertificateParams::default();
    params.not_before = from
        .checked_sub(Duration::days(1))
        .ok_or(IssueError::Time)?;
    params.not_after = from
        .checked_add(Duration::days(YEARS * 365))
        .ok_or(IssueError::Time)?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.key_identifier_method = KeyIdMethod::PreSpecified(Sha256::digest(public)[..20].to_vec());
    Ok(params)
}

fn person_params(
    name: &str,
    public: &[u8; 32],
    not_before_ms: i64,
    rng: &mut impl CryptoRng,
) -> Result<CertificateParams, IssueError> {
    let mut params = params(name, public, not_before_ms, rng)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params)
}

/// A self-declared person certificate, DER.
///
/// # Errors
/// [`IssueError`].
pub fn issue_person(
    person: &PersonSecret,
    name: &DisplayName,
    not_before_ms: i64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let public = person.public();
    let signer = PersonSigner {
        secret: person,
        public,
    };
    person_params(name.as_str(), &public, not_before_ms, rng)?
        .self_signed(&signer)
        .map(|certificate| certificate.der().to_vec())
        .map_err(|error| IssueError::Encoding(error.to_string()))
}

/// A device certificate signed by its person, DER.
///
/// # Errors
/// [`IssueError`].
pub fn issue_device(
    person: &PersonSecret,
    name: &DisplayName,
    device: &DeviceSecret,
    not_before_ms: i64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, IssueError> {
    let (person_key, device_key) = (person.public(), device.public());
    let signer = PersonSigner {
        secret: person,
        public: person_key,
    };
    let issuer = Issuer::new(
        person_params(name.as_str(), &person_key, not_before_ms, rng)?,
        signer,
    );
    let mut params = params(DEVICE_NAME, &device_key, not_before_ms, rng)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
        .signed_by(&Public(device_key), &issuer)
        .map(|certificate| certificate.der().to_vec())
        .map_err(|error| IssueError::Encoding(error.to_string()))
}
