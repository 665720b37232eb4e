//! Every leaf is checked by `trust` before it counts; the MLS library checks no credential.

use heliograph_trust::{Identity, Verified, verify_chain};
use openmls::prelude::{Credential, CredentialType};

use crate::Void;

/// A member: a leaf of the tree and the checked identity in it.
#[derive(Clone)]
pub struct Member {
    /// Index of the leaf.
    pub leaf: u32,
    /// Who it is.
    pub identity: Verified<Identity>,
}

/// Checks the credential of a leaf against the leaf's signature key.
pub(crate) fn check_leaf(
    credential: &Credential,
    signature_key: &[u8],
    now_ms: Option<i64>,
) -> Result<Verified<Identity>, Void> {
    if credential.credential_type() != CredentialType::X509 {
        return Err(Void::Kind);
    }
    let key: [u8; 32] = signature_key.try_into().map_err(|_| Void::Suite)?;
    verify_chain(credential.serialized_content(), &key, now_ms).map_err(Void::Leaf)
}

/// Checks every member of a list.
pub(crate) fn check_all(
    members: impl Iterator<Item = openmls::prelude::Member>,
    now_ms: Option<i64>,
) -> Result<Vec<Member>, Void> {
    members
        .map(|member| {
            let identity = check_leaf(&member.credential, &member.signature_key, now_ms)?;
            Ok(Member {
                leaf: member.index.u32(),
                identity,
            })
        })
        .collect()
}
