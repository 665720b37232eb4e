//! Why a step failed. A step that fails leaves no trace but this.

use heliograph_store::StoreError;
use heliograph_wire::Label;

use crate::{Fault, Refusal};

/// Inner error of the engine's steps.
#[derive(thiserror::Error)]
pub(crate) enum EngineError {
    /// The person is told this.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] StoreError),
    /// The step needs cells that the feed showed earlier; fetch them and try again.
    #[error("cells of an earlier tick are needed")]
    Need(Vec<Label>),
    /// The step needs older ticks, whole: read the past again from there, then try again.
    #[error("ticks of the past are needed")]
    Past(Past),
    /// A stored state could not be read back, or a library refused what must work.
    #[error("{0}")]
    Bug(String),
}

/// From where the past is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Past {
    /// First tick that is needed.
    pub(crate) since: u64,
    /// The board's hour of it.
    pub(crate) hour: u32,
}

impl EngineError {
    /// A condition that must not be met.
    pub(crate) fn bug(what: impl std::fmt::Display) -> Self {
        Self::Bug(what.to_string())
    }

    pub(crate) fn into_refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Store(StoreError::Full) => super::profile::cannot_open(StoreError::Full),
            Self::Store(StoreError::Io(_)) => disk_failed(),
            other => Refusal::bug(other),
        }
    }
}

/// A commit whose sync failed is undone here, but its bytes may have reached the disk: then the next
/// opening finds it whole and counts it. So nobody can be told that it is gone.
fn disk_failed() -> Refusal {
    Refusal::new(
        "disk-failed",
        Fault::User,
        "The disk did not confirm that it keeps what was written.",
        "Everything accepted before is kept; whether this step was is not known.",
        "Look after the disk. Then see with `heliograph read` what is there before you do it again.",
    )
}

impl std::fmt::Debug for EngineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Labels have no `Debug`; the words are enough.
        write!(f, "{self}")
    }
}

impl From<Refusal> for EngineError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Reads CBOR that this device wrote.
pub(crate) fn from_cbor<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, EngineError> {
    ciborium::from_reader(bytes).map_err(|_| EngineError::bug("a stored state cannot be read"))
}

/// Writes CBOR.
pub(crate) fn to_cbor<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, EngineError> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out)
        .map_err(|_| EngineError::bug("a state cannot be written"))?;
    Ok(out)
}
