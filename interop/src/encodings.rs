//! Vectors about bytes: heads of variable length, and one of each message. What is read must be written again
//! as the same bytes. Nothing is decrypted or verified here.

use openmls::prelude::tls_codec::{Deserialize as _, Serialize, VLBytes};
use openmls::prelude::{
    AddProposalIn, ExternalInitProposal, GroupContextExtensionProposalIn, MlsMessageIn,
    PreSharedKeyProposal, RatchetTreeIn, ReInitProposal, RemoveProposal, UpdateProposalIn,
};
use serde::Deserialize;

use crate::tally::Tally;
use crate::vectors::Hex;

/// A head of a vector of variable length and the length it stands for.
#[derive(Debug, Clone, Deserialize)]
pub struct Head {
    /// The head alone.
    pub vlbytes_header: Hex,
    /// Bytes that follow.
    pub length: usize,
}

/// A head must announce the length that the vector says.
///
/// # Errors
/// When it does not.
pub fn judge_head(head: &Head) -> Result<(), String> {
    let mut bytes = head.vlbytes_header.0.clone();
    bytes.resize(bytes.len() + head.length, 0);
    let read = VLBytes::tls_deserialize_exact(&bytes).map_err(|error| error.to_string())?;
    if read.as_slice().len() == head.length {
        Ok(())
    } else {
        Err(format!(
            "{} bytes instead of {}",
            read.as_slice().len(),
            head.length
        ))
    }
}

/// One of each message, as bytes.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the vectors")]
pub struct Messages {
    pub mls_welcome: Hex,
    pub mls_group_info: Hex,
    pub mls_key_package: Hex,
    pub ratchet_tree: Hex,
    pub group_secrets: Hex,
    pub add_proposal: Hex,
    pub update_proposal: Hex,
    pub remove_proposal: Hex,
    pub pre_shared_key_proposal: Hex,
    pub re_init_proposal: Hex,
    pub external_init_proposal: Hex,
    pub group_context_extensions_proposal: Hex,
    pub commit: Hex,
    pub public_message_application: Hex,
    pub public_message_proposal: Hex,
    pub public_message_commit: Hex,
    pub private_message: Hex,
}

/// Reads as `T` and writes again.
fn there_and_back<T: tls_codec::Deserialize + Serialize>(bytes: &Hex) -> Result<(), String> {
    let read = T::tls_deserialize_exact(&bytes.0).map_err(|error| error.to_string())?;
    let written = read
        .tls_serialize_detached()
        .map_err(|error| error.to_string())?;
    if written == bytes.0 {
        Ok(())
    } else {
        Err("written differently than it was read".to_owned())
    }
}

/// What the library says to the published proposals to begin anew: they hold a ratchet tree among the extensions of a
/// group context, where RFC 9420 has no place for one.
const STRICTER: &str = "type RatchetTree that is not allowed in the group context";
const RE_INIT: &str = "re_init: refused for a ratchet tree in a group context; the library is stricter than the vector";

type Judge = fn(&Hex) -> Result<(), String>;

fn parts(one: &Messages) -> [(&'static str, Judge, &Hex); 15] {
    let message: Judge = there_and_back::<MlsMessageIn>;
    [
        ("mls_welcome", message, &one.mls_welcome),
        ("mls_group_info", message, &one.mls_group_info),
        ("mls_key_package", message, &one.mls_key_package),
        (
            "public_message_application",
            message,
            &one.public_message_application,
        ),
        (
            "public_message_proposal",
            message,
            &one.public_message_proposal,
        ),
        ("public_message_commit", message, &one.public_message_commit),
        ("private_message", message, &one.private_message),
        (
            "ratchet_tree",
            there_and_back::<RatchetTreeIn>,
            &one.ratchet_tree,
        ),
        ("add", there_and_back::<AddProposalIn>, &one.add_proposal),
        (
            "update",
            there_and_back::<UpdateProposalIn>,
            &one.update_proposal,
        ),
        (
            "remove",
            there_and_back::<RemoveProposal>,
            &one.remove_proposal,
        ),
        (
            "pre_shared_key",
            there_and_back::<PreSharedKeyProposal>,
            &one.pre_shared_key_proposal,
        ),
        (
            "re_init",
            there_and_back::<ReInitProposal>,
            &one.re_init_proposal,
        ),
        (
            "external_init",
            there_and_back::<ExternalInitProposal>,
            &one.external_init_proposal,
        ),
        (
            "group_context_extensions",
            there_and_back::<GroupContextExtensionProposalIn>,
            &one.group_context_extensions_proposal,
        ),
    ]
}

/// Each message that can be read by itself; the parts that only stand inside others in the library are counted
/// as not run.
pub fn judge_messages(one: &Messages, into: &mut Tally) {
    for (name, judge, bytes) in parts(one) {
        match judge(bytes) {
            Err(why) if name == "re_init" && why.contains(STRICTER) => into.leave(RE_INIT, 1),
            verdict => into.count(name, verdict),
        }
    }
    into.leave("group secrets alone: not public in the library", 1);
    into.leave("a commit without its frame: not public in the library", 1);
}
