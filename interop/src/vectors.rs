//! Published vectors as they lie in `vectors/`, unpacked and read. It judges none of them.

use std::io::Read;

use data_encoding::HEXLOWER_PERMISSIVE;
use flate2::read::GzDecoder;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

/// Bytes that are written as hexadecimal digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(from)?;
        let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        bytes.map(Hex).map_err(D::Error::custom)
    }
}

/// Files of the MLS working group that are run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Heads of vectors of variable length.
    Deserialization,
    /// Labelled hash, derivation, signature and encryption.
    CryptoBasics,
    /// One of each message and proposal, as bytes.
    Messages,
    /// A client that joins.
    PassiveWelcome,
    /// A client that joins and follows two commits with each kind of proposal.
    PassiveCommit,
    /// A client that follows two hundred epochs.
    PassiveRandom,
}

impl File {
    /// What the file is called where it comes from.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deserialization => "deserialization",
            Self::CryptoBasics => "crypto-basics",
            Self::Messages => "messages",
            Self::PassiveWelcome => "passive-client-welcome",
            Self::PassiveCommit => "passive-client-handling-commit",
            Self::PassiveRandom => "passive-client-random",
        }
    }

    const fn packed(self) -> &'static [u8] {
        match self {
            Self::Deserialization => include_bytes!("../vectors/deserialization.json.gz"),
            Self::CryptoBasics => include_bytes!("../vectors/crypto-basics.json.gz"),
            Self::Messages => include_bytes!("../vectors/messages.json.gz"),
            Self::PassiveWelcome => include_bytes!("../vectors/passive-client-welcome.json.gz"),
            Self::PassiveCommit => {
                include_bytes!("../vectors/passive-client-handling-commit.json.gz")
            }
            Self::PassiveRandom => include_bytes!("../vectors/passive-client-random.json.gz"),
        }
    }
}

/// All vectors of a file.
///
/// # Errors
/// When the file is not what it should be.
pub fn read<T: DeserializeOwned>(file: File) -> Result<Vec<T>, String> {
    let mut text = String::new();
    GzDecoder::new(file.packed())
        .read_to_string(&mut text)
        .map_err(|error| format!("{}: {error}", file.name()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.name()))
}

/// Vectors of the working group that are not run, how many, and why.
pub const LEFT_OUT: [(&str, usize, &str); 10] = [
    ("key-schedule", 7, INSIDE),
    ("message-protection", 7, INSIDE),
    ("psk_secret", 70, INSIDE),
    ("secret-tree", 21, INSIDE),
    ("transcript-hashes", 300, INSIDE),
    ("tree-math", 10, INSIDE),
    ("tree-operations", 5, INSIDE),
    ("tree-validation", 98, INSIDE),
    ("treekem", 77, INSIDE),
    ("welcome", 7, INSIDE),
];

const INSIDE: &str = "reaches into parts that the library does not make public";
