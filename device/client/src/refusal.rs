//! What a person is told when something is refused: what happened, what was kept, what to do.

/// Whose doing it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person asked for something that cannot be done as asked.
    User,
    /// The other side of the conversation, or somebody posing as it.
    Peer,
    /// The board, or the way to it.
    Server,
    /// This program.
    Bug,
}

/// A refusal in words a person can act on. `kind` is stable and listed in `docs/rpc.md`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{happened} {kept} {todo}")]
pub struct Refusal {
    /// Stable name in kebab-case.
    pub kind: &'static str,
    /// What happened.
    pub happened: String,
    /// What was kept.
    pub kept: String,
    /// What to do now.
    pub todo: String,
    /// Whose doing it was.
    pub fault: Fault,
}

impl Refusal {
    /// A refusal with all its words.
    pub(crate) fn new(
        kind: &'static str,
        fault: Fault,
        happened: impl Into<String>,
        kept: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            happened: happened.into(),
            kept: kept.into(),
            todo: todo.into(),
            fault,
        }
    }

    /// A person asked for what cannot be done, and nothing was changed.
    pub(crate) fn unchanged(kind: &'static str, happened: &str, todo: &str) -> Self {
        Self::new(kind, Fault::User, happened, "Nothing was changed.", todo)
    }

    /// Something the program did not expect of itself.
    pub(crate) fn bug(what: impl std::fmt::Display) -> Self {
        Self::new(
            "internal",
            Fault::Bug,
            format!("Heliograph met a condition it should never meet: {what}."),
            "Nothing was changed by this step.",
            "Try again; if it happens again, report it with this sentence.",
        )
    }

    /// There is no such conversation.
    pub(crate) fn no_conversation() -> Self {
        Self::new(
            "unknown-conversation",
            Fault::User,
            "There is no conversation with this id in the profile.",
            "Nothing was changed.",
            "List the ids with `heliograph conversations`.",
        )
    }

    /// There is no such message.
    pub(crate) fn no_message() -> Self {
        Self::new(
            "unknown-message",
            Fault::User,
            "There is no message with this id.",
            "Nothing was changed.",
            "List messages with `heliograph read CONVERSATION`.",
        )
    }

    /// The conversation ended for this device before the message was sent.
    pub(crate) fn given_up() -> Self {
        Self::new(
            "message-unsent",
            Fault::Peer,
            "The conversation ended on this device before the message was known to be sent.",
            "The text is kept where you wrote it, marked as unsent; nothing sends it by itself.",
            "Look at `heliograph status` for the reason; if it is still to be said, say it where you can.",
        )
    }

    /// The board shows another record than this device followed.
    pub(crate) fn astray() -> Self {
        Self::new(
            "board-two-histories",
            Fault::Server,
            "The board shows another record than the one that this device followed.",
            "Everything written is kept and waits; nothing goes or comes.",
            "Ask whoever runs the board. Once they say it is in order: `heliograph board follow`.",
        )
    }

    /// The wait ended before the wished state was reached.
    pub(crate) fn timeout(what: &str) -> Self {
        Self::new(
            "timeout",
            Fault::Server,
            format!("{what} did not happen in the time given."),
            "Everything is kept and goes on by itself.",
            "Wait longer, or look at `heliograph status`.",
        )
    }
}
