//! The rules that planted faults switch off, by name.

/// A rule that the simulated world must miss when it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Whoever is invited reads what was said since their epoch began.
    ReadBack,
    /// What did not count when an epoch ended is sealed anew.
    SealAnew,
    /// Commits of a tick come before its messages.
    CommitsFirst,
    /// How far the own labels are used up is written down before a cell leaves.
    LabelsKept,
    /// A commit under way is written down.
    CommitKept,
    /// Of several texts or reactions the latest in board order counts.
    LatestCounts,
    /// Only whoever wrote a message changes it.
    AuthorsOnly,
}

impl Rule {
    /// Those that a crew must miss.
    pub const ALL: [Self; 5] = [
        Self::ReadBack,
        Self::SealAnew,
        Self::CommitsFirst,
        Self::LabelsKept,
        Self::CommitKept,
    ];

    /// Those that whoever edits, reacts and deletes must miss.
    pub const OF_CONTENT: [Self; 2] = [Self::LatestCounts, Self::SealAnew];
}
