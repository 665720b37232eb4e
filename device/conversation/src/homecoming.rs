//! Coming back: a device that cannot follow any more is taken out and put back by one commit, which anybody in the conversation may
//! make (docs/protocol/delivery.md, Coming back).
//!
//! What makes it allowed is in the new leaf, and so signed by the device itself: the conversation it wants back into, and when it
//! asked. Every commit of a device writes its time into its leaf in the same way, and an ask must be later than what the leaf it
//! replaces says: so no ask is good twice, nor once its device follows again.

use std::collections::BTreeSet;

use heliograph_trust::PersonId;
use openmls::group::StagedCommit;
use openmls::prelude::{
    Extension, Extensions, KeyPackage, LeafNode, LeafNodeIndex, UnknownExtension,
};
use openmls::storage::StorageProvider;

use crate::crypto::{Credentialed, Crypto, capabilities};
use crate::key_package::{made, validate};
use crate::members::check_node;
use crate::{Conversation, GroupError, Void};

/// Leaf extension of a device that asks to be brought back; of the range for private use (RFC 9420, 17.3).
pub(crate) const EXTENSION: u16 = 0xF7A1;
const VERSION: u8 = 1;

/// `1 ‖ group id (32) ‖ u64 when, Unix milliseconds`.
fn encode(group_id: &[u8; 32], asked_ms: u64) -> Vec<u8> {
    [&[VERSION], group_id.as_slice(), &asked_ms.to_be_bytes()].concat()
}

/// What a leaf says of a group and a time: it asks to be brought back, or was renewed.
fn said(group_id: &[u8], at_ms: u64) -> Result<Extensions<LeafNode>, GroupError> {
    let group_id = group_id.try_into().map_err(GroupError::library)?;
    let said = UnknownExtension(encode(group_id, at_ms));
    Extensions::single(Extension::Unknown(EXTENSION, said)).map_err(GroupError::library)
}

/// When the device of a leaf asked to be brought back into a group, or renewed its keys in it; `None` if it did neither.
fn asked(leaf: &LeafNode, group_id: &[u8]) -> Option<u64> {
    let said = &leaf.extensions().unknown(EXTENSION)?.0;
    let (head, asked_ms) = said.split_last_chunk::<8>()?;
    let (version, group) = head.split_first()?;
    (*version == VERSION && group == group_id).then_some(u64::from_be_bytes(*asked_ms))
}

/// Makes a key package by which this device asks to be brought back into a group; good for that alone.
///
/// # Errors
/// [`GroupError`].
pub fn make_return_package<S: StorageProvider>(
    crypto: &Crypto,
    storage: &S,
    who: Credentialed<'_>,
    (group_id, now_ms): (&[u8; 32], i64),
) -> Result<Vec<u8>, GroupError> {
    let builder = KeyPackage::builder()
        .leaf_node_capabilities(capabilities())
        .leaf_node_extensions(said(group_id, now_ms.unsigned_abs())?);
    made(builder, crypto, storage, who)
}

/// A change of people, without those who are only taken out and put back.
pub(crate) struct Balance {
    pub(crate) removes: Vec<u32>,
    pub(crate) joining: BTreeSet<PersonId>,
    /// Leaves, as they were, of those brought back.
    pub(crate) returned: Vec<(u32, PersonId)>,
}

impl Balance {
    pub(crate) fn people_back(&self) -> Vec<PersonId> {
        self.returned.iter().map(|(_, person)| *person).collect()
    }
}

impl Conversation {
    /// The leaf in whose place the device of a key package asks to be put; `None` if it does not ask, is not in the
    /// conversation, or was brought back by this ask or a later one.
    ///
    /// # Errors
    /// [`Void`] for a key package that cannot be used.
    pub fn brings_back(&self, crypto: &Crypto, package: &[u8]) -> Result<Option<u32>, Void> {
        let package = validate(crypto, package)?;
        let place = self.place_for(crypto, package.leaf_node())?;
        Ok(place.map(|leaf| leaf.u32()))
    }

    /// What this device's leaf says after a commit of its own: the time, and never an earlier one than before.
    pub(crate) fn renewed(&self, now_ms: i64) -> Result<Extensions<LeafNode>, GroupError> {
        let group_id = self.group.group_id().as_slice();
        let own = self.group.own_leaf_node();
        let before = own.and_then(|leaf| asked(leaf, group_id)).unwrap_or(0);
        said(group_id, before.max(now_ms.unsigned_abs()))
    }

    fn place_for(&self, crypto: &Crypto, leaf: &LeafNode) -> Result<Option<LeafNodeIndex>, Void> {
        let group_id = self.group.group_id().as_slice();
        let Some(now) = asked(leaf, group_id) else {
            return Ok(None);
        };
        let key = leaf.signature_key().as_slice();
        let held = self.group.members().find(|one| one.signature_key == key);
        let Some(index) = held.map(|member| member.index) else {
            return Ok(None);
        };
        if check_node(crypto, leaf, None)? != self.identity_at(crypto, index)? {
            return Ok(None);
        }
        let old = self.group.public_group().leaf(index);
        let before = old.and_then(|old| asked(old, group_id));
        Ok(before.is_none_or(|before| before < now).then_some(index))
    }

    /// Who really comes and goes by these removals and these leaves.
    pub(crate) fn balance<'a>(
        &self,
        crypto: &Crypto,
        mut removes: Vec<u32>,
        adds: impl Iterator<Item = &'a LeafNode>,
    ) -> Result<Balance, Void> {
        let (mut joining, mut returned) = (BTreeSet::new(), Vec::new());
        for leaf in adds {
            let person = check_node(crypto, leaf, None)?.get().person;
            let place = self.place_for(crypto, leaf)?.map(|place| place.u32());
            match removes.iter().position(|gone| Some(*gone) == place) {
                Some(at) => {
                    returned.push((removes.swap_remove(at), person));
                }
                None => {
                    joining.insert(person);
                }
            }
        }
        Ok(Balance {
            removes,
            joining,
            returned,
        })
    }

    /// [`Self::balance`] of a commit.
    pub(crate) fn balance_of(
        &self,
        crypto: &Crypto,
        staged: &StagedCommit,
    ) -> Result<Balance, Void> {
        let removes = staged.remove_proposals();
        let removes = removes.map(|one| one.remove_proposal().removed().u32());
        let adds: Vec<_> = staged.add_proposals().collect();
        let leaves = adds
            .iter()
            .map(|one| one.add_proposal().key_package().leaf_node());
        self.balance(crypto, removes.collect(), leaves)
    }
}
