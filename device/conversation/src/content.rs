//! What people and devices say inside a conversation: CBOR, version first.
//!
//! `[version, {id, at, tick, kind, …}]` in the spirit of the MIMI content draft. Readers keep the
//! original bytes, so a kind of a later version survives and can be shown once it is known. What the
//! kinds that change other messages mean is in docs/protocol/content.md.

mod fields;
mod file;
mod more;

use fields::{Bare, Fields, fill, kind_of, one};
pub use file::{
    BLUR_MAX, FILE_MAX, FILE_NAME_MAX, MEDIA_MAX, Picture, Pointer, SIDE_MAX, VOICE_MAX_MS, Voice,
    WAVEFORM, clean_file_name, is_file_name, is_media,
};
pub use more::{
    ADDRESS_MAX, CARD_MAX, DESCRIPTION_MAX, MENTIONS_MAX, More, NAME_MAX, PICTURE_MAX, Preview,
    TITLE_MAX,
};

/// Longest text, bytes of UTF-8.
pub const TEXT_MAX: usize = 12_000;
/// Most ids in one list of a receipt.
pub const RECEIPT_MAX: usize = 200;
/// Longest reaction, bytes of UTF-8.
pub const REACTION_MAX: usize = 64;
const VERSION: u8 = 1;
const TICK_MAX: usize = 512;

/// Something said.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    /// Made by the sender at random; the same when sealed anew.
    pub id: [u8; 16],
    /// When the sender says it was written, Unix milliseconds. A claim: order is board order.
    pub at: i64,
    /// The newest signed tick the sender had seen, so that a board with two histories is found out.
    pub tick: Option<Vec<u8>>,
    /// What it is.
    pub kind: Kind,
}

/// Kinds of content.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text {
        /// 1 to 12,000 bytes.
        text: String,
        /// Id of the message it answers.
        in_reply_to: Option<[u8; 16]>,
        /// What stands with it.
        more: More,
    },
    /// Which messages arrived and which were read, by id.
    Receipt {
        /// On the device.
        delivered: Vec<[u8; 16]>,
        /// Seen by the person.
        read: Vec<[u8; 16]>,
    },
    /// The sender's person leaves the group.
    Leave,
    /// What a person has to say to a message in one sign.
    Reaction {
        /// Id of the message.
        in_reply_to: [u8; 16],
        /// Up to 64 bytes without white space or control characters; empty takes it back.
        emoji: String,
    },
    /// Another text in place of a message's.
    Edit {
        /// Id of the message.
        replaces: [u8; 16],
        /// 1 to 12,000 bytes.
        text: String,
        /// Ids of people whom it names.
        mentions: Vec<[u8; 32]>,
    },
    /// A message is to be found at once by everyone, or no more.
    Pin {
        /// Id of the message.
        in_reply_to: [u8; 16],
        /// Whether it is.
        pinned: bool,
    },
    /// Somebody's card, passed on.
    Contact {
        /// The link, up to 1,024 bytes. Whether it is a card is judged where cards are.
        card: String,
        /// The name that the sender gives with it.
        name: String,
    },
    /// A file, whose chunks stood on the board before this was said.
    File {
        /// Where it is and what it is.
        file: Box<Pointer>,
        /// What is said with it, up to 12,000 bytes; may be empty.
        caption: String,
        /// Id of the message it answers.
        in_reply_to: Option<[u8; 16]>,
        /// What stands with what is said; never a preview.
        more: More,
    },
    /// The sender's person is writing. Kept by nobody.
    Typing,
    /// The sender asks the reader's device for a card, to bring its person into a group.
    CardWanted,
    /// The answer to that: a card good for one invitation.
    CardGiven {
        /// Id of what it answers.
        in_reply_to: [u8; 16],
        /// The link, up to 1,024 bytes. Whether it is a card is judged where cards are.
        card: String,
    },
    /// A message is taken back, for everyone.
    Deletion {
        /// Id of the message.
        replaces: [u8; 16],
    },
    /// Of a later version.
    Unknown,
}

/// Whether a reaction keeps to its bounds. Whether it is *one* emoji is not judged: tables of
/// Unicode differ between versions of a program, and members must not disagree.
#[must_use]
pub fn is_reaction(emoji: &str) -> bool {
    emoji.len() <= REACTION_MAX && !emoji.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// Why content was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Not CBOR of this shape.
    #[error("the content cannot be read")]
    Encoding,
    /// A bound is broken.
    #[error("the content breaks a limit")]
    Limit,
}

impl Content {
    /// Writes content.
    ///
    /// # Errors
    /// [`ContentError::Limit`] if it breaks a bound that readers hold.
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        let mut fields = Fields {
            id: self.id.to_vec(),
            at: self.at,
            tick: self.tick.clone(),
            ..Fields::default()
        };
        fill(&mut fields, &self.kind).ok_or(ContentError::Encoding)?;
        let mut out = Vec::new();
        ciborium::into_writer(&(VERSION, fields), &mut out).map_err(|_| ContentError::Encoding)?;
        Self::decode(&out)?;
        Ok(out)
    }

    /// Reads content strictly within bounds.
    ///
    /// # Errors
    /// [`ContentError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        // First what every version has: fields of a kind that is not known may be of any shape.
        let mut rest = bytes;
        let (version, first): (u8, Bare) =
            ciborium::from_reader(&mut rest).map_err(|_| ContentError::Encoding)?;
        if !rest.is_empty() {
            return Err(ContentError::Encoding);
        }
        let known = version == VERSION && first.is_known();
        let fields = match known {
            true => {
                let read: Result<(u8, Fields), _> = ciborium::from_reader(bytes);
                read.map_err(|_| ContentError::Encoding)?.1
            }
            false => Fields::from(first),
        };
        if fields.tick.as_ref().is_some_and(|t| t.len() > TICK_MAX) {
            return Err(ContentError::Limit);
        }
        let (at, tick) = (fields.at, fields.tick.clone());
        let id = one(Some(fields.id.clone()))?;
        let kind = match known {
            true => kind_of(fields)?,
            false => Kind::Unknown,
        };
        Ok(Self { id, at, tick, kind })
    }
}

#[cfg(test)]
mod tests;
