//! Why a server does not start, in words an operator can act on.

use std::net::SocketAddr;
use std::path::PathBuf;

use heliograph_board::BoardError;

/// Why a server did not start. Nothing was changed on the disk unless the message says so.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Admission tokens do not exist yet, so anybody who reaches the port can fill the disk.
    #[error(
        "refusing to listen on {0}: this server has no admission tokens yet, so anybody who \
         reaches it could fill its disk. Listen on 127.0.0.1 or [::1], or set \
         `trusted_network = true` in the configuration if everyone on that network is trusted"
    )]
    OpenNetwork(SocketAddr),
    /// The system gives too few open files.
    #[error(
        "the system lets this program open {files} files, and it needs at least {needed}; raise \
         the limit (`ulimit -n`, or LimitNOFILE in a unit of systemd)"
    )]
    TooFewFiles {
        /// Files it may open.
        files: u64,
        /// Files it needs.
        needed: u64,
    },
    /// Another server holds the lock.
    #[error(
        "the data directory {0} is in use by another heliographd; stop that one first or choose \
         another --data"
    )]
    InUse(PathBuf),
    /// A file or directory cannot be used.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key file is not what this program wrote.
    #[error(
        "the key file {path} is damaged ({why}). It was left as it is; restore it from a backup. \
         With another key every board link handed out so far would stop working",
        path = .path.display()
    )]
    DamagedKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key file is gone although the board was in use.
    #[error(
        "the key file {} is missing although this data directory was used before; restore it from \
         a backup, or start with an empty --data (all board links handed out so far stop working)",
        .0.display()
    )]
    MissingKey(PathBuf),
    /// Others may read a key.
    #[error("the key file {path} may be read by others; run: chmod 600 {path}", path = .0.display())]
    OpenKey(PathBuf),
    /// Certificate or key from the configuration.
    #[error("{what} from {path} cannot be used: {why}", path = .path.display())]
    Certificate {
        /// Which configuration key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The TLS library refused the set-up.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The machine gave no random bytes.
    #[error("the system gave no random numbers, so no key was made")]
    Randomness,
    /// The port cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address to print in the board link is no address.
    #[error("`public_address` must be HOST:PORT, such as board.example:443")]
    PublicAddress,
    /// The board cannot be opened.
    #[error("the board cannot be opened: {0}")]
    Board(#[from] BoardError),
    /// The configuration contradicts itself.
    #[error("configuration: {0}")]
    Config(#[from] crate::ConfigError),
}
