//! The CBOR of content: one set of fields for all kinds, read strictly.

use serde::{Deserialize, Serialize};

use super::more::{self, CARD_MAX, More, Preview};
use super::{ContentError, Kind, Pointer, RECEIPT_MAX, TEXT_MAX, is_reaction};

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

/// Kinds of this version.
const KINDS: [u32; 12] = [
    KIND_TEXT,
    KIND_RECEIPT,
    KIND_LEAVE,
    KIND_REACTION,
    KIND_EDIT,
    KIND_DELETION,
    KIND_FILE,
    KIND_PIN,
    KIND_CONTACT,
    KIND_TYPING,
    KIND_CARD_WANTED,
    KIND_CARD_GIVEN,
];

/// What content of every kind and version has.
#[derive(Deserialize)]
pub(super) struct Bare {
    #[serde(with = "serde_bytes")]
    id: Vec<u8>,
    at: i64,
    #[serde(with = "serde_bytes", default)]
    tick: Option<Vec<u8>>,
    kind: u32,
}

impl Bare {
    /// Whether this version knows the kind.
    pub(super) fn is_known(&self) -> bool {
        KINDS.contains(&self.kind)
    }
}

impl From<Bare> for Fields {
    fn from(bare: Bare) -> Self {
        Self {
            id: bare.id,
            at: bare.at,
            tick: bare.tick,
            kind: bare.kind,
            ..Self::default()
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Fields {
    #[serde(with = "serde_bytes")]
    pub(super) id: Vec<u8>,
    pub(super) at: i64,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) tick: Option<Vec<u8>>,
    pub(super) kind: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) delivered: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) read: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) in_reply_to: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) replaces: Option<Vec<u8>>,
    #[serde(with = "serde_bytes", default, skip_serializing_if = "Option::is_none")]
    pub(super) mentions: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) forwarded: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) preview: Option<Preview>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pinned: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Box<Pointer>>,
}

pub(super) fn one(id: Option<Vec<u8>>) -> Result<[u8; 16], ContentError> {
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
    if fields.preview.is_some() {
        return Err(ContentError::Limit);
    }
    let caption = fields.text.map(|text| words(Some(text))).transpose()?;
    Ok(Kind::File {
        file,
        caption: caption.unwrap_or_default(),
        in_reply_to: fields.in_reply_to.map(|id| one(Some(id))).transpose()?,
        more: More {
            mentions: more::people(fields.mentions)?,
            forwarded: fields.forwarded.map(more::name).transpose()?,
            preview: None,
        },
    })
}

/// The kind of this version that the fields tell.
pub(super) fn kind_of(fields: Fields) -> Result<Kind, ContentError> {
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

/// The number of a kind that says nothing more.
fn bare(kind: &Kind) -> Option<u32> {
    match kind {
        Kind::Leave => Some(KIND_LEAVE),
        Kind::Typing => Some(KIND_TYPING),
        Kind::CardWanted => Some(KIND_CARD_WANTED),
        _ => None,
    }
}

/// Puts what a kind says into the fields; `None` for one that this version cannot say.
pub(super) fn fill(fields: &mut Fields, kind: &Kind) -> Option<()> {
    match kind {
        Kind::Text {
            text,
            in_reply_to,
            more,
        } => {
            fields.kind = KIND_TEXT;
            fields.text = Some(text.clone());
            fields.in_reply_to = in_reply_to.map(|id| id.to_vec());
            more::fill(fields, more);
        }
        Kind::Receipt { delivered, read } => {
            fields.kind = KIND_RECEIPT;
            fields.delivered = Some(delivered.concat());
            fields.read = Some(read.concat());
        }
        Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Deletion { .. } | Kind::Pin { .. } => {
            fill_about(fields, kind);
        }
        Kind::Contact { card, name } => {
            fields.kind = KIND_CONTACT;
            fields.text = Some(name.clone());
            fields.card = Some(card.clone());
        }
        Kind::File {
            file,
            caption,
            in_reply_to,
            more,
        } => {
            fields.kind = KIND_FILE;
            fields.in_reply_to = in_reply_to.map(|id| id.to_vec());
            more::fill(fields, more);
            fields.text = (!caption.is_empty()).then(|| caption.clone());
            fields.file = Some(file.clone());
        }
        Kind::CardGiven { in_reply_to, card } => {
            fields.kind = KIND_CARD_GIVEN;
            fields.in_reply_to = Some(in_reply_to.to_vec());
            fields.card = Some(card.clone());
        }
        Kind::Leave | Kind::Typing | Kind::CardWanted | Kind::Unknown => {
            fields.kind = bare(kind)?;
        }
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

/// The same for what is said about a message.
fn fill_about(fields: &mut Fields, kind: &Kind) {
    match kind {
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
        _ => {}
    }
}
