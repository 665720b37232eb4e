//! What people and devices say inside a conversation: CBOR, version first.
//!
//! `[version, {id, at, tick, kind, …}]` in the spirit of the MIMI content draft. Readers keep the
//! original bytes, so a kind of a later version survives and can be shown once it is known. What the
//! kinds that change other messages mean is in docs/protocol/content.md.

mod file;
mod more;

use serde::{Deserialize, Serialize};

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
const KIND_TEXT: u32 = 1;
const KIND_RECEIPT: u32 = 2;
const KIND_LEAVE: u32 = 21;
const KIND_REACTION: u32 = 3;
const KIND_EDIT: u32 = 4;
const KIND_DELETION: u32 = 5;
const KIND_FILE: u32 = 6;
const KIND_PIN: u32 = 8;
const KIND_CONTACT: u32 = 9;
const KIND_TYPING: u32 = 10;
const KIND_CARD_WANTED: u32 = 11;
const KIND_CARD_GIVEN: u32 = 12;

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

#[derive(Default, Serialize, Deserialize)]
struct Fields {
    #[serde(with = "serde_bytes")]
    id: Vec<u8>,
    at: i64,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    tick: Option<Vec<u8>>,
    kind: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    delivered: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    read: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    replaces: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    mentions: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forwarded: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preview: Option<Preview>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<Box<Pointer>>,
}

fn one(id: Option<Vec<u8>>) -> Result<[u8; 16], ContentError> {
    let id = id.ok_or(ContentError::Encoding)?;
    id.try_into().map_err(|_| ContentError::Limit)
}

fn link(card: Option<String>) -> Result<String, ContentError> {
    let card = card.ok_or(ContentError::Limit)?;
    (card.len() <= CARD_MAX)
        .then_some(card)
        .ok_or(ContentError::Limit)
}

fn words(text: Option<String>) -> Result<String, ContentError> {
    let text = text.ok_or(ContentError::Encoding)?;
    if text.is_empty() || text.len() > TEXT_MAX {
        return Err(ContentError::Limit);
    }
    Ok(text)
}

fn file_of(fields: Fields) -> Result<Kind, ContentError> {
    let file = fields.file.ok_or(ContentError::Encoding)?;
    file.check()?;
    let caption = fields.text.map(|text| words(Some(text))).transpose()?;
    Ok(Kind::File {
        file,
        caption: caption.unwrap_or_default(),
    })
}

/// The kind of this version that the fields tell.
fn kind_of(fields: Fields) -> Result<Kind, ContentError> {
    Ok(match fields.kind {
        KIND_TEXT => {
            let text = words(fields.text)?;
            let preview = fields.preview;
            preview.iter().try_for_each(|shown| shown.check(&text))?;
            let more = More {
                mentions: more::people(fields.mentions)?,
                forwarded: fields.forwarded.map(more::name).transpose()?,
                preview,
            };
            Kind::Text {
                text,
                in_reply_to: fields.in_reply_to.map(|id| one(Some(id))).transpose()?,
                more,
            }
        }
        KIND_RECEIPT => Kind::Receipt {
            delivered: list(fields.delivered)?,
            read: list(fields.read)?,
        },
        KIND_REACTION => {
            let emoji = fields.text.unwrap_or_default();
            if !is_reaction(&emoji) {
                return Err(ContentError::Limit);
            }
            Kind::Reaction {
                in_reply_to: one(fields.in_reply_to)?,
                emoji,
            }
        }
        KIND_EDIT => Kind::Edit {
            replaces: one(fields.replaces)?,
            text: words(fields.text)?,
            mentions: more::people(fields.mentions)?,
        },
        KIND_PIN => Kind::Pin {
            in_reply_to: one(fields.in_reply_to)?,
            pinned: fields.pinned.ok_or(ContentError::Encoding)?,
        },
        KIND_CARD_WANTED => Kind::CardWanted,
        KIND_CARD_GIVEN => Kind::CardGiven {
            in_reply_to: one(fields.in_reply_to)?,
            card: link(fields.card)?,
        },
        KIND_CONTACT => Kind::Contact {
            card: link(fields.card)?,
            name: more::name(words(fields.text)?)?,
        },
        KIND_FILE => file_of(fields)?,
        KIND_DELETION => Kind::Deletion {
            replaces: one(fields.replaces)?,
        },
        KIND_LEAVE => Kind::Leave,
        KIND_TYPING => Kind::Typing,
        _ => Kind::Unknown,
    })
}

/// Puts what a kind says into the fields; `None` for one that this version cannot say.
fn fill(fields: &mut Fields, kind: &Kind) -> Option<()> {
    match kind {
        Kind::Text {
            text,
            in_reply_to,
            more,
        } => {
            fields.kind = KIND_TEXT;
            fields.text = Some(text.clone());
            fields.mentions = more::list(&more.mentions);
            fields.forwarded.clone_from(&more.forwarded);
            fields.preview.clone_from(&more.preview);
            fields.in_reply_to = in_reply_to.map(|id| id.to_vec());
        }
        Kind::Receipt { delivered, read } => {
            fields.kind = KIND_RECEIPT;
            fields.delivered = Some(delivered.concat());
            fields.read = Some(read.concat());
        }
        Kind::Reaction { in_reply_to, emoji } => {
            fields.kind = KIND_REACTION;
            fields.text = Some(emoji.clone());
            fields.in_reply_to = Some(in_reply_to.to_vec());
        }
        Kind::Edit {
            replaces,
            text,
            mentions,
        } => {
            fields.kind = KIND_EDIT;
            fields.text = Some(text.clone());
            fields.mentions = more::list(mentions);
            fields.replaces = Some(replaces.to_vec());
        }
        Kind::Deletion { replaces } => {
            fields.kind = KIND_DELETION;
            fields.replaces = Some(replaces.to_vec());
        }
        Kind::Pin {
            in_reply_to,
            pinned,
        } => {
            fields.kind = KIND_PIN;
            fields.in_reply_to = Some(in_reply_to.to_vec());
            fields.pinned = Some(*pinned);
        }
        Kind::Contact { card, name } => {
            fields.kind = KIND_CONTACT;
            fields.text = Some(name.clone());
            fields.card = Some(card.clone());
        }
        Kind::File { file, caption } => {
            fields.kind = KIND_FILE;
            fields.text = (!caption.is_empty()).then(|| caption.clone());
            fields.file = Some(file.clone());
        }
        Kind::CardWanted => fields.kind = KIND_CARD_WANTED,
        Kind::CardGiven { in_reply_to, card } => {
            fields.kind = KIND_CARD_GIVEN;
            fields.in_reply_to = Some(in_reply_to.to_vec());
            fields.card = Some(card.clone());
        }
        Kind::Leave => fields.kind = KIND_LEAVE,
        Kind::Typing => fields.kind = KIND_TYPING,
        Kind::Unknown => return None,
    }
    Some(())
}

fn list(bytes: Option<Vec<u8>>) -> Result<Vec<[u8; 16]>, ContentError> {
    let bytes = bytes.unwrap_or_default();
    let (ids, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() || ids.len() > RECEIPT_MAX {
        return Err(ContentError::Limit);
    }
    Ok(ids.to_vec())
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
        let mut rest = bytes;
        let (version, fields): (u8, Fields) =
            ciborium::from_reader(&mut rest).map_err(|_| ContentError::Encoding)?;
        if !rest.is_empty() {
            return Err(ContentError::Encoding);
        }
        if fields.tick.as_ref().is_some_and(|t| t.len() > TICK_MAX) {
            return Err(ContentError::Limit);
        }
        let (at, tick) = (fields.at, fields.tick.clone());
        let id = one(Some(fields.id.clone()))?;
        let kind = match version {
            VERSION => kind_of(fields)?,
            _ => Kind::Unknown,
        };
        Ok(Self { id, at, tick, kind })
    }
}

#[cfg(test)]
mod tests;
