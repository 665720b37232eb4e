//! Joining by Welcome: everyone in the group is checked before anything is entered.

use openmls::prelude::{
    MlsMessageBodyIn, MlsMessageIn, ProcessedWelcome, StagedWelcome, WelcomeError,
};
use openmls::storage::StorageProvider;
use tls_codec::DeserializeBytes;

use crate::crypto::{Crypto, Provider, SUITE, join_config};
use crate::members::check_all;
use crate::subject::{Subject, people};
use crate::{Conversation, GroupError, JoinError, Member, Void};

/// A Welcome that was read and whose members are checked, not entered yet.
pub struct Joining {
    staged: StagedWelcome,
    /// What the conversation is.
    pub subject: Subject,
    /// Everyone in the group, this device included.
    pub members: Vec<Member>,
    /// Leaf of whoever sent the Welcome.
    pub inviter: u32,
    /// The group's id.
    pub group_id: Vec<u8>,
}

/// Reads a Welcome; uses up the key package it is for (unless that is of last resort).
///
/// # Errors
/// [`JoinError`]; the caller rolls its transaction back.
pub fn read_welcome<S: StorageProvider>(
    crypto: &Crypto,
    storage: &S,
    bytes: &[u8],
    now_ms: i64,
) -> Result<Joining, JoinError> {
    let message = MlsMessageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| Void::Encoding)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
        return Err(Void::Kind.into());
    };
    let provider = Provider::new(crypto, storage);
    let processed = ProcessedWelcome::new_from_welcome(&provider, &join_config(), welcome)
        .map_err(welcome_error)?;
    if !processed.psks().is_empty() {
        return Err(Void::Proposal.into());
    }
    let staged = processed
        .into_staged_welcome(&provider, None)
        .map_err(welcome_error)?;
    if staged.group_context().ciphersuite() != SUITE {
        return Err(Void::Suite.into());
    }
    let subject = Subject::of(staged.group_context().extensions())?;
    let members = check_all(crypto, staged.members(), Some(now_ms))?;
    let people = people(&members);
    let fits = match &subject {
        Subject::Direct(_) => people.len() == 2,
        Subject::Group(rules) => rules.admins.is_subset(&people),
    };
    if !fits {
        return Err(Void::Rules.into());
    }
    Ok(Joining {
        subject,
        members,
        inviter: staged.welcome_sender_index().u32(),
        group_id: staged.group_context().group_id().as_slice().to_vec(),
        staged,
    })
}

fn welcome_error<E>(error: WelcomeError<E>) -> JoinError {
    match error {
        WelcomeError::NoMatchingKeyPackage => JoinError::NotForUs,
        WelcomeError::StorageError(_) => GroupError::Storage.into(),
        WelcomeError::LibraryError(error) => GroupError::library(error).into(),
        _ => Void::Invalid("the Welcome does not hold together".into()).into(),
    }
}

impl Joining {
    /// Enters the group.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn enter<S: StorageProvider>(
        self,
        crypto: &Crypto,
        storage: &S,
    ) -> Result<Conversation, JoinError> {
        let provider = Provider::new(crypto, storage);
        let group = self.staged.into_group(&provider).map_err(welcome_error)?;
        Ok(Conversation { group })
    }
}
