//! What a member of a group can do, whatever library it stands on. Everything that passes between members is bytes:
//! none of them sees another's state.

/// How the members of one group write; they read everything.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Code point of the suite.
    pub suite: u16,
    /// Proposals and commits are encrypted.
    pub hidden: bool,
    /// Commits that need no path have one nevertheless.
    pub path: bool,
}

/// A change that is proposed, or put into a commit.
#[derive(Debug, Clone)]
pub enum Change {
    /// Somebody is added, by a key package.
    Add(Vec<u8>),
    /// The member in this leaf is removed.
    Remove(u32),
    /// The proposer's own keys are renewed.
    Update,
}

/// A commit and the welcome to those it adds.
#[derive(Debug, Clone)]
pub struct Committed {
    /// For the members.
    pub commit: Vec<u8>,
    /// For those who join.
    pub welcome: Option<Vec<u8>>,
}

/// What a message turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An application message.
    Text {
        /// Leaf of the author.
        from: u32,
        /// What was written.
        text: Vec<u8>,
        /// What went with it in the clear.
        aad: Vec<u8>,
    },
    /// A proposal, kept until the commit.
    Proposal,
    /// A commit, already entered.
    Commit,
    /// A commit that removed the one who heard it.
    Removed,
}

/// What all members of an epoch must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Number of the epoch.
    pub epoch: u64,
    /// Leaf and name of each member, in order.
    pub members: Vec<(u32, String)>,
    /// The epoch authenticator.
    pub authenticator: Vec<u8>,
    /// A secret exported for the label asked for.
    pub exported: Vec<u8>,
}

/// What is said when something does not work.
pub type Said<T> = Result<T, String>;

/// Any error as text.
pub fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// A member on one of the libraries. Each call fails with what the library says.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Member {
    /// A new key package.
    fn key_package(&mut self) -> Said<Vec<u8>>;
    /// Founds a group.
    fn create(&mut self, group: &[u8]) -> Said<()>;
    /// Joins by a welcome, also for the second time.
    fn join(&mut self, welcome: &[u8]) -> Said<()>;
    /// Proposes a change.
    fn propose(&mut self, change: &Change) -> Said<Vec<u8>>;
    /// Commits all that was proposed, and these changes.
    fn commit(&mut self, changes: &[Change]) -> Said<Committed>;
    /// Enters the epoch of its own commit.
    fn enter(&mut self) -> Said<()>;
    /// Writes an application message.
    fn say(&mut self, text: &[u8], aad: &[u8]) -> Said<Vec<u8>>;
    /// Reads any message.
    fn hear(&mut self, message: &[u8]) -> Said<Heard>;
    /// Its view of the epoch.
    fn view(&self, label: &str, context: &[u8]) -> Said<View>;
}
