//! What may be typed about a message that is there.

use clap::{Args, Subcommand};

use crate::given::Given;

#[derive(Subcommand)]
pub(crate) enum MessageVerb {
    /// Answer a message.
    #[command(after_help = "Example:
  heliograph reply c_2zk6… m_h4ql… 'At nine, then.'")]
    Reply(Rewrite),
    /// Put another text in the place of one of your messages.
    #[command(after_help = "Example:
  heliograph edit c_2zk6… m_h4ql… 'Meet at ten.'

Everybody in the conversation sees the new text, that it was edited, and with `heliograph history`
what it was before.")]
    Edit(Rewrite),
    /// React to a message with an emoji; a new one replaces your last.
    #[command(after_help = "Examples:
  heliograph react c_2zk6… m_h4ql… 👍
  heliograph react c_2zk6… m_h4ql… --remove")]
    React {
        #[command(flatten)]
        about: About,
        /// The emoji.
        #[arg(required_unless_present = "remove")]
        emoji: Option<String>,
        /// Take your reaction back.
        #[arg(long, conflicts_with = "emoji")]
        remove: bool,
    },
    /// Delete a message, here or for everyone.
    #[command(after_help = "Examples:
  heliograph delete c_2zk6… m_h4ql…                   on this device only, nobody is told
  heliograph delete c_2zk6… m_h4ql… --for-everyone    one of your own, for all

Whoever has read a message may remember it or have copied it; their devices erase it when they hear.")]
    Delete {
        #[command(flatten)]
        about: About,
        /// Also on the devices of everybody else; for messages you wrote.
        #[arg(long)]
        for_everyone: bool,
    },
    /// Show every text a message had.
    #[command(after_help = "Example:
  heliograph history c_2zk6… m_h4ql… --reveal")]
    History {
        #[command(flatten)]
        about: About,
        /// Show words that their writer hid.
        #[arg(long)]
        reveal: bool,
    },
}

/// A message that is there.
#[derive(Args)]
pub(crate) struct About {
    /// Id of the conversation.
    pub(crate) conversation: String,
    /// Id of the message, as `heliograph read --ids` prints it.
    pub(crate) message: String,
}

#[derive(Args)]
pub(crate) struct Rewrite {
    #[command(flatten)]
    pub(crate) about: About,
    /// The text, or `-` for standard input.
    pub(crate) text: Given,
}
