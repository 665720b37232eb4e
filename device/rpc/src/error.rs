//! A refusal as callers see it: a stable kind and three sentences.

use std::fmt::Display;

use heliograph_client::Refusal;
use serde::{Deserialize, Serialize};

/// Whose doing a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// What was asked cannot be done as asked.
    User,
    /// The other side of a conversation, or somebody posing as it.
    Peer,
    /// The board, or the way to it.
    Server,
    /// This program.
    Bug,
}

impl From<heliograph_client::Fault> for Fault {
    fn from(fault: heliograph_client::Fault) -> Self {
        match fault {
            heliograph_client::Fault::User => Self::User,
            heliograph_client::Fault::Peer => Self::Peer,
            heliograph_client::Fault::Server => Self::Server,
            heliograph_client::Fault::Bug => Self::Bug,
        }
    }
}

/// What happened, what was kept, what to do. Kinds are stable and listed in `docs/rpc.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{happened} {kept} {todo}")]
pub struct RpcError {
    /// Stable name in kebab-case.
    pub kind: String,
    /// What happened.
    pub happened: String,
    /// What was kept.
    pub kept: String,
    /// What to do now.
    pub todo: String,
    /// Whose doing it was.
    pub fault: Fault,
}

impl From<Refusal> for RpcError {
    fn from(refusal: Refusal) -> Self {
        Self {
            kind: refusal.kind.to_owned(),
            happened: refusal.happened,
            kept: refusal.kept,
            todo: refusal.todo,
            fault: refusal.fault.into(),
        }
    }
}

impl RpcError {
    /// A refusal of something the person asked for.
    #[must_use]
    pub fn user(kind: &str, happened: impl Display, kept: &str, todo: impl Display) -> Self {
        Self {
            kind: kind.to_owned(),
            happened: happened.to_string(),
            kept: kept.to_owned(),
            todo: todo.to_string(),
            fault: Fault::User,
        }
    }

    /// The same, where nothing was touched.
    #[must_use]
    pub fn unchanged(kind: &str, happened: impl Display, todo: impl Display) -> Self {
        Self::user(kind, happened, "Nothing was changed.", todo)
    }

    /// A condition this program did not expect of itself.
    #[must_use]
    pub fn bug(what: impl Display) -> Self {
        Self {
            fault: Fault::Bug,
            ..Self::unchanged(
                "internal",
                format!("Heliograph met a condition it should never meet: {what}."),
                "Try again; if it happens again, report it with this sentence.",
            )
        }
    }

    /// A file or directory that the system would not give.
    #[must_use]
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::unchanged(
            "file-unusable",
            format!("{} cannot be used: {error}.", path.display()),
            "Check that it exists, that it belongs to you and that the disk has room.",
        )
    }

    /// The process that held the profile went away in the middle of a call.
    #[must_use]
    pub fn holder_gone() -> Self {
        Self {
            fault: Fault::Server,
            ..Self::user(
                "holder-gone",
                "The process that holds this profile ended before it answered.",
                "Whatever it had answered is kept; whether this last step was done is not known.",
                "Look with `heliograph read` or `heliograph status`, then try again.",
            )
        }
    }
}
