//! What may be typed, and the words of every `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::board::BoardVerb;
use crate::file::FileVerb;
use crate::group::Group;
use crate::message_arguments::MessageVerb;
use crate::order::OrderVerb;
use crate::passing::PassingVerb;
use crate::voice::VoiceVerb;
use crate::{draft, keep, people, search, send};

/// Talk through a server that cannot tell who you are or whom you talk to.
#[derive(Parser)]
#[command(
    name = "heliograph",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done, 1 refused or failed (standard error says why), 2 wrong usage.

Example:
  heliograph demo"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Options of every command.
#[derive(Args, Clone)]
pub(crate) struct Common {
    /// Directory of the profile [default: $XDG_DATA_HOME/heliograph/default].
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "HELIOGRAPH_HOME",
        hide_env_values = true
    )]
    pub(crate) home: Option<PathBuf>,
    /// File whose only line is the passphrase; without it a terminal is asked.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HELIOGRAPH_PASSPHRASE_FILE",
        hide_env_values = true
    )]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print JSON, one object a line; errors too.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Make a profile: who you are, and the board you meet others on.
    #[command(after_help = "Examples:
  heliograph --home ./anna init --name Anna --board 'heliograph://board/…'
  heliograph --home ./anna init --name Anna --board \"$BOARD\" --passphrase-file ./anna.pass
  heliograph --home ./anna init --name Anna --board \"$BOARD\" --keyring")]
    Init(Init),
    /// Make a card: the link another person needs to write to you.
    #[command(after_help = "Examples:
  heliograph card                 for several people
  heliograph card --once          for one person; void after its first use
  heliograph card --qr            also as a picture to scan from the screen
  heliograph card --json")]
    Card {
        /// The card works for one contact only.
        #[arg(long)]
        once: bool,
        /// Also draw the card as a QR code.
        #[arg(long, conflicts_with = "json")]
        qr: bool,
    },
    /// Write to somebody for the first time, by their card.
    #[command(after_help = "Example:
  heliograph add 'heliograph://card/…'")]
    Add {
        /// The link that `heliograph card` printed for the other person.
        card: String,
    },
    /// List people who want to write to you.
    #[command(after_help = "Example:
  heliograph requests --json")]
    Requests,
    /// Accept a request; receipts and messages go back from now on.
    #[command(after_help = "Example:
  heliograph accept c_2zk6…")]
    Accept {
        /// Id of the request, as `heliograph requests` prints it.
        id: String,
    },
    /// Decline a request; the other person learns nothing.
    #[command(after_help = "Example:
  heliograph decline c_2zk6…")]
    Decline {
        /// Id of the request, as `heliograph requests` prints it.
        id: String,
    },
    /// List conversations: pinned first, then the newest activity, archived last.
    #[command(after_help = "Examples:
  heliograph conversations --json
  heliograph conversations --unread")]
    Conversations(people::Conversations),
    /// Make groups, change who is in them and who decides, and leave them.
    #[command(after_help = "Examples:
  heliograph group create 'Night shift' --member 'heliograph://card/…'
  heliograph group add c_2zk6… 'heliograph://card/…'
  heliograph group members c_2zk6…
  heliograph group promote c_2zk6… p_9fj3…
  heliograph group leave c_2zk6…")]
    Group {
        #[command(subcommand)]
        wanted: Group,
    },
    /// Compare safety numbers, so that nobody can stand between you and a person.
    #[command(after_help = "Examples:
  heliograph verify c_2zk6…
  heliograph verify c_2zk6… --qr
  heliograph verify c_2zk6… --confirm     after you compared the number by another way
  heliograph verify c_2zk6… --withdraw

Read the number to the person, face to face or by voice you know. They see the same one with their
own `heliograph verify`, or somebody stands between you.")]
    Verify(Verify),
    /// Send a message, or many.
    #[command(after_help = "Examples:
  heliograph send c_2zk6… 'Meet at nine.'
  heliograph send c_2zk6… - < letter.txt
  heliograph send c_2zk6… 'See https://a.example' --preview https://a.example --preview-title Tides
  heliograph send c_2zk6… --lines --wait delivered < lines.txt
  heliograph send c_2zk6… --lines --skip 120 < lines.txt
  heliograph send c_2zk6… --lines --progress sent.json < lines.txt

With --lines, a line is printed as soon as its message is safe here and has come as far as --wait
asks; \"line\" in it is the number to pass to --skip. With --progress, the same command run again
after a crash sends what is missing and nothing twice.")]
    Send(send::Send),
    /// Print the messages of a conversation, oldest first.
    #[command(after_help = "Examples:
  heliograph read c_2zk6…
  heliograph read c_2zk6… --last 20
  heliograph read c_2zk6… --ids
  heliograph read c_2zk6… --since m_h4ql… --mark-read
  heliograph read c_2zk6… --follow --json")]
    Read(Read),
    #[command(flatten)]
    Message(MessageVerb),
    /// Send and save files.
    #[command(after_help = "Examples:
  heliograph file send c_2zk6… report.pdf --caption 'The second draft.'
  heliograph file save c_2zk6… m_h4ql… ~/Downloads
  heliograph file list")]
    File {
        #[command(subcommand)]
        wanted: FileVerb,
    },
    /// Send voice notes, from a microphone or a file.
    #[command(after_help = "Examples:
  heliograph voice record c_2zk6…
  heliograph voice send c_2zk6… report.wav")]
    Voice {
        #[command(subcommand)]
        wanted: VoiceVerb,
    },
    #[command(flatten)]
    Passing(PassingVerb),
    #[command(flatten)]
    Order(OrderVerb),
    /// Find messages by their words, newest first.
    #[command(after_help = "Examples:
  heliograph search lighthouse
  heliograph search meet nine --in c_2zk6… --from Ben
  heliograph search report --has file
  heliograph search 灯台 --after 2026-01-31 --json

Every word must be there, the last one may be only begun; accents and capital letters do not matter.")]
    Search(search::Search),
    /// Mute, archive, pin or mark a conversation; nobody else learns of it.
    #[command(after_help = "Examples:
  heliograph keep c_2zk6… --pinned yes
  heliograph keep c_2zk6… --muted 2026-01-31 --archived yes
  heliograph keep c_2zk6… --muted off")]
    Keep(keep::Keep),
    /// Keep a text, an answer and files for later; print or send what is kept.
    #[command(after_help = "Examples:
  heliograph draft c_2zk6… 'Dear Ben,'
  heliograph draft c_2zk6… --reply m_5tqa… --attach plan.pdf --attach map.png
  heliograph draft c_2zk6… --send")]
    Draft(draft::Draft),
    /// Fetch what is new and send what waits, then end.
    #[command(after_help = "Examples:
  heliograph sync
  heliograph sync --until-idle --within 120")]
    Sync {
        /// Also wait until nothing is on its way out.
        #[arg(long)]
        until_idle: bool,
        /// Give up after this many seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 30)]
        within: u64,
    },
    /// When the board shows another record than this device followed.
    #[command(after_help = "Example:
  heliograph board follow")]
    Board {
        /// What to do.
        #[command(subcommand)]
        wanted: BoardVerb,
    },
    /// Keep the profile in step and serve other commands until SIGINT or SIGTERM.
    #[command(after_help = "Examples:
  heliograph daemon --passphrase-file ./anna.pass &
  heliograph daemon --websocket 7117")]
    Daemon {
        /// Also answer on a WebSocket of this machine; 0 takes any free port. A file in the home
        /// says where, and holds the token that callers must know.
        #[arg(long, value_name = "PORT")]
        websocket: Option<u16>,
    },
    /// Answer JSON-RPC on standard input and output until the input ends, for a program that runs this one.
    #[command(after_help = "Example:
  heliograph rpc --passphrase-file ./bot.pass")]
    Rpc,
    /// Show who you are, whether the board is reached, and what needs your attention.
    #[command(after_help = "Example:
  heliograph status --json")]
    Status,
    /// Show or change settings.
    #[command(after_help = "Examples:
  heliograph settings
  heliograph settings receipts            delayed or prompt
  heliograph settings receipts prompt     receipts at once: easier to watch, easier to link
  heliograph settings typing on           tell when you write, and see it of others")]
    Settings {
        /// Name of the setting.
        name: Option<String>,
        /// New value.
        #[arg(requires = "name")]
        value: Option<String>,
    },
    /// Destroy the profile: its keys first, then everything else. There is no way back.
    #[command(after_help = "Examples:
  heliograph wipe
  heliograph wipe --yes

The key file is overwritten before it is removed; without it the database is noise, on a disk that
kept old blocks too. Cards you gave out stop working when their week ends.")]
    Wipe {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Print a completion script for a shell.
    #[command(after_help = "Examples:
  heliograph completions bash > ~/.local/share/bash-completion/completions/heliograph
  heliograph completions zsh  > ~/.zfunc/_heliograph
  heliograph completions fish > ~/.config/fish/completions/heliograph.fish")]
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: clap_complete::Shell,
    },
    /// Start a server and two people on this machine and let them talk; nothing is kept.
    #[command(after_help = "Example:
  heliograph demo")]
    Demo,
}

#[derive(Args)]
pub(crate) struct Init {
    /// The name others see.
    #[arg(long)]
    pub(crate) name: String,
    /// The board link that the server printed.
    #[arg(long, value_name = "LINK")]
    pub(crate) board: String,
    /// Keep the key in the keyring of this desktop session; a passphrase file adds a second way in.
    #[arg(long)]
    pub(crate) keyring: bool,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// Id of the conversation.
    pub(crate) conversation: String,
    /// The person, if there are several in it.
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// Also draw the number as a QR code.
    #[arg(long, conflicts_with = "json")]
    pub(crate) qr: bool,
    /// Mark the person as verified: you compared the number with theirs.
    #[arg(long)]
    pub(crate) confirm: bool,
    /// Take that mark back.
    #[arg(long, conflicts_with = "confirm")]
    pub(crate) withdraw: bool,
}

/// How far a message has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum State {
    /// Safe in this profile.
    Pending,
    /// Safe on the board.
    Stored,
    /// Counted by the board's feed.
    Sent,
    /// On the devices of everybody in the conversation.
    Delivered,
    /// Read by everybody in the conversation.
    Read,
}

impl State {
    /// The word of the interface.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored => "stored",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }
}

#[derive(Args)]
pub(crate) struct Read {
    /// Id of the conversation.
    pub(crate) conversation: String,
    /// Only what comes after this message.
    #[arg(long, value_name = "ID")]
    pub(crate) since: Option<String>,
    /// Only the last so many, at most 1,000.
    #[arg(long, value_name = "COUNT", conflicts_with = "since", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) last: Option<u32>,
    /// Go on printing as messages come, until interrupted; own messages once the board counts them.
    #[arg(long)]
    pub(crate) follow: bool,
    /// Mark what is printed as read.
    #[arg(long)]
    pub(crate) mark_read: bool,
    /// Also print the id of every message.
    #[arg(long)]
    pub(crate) ids: bool,
    /// Show words that their writer hid.
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Arguments::command().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.contains("  heliograph "), "{}", command.get_name());
        }
    }
}
