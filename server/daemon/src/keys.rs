//! The server's keys: made at the first start, never replaced afterwards.
//!
//! `board.key` is written last, so its presence says that the first start was complete: from then
//! on a missing or damaged file is a reason to stop, not to make a new one.

use heliograph_wire::link::{Pin, armour, key_pin, unarmour};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::StartError;
use crate::config::Tls;
use crate::data::DataDir;
use crate::signer::Signer;

const BOARD_KEY: &str = "board.key";
const TLS_KEY: &str = "tls.key";
const TLS_CERTIFICATE: &str = "tls.crt";
/// The directory of cells; a board key may only be made while it is absent.
pub(crate) const CELLS: &str = "cells";
/// First line of the board key's file.
const TITLE: &str = "heliograph board key 1";

/// What the server proves itself with.
pub(crate) struct Keys {
    /// Signs ticks.
    pub(crate) signer: Signer,
    /// TLS certificate and key.
    pub(crate) certified: CertifiedKey,
    /// What the board link says about the TLS key.
    pub(crate) pin: Pin,
    /// Whether this start made them.
    pub(crate) created: bool,
}

impl Keys {
    /// Reads the keys, making them at the very first start.
    pub(crate) fn open(data: &DataDir, tls: &Tls) -> Result<Self, StartError> {
        let created = !data.has(BOARD_KEY);
        if created {
            create(data)?;
        }
        let signer = read_board_key(data)?;
        let certified = match (&tls.certificate, &tls.key) {
            (Some(_), Some(_)) => from_files(tls)?,
            _ => self_made(data)?,
        };
        let pin = match certified.key.public_key() {
            Some(spki) if tls.pin => Pin::Key(key_pin(&spki)),
            _ => Pin::PublicRoots,
        };
        Ok(Self {
            signer,
            certified,
            pin,
            created,
        })
    }
}

fn create(data: &DataDir) -> Result<(), StartError> {
    if data.has(CELLS) {
        return Err(StartError::MissingKey(data.join(BOARD_KEY)));
    }
    let (key, certificate) = make_certificate().map_err(|_| StartError::Randomness)?;
    data.write_secret(TLS_KEY, key.as_bytes())?;
    data.write_secret(TLS_CERTIFICATE, certificate.as_bytes())?;
    let seed = Signer::generate()?;
    let text = Zeroizing::new(format!("{TITLE}\n{}\n", armour(seed.as_ref())));
    data.write_secret(BOARD_KEY, text.as_bytes())
}

/// A certificate that is the same for every server but for its key: constant name and dates.
fn make_certificate() -> Result<(Zeroizing<String>, String), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    let certificate = params.self_signed(&key)?;
    Ok((Zeroizing::new(key.serialize_pem()), certificate.pem()))
}

fn read_board_key(data: &DataDir) -> Result<Signer, StartError> {
    let damaged = |why| StartError::DamagedKey {
        path: data.join(BOARD_KEY),
        why,
    };
    let bytes = Zeroizing::new(data.read_secret(BOARD_KEY)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged("not text"))?;
    let line = text
        .strip_prefix(TITLE)
        .ok_or_else(|| damaged("its first line is not a board key's"))?;
    let seed = unarmour(line)
        .map(Zeroizing::new)
        .ok_or_else(|| damaged("its checksum does not fit"))?;
    let seed: &[u8; 32] = seed
        .as_slice()
        .try_into()
        .map_err(|_| damaged("it has a wrong length"))?;
    Ok(Signer::from_seed(seed))
}

fn self_made(data: &DataDir) -> Result<CertifiedKey, StartError> {
    let damaged = |name: &str, why| StartError::DamagedKey {
        path: data.join(name),
        why,
    };
    let key = Zeroizing::new(data.read_secret(TLS_KEY)?);
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| damaged(TLS_KEY, "not a PEM key"))?;
    let certificate = data.read_secret(TLS_CERTIFICATE)?;
    let certificate = CertificateDer::from_pem_slice(&certificate)
        .map_err(|_| damaged(TLS_CERTIFICATE, "not a PEM certificate"))?;
    certify(vec![certificate], &key).map_err(|_| damaged(TLS_KEY, "it does not belong to tls.crt"))
}

fn from_files(tls: &Tls) -> Result<CertifiedKey, StartError> {
    let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else {
        return Err(rustls::Error::NoCertificatesPresented.into());
    };
    let refused = |what, path: &std::path::Path, why: String| StartError::Certificate {
        what,
        path: path.to_owned(),
        why,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refused("`tls.certificate`", certificate, error.to_string()))?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| refused("`tls.key`", key, error.to_string()))?;
    certify(chain, &secret).map_err(|error| refused("`tls.key`", key, error.to_string()))
}

/// Joins chain and key, and checks that they belong together.
fn certify(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
) -> Result<CertifiedKey, rustls::Error> {
    let key = aws_lc_rs::sign::any_supported_type(key)?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match()?;
    Ok(certified)
}
