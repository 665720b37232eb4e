//! Every leaf is checked by `trust` before it counts; the MLS library checks no credential.

use heliograph_trust::{Identity, Verified, verify_chain};
use openmls::prelude::{Credential, CredentialType, LeafNode};

use crate::{Crypto, Void};

/// A member: a leaf of the tree and the checked identity in it.
#[derive(Clone)]
pub struct Member {
    /// Index of the leaf.
    pub leaf: u32,
    /// Who it is.
    pub identity: Verified<Identity>,
}

/// Checks the credential of a leaf against the leaf's signature key. Without a time a chain that was
/// verified before is not verified again.
pub(crate) fn check_leaf(
    crypto: &Crypto,
    (credential, signature_key): (&Credential, &[u8]),
    now_ms: Option<i64>,
) -> Result<Verified<Identity>, Void> {
    if credential.credential_type() != CredentialType::X509 {
        return Err(Void::Kind);
    }
    let key: [u8; 32] = signature_key.try_into().map_err(|_| Void::Suite)?;
    let chain = credential.serialized_content();
    let checked = match now_ms {
        Some(_) => verify_chain(chain, &key, now_ms),
        None => crypto.known_chains().verify(chain, &key),
    };
    checked.map_err(Void::Leaf)
}

/// [`check_leaf`] of a leaf node.
pub(crate) fn check_node(
    crypto: &Crypto,
    leaf: &LeafNode,
    now_ms: Option<i64>,
) -> Result<Verified<Identity>, Void> {
    let key = leaf.signature_key().as_slice();
    check_leaf(crypto, (leaf.credential(), key), now_ms)
}

/// Checks every member of a list.
pub(crate) fn check_all(
    crypto: &Crypto,
    members: impl Iterator<Item = openmls::prelude::Member>,
    now_ms: Option<i64>,
) -> Result<Vec<Member>, Void> {
    members
        .map(|member| {
            let leaf = (&member.credential, member.signature_key.as_slice());
            let identity = check_leaf(crypto, leaf, now_ms)?;
            Ok(Member {
                leaf: member.index.u32(),
                identity,
            })
        })
        .collect()
}
