//! Key packages: how a device can be added while it is away (RFC 9420, section 10).

use heliograph_trust::{Identity, Verified};
use openmls::prelude::{
    KeyPackage, KeyPackageBuilder, KeyPackageIn, KeyPackageRef, ProtocolVersion,
};
use openmls::storage::StorageProvider;
use tls_codec::{Deserialize, DeserializeBytes, Serialize};

use crate::crypto::{Credentialed, Crypto, Provider, SUITE, capabilities};
use crate::members::check_node;
use crate::{GroupError, Void};

/// Makes a key package; its private keys stay in `storage`. A last-resort package keeps them after
/// use, and the joiner's first commit replaces the leaf key that was shared that way.
///
/// # Errors
/// [`GroupError`].
pub fn make_key_package<S: StorageProvider>(
    crypto: &Crypto,
    storage: &S,
    who: Credentialed<'_>,
    last_resort: bool,
) -> Result<Vec<u8>, GroupError> {
    let mut builder = KeyPackage::builder().leaf_node_capabilities(capabilities());
    if last_resort {
        builder = builder.mark_as_last_resort();
    }
    made(builder, crypto, storage, who)
}

/// What a builder makes, as bytes.
pub(crate) fn made<S: StorageProvider>(
    builder: KeyPackageBuilder,
    crypto: &Crypto,
    storage: &S,
    who: Credentialed<'_>,
) -> Result<Vec<u8>, GroupError> {
    let provider = Provider::new(crypto, storage);
    let bundle = builder
        .build(SUITE, &provider, &who.signer(), who.credential())
        .map_err(GroupError::library)?;
    bundle
        .key_package()
        .tls_serialize_detached()
        .map_err(GroupError::library)
}

/// Name of a key package of one's own, for [`forget_key_package`].
///
/// # Errors
/// [`GroupError`].
pub fn name_key_package(crypto: &Crypto, bytes: &[u8]) -> Result<Vec<u8>, GroupError> {
    let package = validate(crypto, bytes).map_err(GroupError::KeyPackage)?;
    let name = package
        .hash_ref(crypto.provider())
        .map_err(GroupError::library)?;
    name.tls_serialize_detached().map_err(GroupError::library)
}

/// Deletes the private keys of a key package: no Welcome for it can be read any more.
///
/// # Errors
/// [`GroupError::Storage`].
pub fn forget_key_package<S: StorageProvider>(storage: &S, name: &[u8]) -> Result<(), GroupError> {
    let name = KeyPackageRef::tls_deserialize_exact_bytes(name).map_err(GroupError::library)?;
    storage
        .delete_key_package(&name)
        .map_err(|_| GroupError::Storage)
}

pub(crate) fn validate(crypto: &Crypto, bytes: &[u8]) -> Result<KeyPackage, Void> {
    // Not `…_exact_bytes`: in a build with debug assertions that one panics where a vector is cut short.
    let read = KeyPackageIn::tls_deserialize_exact(bytes).map_err(|_| Void::Encoding)?;
    let package = read
        .validate(crypto.provider(), ProtocolVersion::Mls10)
        .map_err(|error| Void::Invalid(error.to_string()))?;
    if package.ciphersuite() != SUITE {
        return Err(Void::Suite);
    }
    Ok(package)
}

/// Checks somebody else's key package and who it belongs to.
///
/// # Errors
/// [`Void`].
pub fn check_key_package(
    crypto: &Crypto,
    bytes: &[u8],
    now_ms: i64,
) -> Result<Verified<Identity>, Void> {
    let package = validate(crypto, bytes)?;
    check_node(crypto, package.leaf_node(), Some(now_ms))
}
