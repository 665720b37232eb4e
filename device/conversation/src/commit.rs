//! Commits: made here and left pending; applied only when the feed reaches them.

use heliograph_trust::{Identity, PersonId, Verified};
use openmls::group::{ProcessMessageError, StageCommitError, StagedCommit};
use openmls::prelude::{
    ContentType, Extensions, GroupContext, LeafNodeIndex, LeafNodeParameters,
    ProcessedMessageContent, Proposal, ProposalOrRefType, Sender,
};
use openmls::storage::StorageProvider;
use openmls::treesync::errors::ApplyUpdatePathError;
use tls_codec::Serialize;

use crate::crypto::{Credentialed, Crypto, Provider};
use crate::group::private_message;
use crate::homecoming::Balance;
use crate::key_package::validate;
use crate::members::{check_leaf, check_node};
use crate::rules::Step;
use crate::{ApplyError, Conversation, GroupError, Subject, Void};

/// What a commit changes besides this device's own keys. Nothing at all is a self-update.
#[derive(Default)]
pub struct Change {
    /// Key packages to add.
    pub adds: Vec<Vec<u8>>,
    /// Leaves to remove.
    pub removes: Vec<u32>,
    /// Other rules for a group, or another timer between two people; an admin who goes must not stand in them.
    pub subject: Option<Subject>,
}

/// A commit that is pending.
pub struct Changed {
    /// The commit, as bytes; kept to recognise it in the feed.
    pub commit: Vec<u8>,
    /// The Welcome for those added, to be put once the commit is applied.
    pub welcome: Option<Vec<u8>>,
}

/// A commit applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Leaf of the committer.
    pub by: u32,
    /// This device is no longer a member.
    pub removed_self: bool,
    /// People of devices that were brought back.
    pub returned: Vec<PersonId>,
    /// One of them stands in the place of this device, and has its keys.
    pub replaced_self: bool,
}

impl Conversation {
    /// Makes a commit with fresh keys for this leaf. It stays pending until the feed decides.
    ///
    /// # Errors
    /// [`GroupError::Pending`] if one is; [`GroupError::KeyPackage`] for a package that cannot be
    /// used; [`GroupError::Direct`] for a change of people in a conversation of two;
    /// [`GroupError::Role`] for what this person may not change.
    pub fn change<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
        who: Credentialed<'_>,
        (change, now_ms): (&Change, i64),
    ) -> Result<Changed, GroupError> {
        if self.group.pending_commit().is_some() {
            return Err(GroupError::Pending);
        }
        let mut packages = Vec::with_capacity(change.adds.len());
        for bytes in &change.adds {
            let package = validate(crypto, bytes).map_err(GroupError::KeyPackage)?;
            check_node(crypto, package.leaf_node(), Some(now_ms))
                .map_err(GroupError::KeyPackage)?;
            packages.push(package);
        }
        let leaves = packages.iter().map(|package| package.leaf_node());
        let balance = self
            .balance(crypto, change.removes.clone(), leaves)
            .map_err(GroupError::KeyPackage)?;
        let extensions = self.judge_own(crypto, (change, &balance))?;
        let provider = Provider::new(crypto, storage);
        // From now on no earlier ask of this device is good.
        let renewed = self.renewed(now_ms)?;
        let leaf = LeafNodeParameters::builder()
            .with_extensions(renewed)
            .build();
        let mut builder = self
            .group
            .commit_builder()
            .leaf_node_parameters(leaf)
            .consume_proposal_store(false)
            .force_self_update(true)
            .propose_adds(packages)
            .propose_removals(change.removes.iter().map(|leaf| LeafNodeIndex::new(*leaf)));
        if let Some(extensions) = extensions {
            builder = builder
                .propose_group_context_extensions(extensions)
                .map_err(GroupError::library)?;
        }
        let bundle = builder
            .load_psks(storage)
            .map_err(GroupError::library)?
            .build(crypto.provider(), crypto.provider(), &who.signer(), |_| {
                true
            })
            .map_err(GroupError::library)?
            .stage_commit(&provider)
            .map_err(GroupError::library)?;
        let (commit, welcome, _) = bundle.into_messages();
        Ok(Changed {
            commit: commit
                .tls_serialize_detached()
                .map_err(GroupError::library)?,
            welcome: welcome
                .map(|welcome| welcome.tls_serialize_detached())
                .transpose()
                .map_err(GroupError::library)?,
        })
    }

    /// What is void for everybody else must not be made here: an own commit is applied unjudged.
    fn judge_own(
        &self,
        crypto: &Crypto,
        (change, balance): (&Change, &Balance),
    ) -> Result<Option<Extensions<GroupContext>>, GroupError> {
        let before = self.subject()?;
        let after = change.subject.clone().unwrap_or_else(|| before.clone());
        let members = self.members(crypto)?;
        let own = LeafNodeIndex::new(self.own_leaf());
        let step = Step {
            by: self
                .identity_at(crypto, own)
                .map_err(GroupError::library)?
                .get()
                .person,
            members: &members,
            removes: &balance.removes,
            joining: &balance.joining,
        };
        step.judge(&before, &after).map_err(|_| match before {
            Subject::Direct(_) => GroupError::Direct,
            Subject::Group(_) => GroupError::Role,
        })?;
        (before != after).then(|| after.extensions()).transpose()
    }

    /// Forgets one's own pending commit.
    ///
    /// # Errors
    /// [`GroupError::Storage`].
    pub fn discard_pending<S: StorageProvider>(&mut self, storage: &S) -> Result<(), GroupError> {
        self.group
            .clear_pending_commit(storage)
            .map_err(|_| GroupError::Storage)
    }

    /// Whether a commit of one's own is pending.
    #[must_use]
    pub fn has_pending(&self) -> bool {
        self.group.pending_commit().is_some()
    }

    /// Applies one's own commit, which the caller recognised by its bytes.
    ///
    /// Gives the people of devices that it brought back.
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn apply_own<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
    ) -> Result<Vec<PersonId>, GroupError> {
        let balance = match self.group.pending_commit() {
            Some(staged) => Some(
                self.balance_of(crypto, staged)
                    .map_err(GroupError::library)?,
            ),
            None => None,
        };
        self.group
            .merge_pending_commit(&Provider::new(crypto, storage))
            .map_err(GroupError::library)?;
        Ok(balance.map_or_else(Vec::new, |balance| balance.people_back()))
    }

    /// Judges and applies somebody else's commit; one's own pending one is lost if it is valid.
    /// Judge a commit once: processing uses up its key.
    ///
    /// # Errors
    /// [`ApplyError::Void`]: roll back to before this call and load the group again.
    pub fn apply<S: StorageProvider>(
        &mut self,
        crypto: &Crypto,
        storage: &S,
        commit: &[u8],
    ) -> Result<Applied, ApplyError> {
        let provider = Provider::new(crypto, storage);
        let message = private_message(commit, ContentType::Commit)?;
        let processed = self
            .group
            .process_message(&provider, message)
            .map_err(process_error)?;
        let Sender::Member(by) = *processed.sender() else {
            return Err(Void::Kind.into());
        };
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(Void::Kind.into());
        };
        self.check_proposals(&staged)?;
        self.check_leaves(crypto, &staged, by)?;
        let balance = self.check_step(crypto, &staged, by)?;
        let removed_self = staged.self_removed();
        let own = self.own_leaf();
        self.group
            .merge_staged_commit(&provider, *staged)
            .map_err(|error| ApplyError::Stuck(error.to_string()))?;
        Ok(Applied {
            by: by.u32(),
            removed_self,
            returned: balance.people_back(),
            replaced_self: balance.returned.iter().any(|(leaf, _)| *leaf == own),
        })
    }

    /// Inline adds, removes and group contexts only.
    fn check_proposals(&self, staged: &StagedCommit) -> Result<(), Void> {
        let fine = staged.queued_proposals().all(|queued| {
            queued.proposal_or_ref_type() == ProposalOrRefType::Proposal
                && matches!(
                    queued.proposal(),
                    Proposal::Add(_) | Proposal::Remove(_) | Proposal::GroupContextExtensions(_)
                )
        });
        if fine { Ok(()) } else { Err(Void::Proposal) }
    }

    /// Everyone added must check; the committer must stay who it was.
    fn check_leaves(
        &self,
        crypto: &Crypto,
        staged: &StagedCommit,
        by: LeafNodeIndex,
    ) -> Result<(), Void> {
        for add in staged.add_proposals() {
            let leaf = add.add_proposal().key_package().leaf_node();
            check_node(crypto, leaf, None)?;
        }
        if let Some(leaf) = staged.update_path_leaf_node() {
            let after = check_node(crypto, leaf, None)?;
            let before = self.identity_at(crypto, by)?;
            if before != after {
                return Err(Void::Swapped);
            }
        }
        Ok(())
    }

    /// The committer may do what it does, and the group stays one of its kind.
    fn check_step(
        &self,
        crypto: &Crypto,
        staged: &StagedCommit,
        by: LeafNodeIndex,
    ) -> Result<Balance, ApplyError> {
        let members = self.members(crypto)?;
        let balance = self.balance_of(crypto, staged)?;
        let step = Step {
            by: self.identity_at(crypto, by)?.get().person,
            members: &members,
            removes: &balance.removes,
            joining: &balance.joining,
        };
        let after = Subject::of(staged.group_context().extensions())?;
        step.judge(&self.subject()?, &after)?;
        Ok(balance)
    }

    pub(crate) fn identity_at(
        &self,
        crypto: &Crypto,
        leaf: LeafNodeIndex,
    ) -> Result<Verified<Identity>, Void> {
        let member = self.group.member_at(leaf).ok_or(Void::Kind)?;
        check_leaf(crypto, (&member.credential, &member.signature_key), None)
    }
}

/// Private keys decide only where path secrets are opened: those failures are this device's alone.
/// The shape and the hashes of a path are public, and every honest member finds the same there.
fn process_error<E>(error: ProcessMessageError<E>) -> ApplyError {
    match error {
        ProcessMessageError::StorageError(_) => GroupError::Storage.into(),
        ProcessMessageError::LibraryError(error) => ApplyError::Stuck(error.to_string()),
        ProcessMessageError::InvalidCommit(
            error @ StageCommitError::UpdatePathError(
                ApplyUpdatePathError::PathLengthMismatch
                | ApplyUpdatePathError::ParentHashMismatch
                | ApplyUpdatePathError::MissingParentHash
                | ApplyUpdatePathError::InconsistentSenderIndex
                | ApplyUpdatePathError::TreeFull,
            ),
        ) => Void::Invalid(error.to_string()).into(),
        ProcessMessageError::InvalidCommit(
            error @ (StageCommitError::UpdatePathError(_)
            | StageCommitError::MissingDecryptionKey
            | StageCommitError::OwnKeyNotFound
            | StageCommitError::LibraryError(_)),
        ) => ApplyError::Stuck(error.to_string()),
        ProcessMessageError::InvalidCommit(error) => Void::Invalid(error.to_string()).into(),
        ProcessMessageError::ValidationError(error) => Void::Invalid(error.to_string()).into(),
        ProcessMessageError::IncompatibleWireFormat => Void::Kind.into(),
        _ => Void::Proposal.into(),
    }
}
