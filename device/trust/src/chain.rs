//! A device's certificates, as they stand in every MLS leaf, and the one place that checks them.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::certificate::DEVICE_NAME;
use crate::der::{Parsed, parse};
use crate::{DeviceId, DisplayName, PersonId, Verified};

/// Longest encoded chain accepted, bytes.
const LONGEST: usize = 4_200;

/// Device certificate, then person certificate, DER.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateChain {
    /// The device's certificate.
    pub device_der: Vec<u8>,
    /// The person's certificate.
    pub person_der: Vec<u8>,
}

/// How sure one can be that a person is who the name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// The person says so, nobody else does.
    SelfDeclared,
    /// The user compared safety numbers with the person. No certificate says this: it is a mark on
    /// the user's own device.
    VerifiedInPerson,
}

/// A checked device and the person it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// The name the person goes by.
    pub name: DisplayName,
    /// How sure the name is.
    pub level: Level,
    pub(crate) device_key: [u8; 32],
}

/// Why a chain does not hold. Each attack has its own reason, for tests and for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainVoid {
    /// Not an encoded chain of two certificates.
    #[error("the certificates are malformed")]
    Malformed,
    /// Another algorithm than Ed25519.
    #[error("a certificate uses an algorithm that is not accepted")]
    Algorithm,
    /// Other extensions than those this project issues.
    #[error("a certificate carries extensions that are not accepted")]
    Extensions,
    /// The certificate is not of the kind its place demands.
    #[error("a certificate is not of the kind expected in its place")]
    Kind,
    /// The person's certificate does not name itself or the device's does not name the person.
    #[error("the certificates do not belong together")]
    Issuer,
    /// A signature does not hold.
    #[error("a certificate's signature does not fit")]
    Signature,
    /// The device certificate is for another key than the one that is used.
    #[error("the certificates are for another key")]
    OtherKey,
    /// The name is missing, or holds characters that names may not hold.
    #[error("the name in the certificate cannot be shown")]
    Name,
    /// Not yet, or no longer.
    #[error("a certificate is not valid at this time")]
    Time,
}

impl Level {
    /// The words a person sees.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SelfDeclared => "self-declared",
            Self::VerifiedInPerson => "verified in person",
        }
    }
}

impl Identity {
    /// The device's signature key.
    #[must_use]
    pub fn device_key(&self) -> &[u8; 32] {
        &self.device_key
    }
}

/// Length prefix of MLS vectors (RFC 9420, 2.1.2), minimal as the RFC demands.
fn push_vector(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    match bytes.len() {
        0..64 => out.push(length[3]),
        64..16_384 => out.extend_from_slice(&[length[2] | 0x40, length[3]]),
        _ => out.extend_from_slice(&[length[0] | 0x80, length[1], length[2], length[3]]),
    }
    out.extend_from_slice(bytes);
}

fn pull_vector<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], ChainVoid> {
    let (&first, rest) = bytes.split_first().ok_or(ChainVoid::Malformed)?;
    let (length, rest) = match first >> 6 {
        0 => (usize::from(first), rest),
        1 => {
            let (&second, rest) = rest.split_first().ok_or(ChainVoid::Malformed)?;
            let length = usize::from(first & 0x3f) << 8 | usize::from(second);
            if length < 64 {
                return Err(ChainVoid::Malformed);
            }
            (length, rest)
        }
        _ => return Err(ChainVoid::Malformed),
    };
    if rest.len() < length {
        return Err(ChainVoid::Malformed);
    }
    let (value, rest) = rest.split_at(length);
    *bytes = rest;
    Ok(value)
}

impl CertificateChain {
    /// The content of an MLS X.509 credential: `Certificate certificates<V>` (RFC 9420, 5.3).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut inner = Vec::new();
        push_vector(&mut inner, &self.device_der);
        push_vector(&mut inner, &self.person_der);
        let mut out = Vec::new();
        push_vector(&mut out, &inner);
        out
    }

    /// Reads [`CertificateChain::encode`]: exactly two certificates and nothing behind them.
    ///
    /// # Errors
    /// [`ChainVoid::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ChainVoid> {
        if bytes.len() > LONGEST {
            return Err(ChainVoid::Malformed);
        }
        let mut outer = bytes;
        let mut inner = pull_vector(&mut outer)?;
        let device_der = pull_vector(&mut inner)?.to_vec();
        let person_der = pull_vector(&mut inner)?.to_vec();
        if !outer.is_empty() || !inner.is_empty() {
            return Err(ChainVoid::Malformed);
        }
        Ok(Self {
            device_der,
            person_der,
        })
    }
}

/// Checks a leaf's chain: person self-signed, device signed by the person, the leaf's key is the
/// device's, and both certificates are valid at `now_ms` (`None` judges no time: members of a
/// group must not differ in what they accept because their clocks do).
///
/// # Errors
/// [`ChainVoid`].
pub fn verify_chain(
    bytes: &[u8],
    leaf_key: &[u8; 32],
    now_ms: Option<i64>,
) -> Result<Verified<Identity>, ChainVoid> {
    let identity = identify_chain(bytes, now_ms)?;
    if identity.get().device_key == *leaf_key {
        Ok(identity)
    } else {
        Err(ChainVoid::OtherKey)
    }
}

/// Like [`verify_chain`] where no leaf names the key: the caller goes on to check a signature with
/// the key that the chain names.
///
/// # Errors
/// [`ChainVoid`].
pub fn identify_chain(bytes: &[u8], now_ms: Option<i64>) -> Result<Verified<Identity>, ChainVoid> {
    let chain = CertificateChain::decode(bytes)?;
    let (device, person) = (parse(&chain.device_der)?, parse(&chain.person_der)?);
    if !person.is_person() || !device.is_device() || device.name != DEVICE_NAME {
        return Err(ChainVoid::Kind);
    }
    if person.issuer != person.subject || device.issuer != person.subject {
        return Err(ChainVoid::Issuer);
    }
    person.signed_by(&person.key)?;
    device.signed_by(&person.key)?;
    if let Some(now) = now_ms {
        in_time(&person, now)?;
        in_time(&device, now)?;
    }
    let name = DisplayName::exactly(&person.name).ok_or(ChainVoid::Name)?;
    Ok(Verified::new(Identity {
        person: PersonId::of(&person.key),
        device: DeviceId::of(&device.key),
        name,
        level: Level::SelfDeclared,
        device_key: device.key,
    }))
}

fn in_time(certificate: &Parsed<'_>, now_ms: i64) -> Result<(), ChainVoid> {
    if (certificate.not_before_ms..=certificate.not_after_ms).contains(&now_ms) {
        Ok(())
    } else {
        Err(ChainVoid::Time)
    }
}

/// Chains that were verified before, so that every epoch of a large group does not verify them all
/// again. It judges no time: whoever must, verifies anew.
#[derive(Default)]
pub struct KnownChains(HashMap<[u8; 32], Verified<Identity>>);

impl KnownChains {
    /// Chains remembered; when there are more, all are forgotten.
    const CAPACITY: usize = 8_192;

    /// [`verify_chain`] without a time.
    ///
    /// # Errors
    /// [`ChainVoid`].
    pub fn verify(
        &mut self,
        bytes: &[u8],
        leaf_key: &[u8; 32],
    ) -> Result<Verified<Identity>, ChainVoid> {
        let hash = Sha256::digest(bytes).into();
        let identity = match self.0.get(&hash) {
            Some(known) => known.clone(),
            None => {
                let identity = identify_chain(bytes, None)?;
                if self.0.len() >= Self::CAPACITY {
                    self.0.clear();
                }
                self.0.insert(hash, identity.clone());
                identity
            }
        };
        if identity.get().device_key == *leaf_key {
            Ok(identity)
        } else {
            Err(ChainVoid::OtherKey)
        }
    }
}
