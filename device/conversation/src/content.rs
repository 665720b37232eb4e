//! What people and devices say inside a conversation: CBOR, version first.
//!
//! `[version, {id, at, tick, kind, …}]` in the spirit of the MIMI content draft. Readers keep the
//! original bytes, so a kind of a later version survives and can be shown once it is known. What the
//! kinds that change other messages mean is in docs/protocol/content.md.

use serde::{Deserialize, Serialize};

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
}

fn one(id: Option<Vec<u8>>) -> Result<[u8; 16], ContentError> {
    let id = id.ok_or(ContentError::Encoding)?;
    id.try_into().map_err(|_| ContentError::Limit)
}

fn words(text: Option<String>) -> Result<String, ContentError> {
    let text = text.ok_or(ContentError::Encoding)?;
    if text.is_empty() || text.len() > TEXT_MAX {
        return Err(ContentError::Limit);
    }
    Ok(text)
}

/// The kind of this version that the fields tell.
fn kind_of(fields: Fields) -> Result<Kind, ContentError> {
    Ok(match fields.kind {
        KIND_TEXT => Kind::Text {
            text: words(fields.text)?,
            in_reply_to: fields.in_reply_to.map(|id| one(Some(id))).transpose()?,
        },
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
        },
        KIND_DELETION => Kind::Deletion {
            replaces: one(fields.replaces)?,
        },
        KIND_LEAVE => Kind::Leave,
        _ => Kind::Unknown,
    })
}

/// Puts what a kind says into the fields; `None` for one that this version cannot say.
fn fill(fields: &mut Fields, kind: &Kind) -> Option<()> {
    match kind {
        Kind::Text { text, in_reply_to } => {
            fields.kind = KIND_TEXT;
            fields.text = Some(text.clone());
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
        Kind::Edit { replaces, text } => {
            fields.kind = KIND_EDIT;
            fields.text = Some(text.clone());
            fields.replaces = Some(replaces.to_vec());
        }
        Kind::Deletion { replaces } => {
            fields.kind = KIND_DELETION;
            fields.replaces = Some(replaces.to_vec());
        }
        Kind::Leave => fields.kind = KIND_LEAVE,
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn content(kind: Kind) -> Content {
        Content {
            id: [7; 16],
            at: 1_795_000_000_000,
            tick: Some(vec![1; 220]),
            kind,
        }
    }

    proptest! {
        #[test]
        fn any_text_within_the_limit_comes_back(text in ".{1,400}", in_reply_to in any::<Option<[u8; 16]>>()) {
            let said = content(Kind::Text { text, in_reply_to });
            prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
        }

        #[test]
        fn receipts_come_back(delivered in proptest::collection::vec(any::<[u8; 16]>(), 0..RECEIPT_MAX), read in proptest::collection::vec(any::<[u8; 16]>(), 0..20)) {
            let said = content(Kind::Receipt { delivered, read });
            prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
        }

        #[test]
        fn what_is_said_about_a_message_comes_back(of in any::<[u8; 16]>(), text in ".{1,400}", emoji in "[^\\s\\p{Cc}]{0,16}") {
            for kind in [
                Kind::Reaction { in_reply_to: of, emoji },
                Kind::Edit { replaces: of, text },
                Kind::Deletion { replaces: of },
            ] {
                let said = content(kind);
                prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
            }
        }

        #[test]
        fn garbage_is_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let read = Content::decode(&bytes);
            prop_assert!(read.is_err() || read.is_ok_and(|c| c.kind == Kind::Unknown || c.encode().is_ok()));
        }
    }

    #[test]
    fn limits_hold_on_both_sides() {
        let text = |text: String| {
            let in_reply_to = None;
            content(Kind::Text { text, in_reply_to }).encode()
        };
        let (of, limit) = ([1; 16], Err(ContentError::Limit));
        assert_eq!(text(String::new()), limit);
        assert!(text("x".repeat(TEXT_MAX)).is_ok());
        assert_eq!(text("x".repeat(TEXT_MAX + 1)), limit);
        for words in [String::new(), "x".repeat(TEXT_MAX + 1)] {
            let (replaces, text) = (of, words);
            assert_eq!(content(Kind::Edit { replaces, text }).encode(), limit);
        }
        for sign in ["👍 ", "a\n", "\u{1b}", &"x".repeat(REACTION_MAX + 1)] {
            let (in_reply_to, emoji) = (of, sign.to_owned());
            assert_eq!(
                content(Kind::Reaction { in_reply_to, emoji }).encode(),
                limit
            );
        }
        let many = Kind::Receipt {
            delivered: vec![[1; 16]; RECEIPT_MAX + 1],
            read: vec![],
        };
        assert_eq!(content(many).encode(), Err(ContentError::Limit));
    }

    #[test]
    fn a_kind_of_a_later_version_is_unknown_and_not_an_error() {
        let fields = Fields {
            id: vec![1; 16],
            at: 5,
            kind: 77,
            ..Fields::default()
        };
        for version in [1_u8, 2] {
            let mut bytes = Vec::new();
            ciborium::into_writer(&(version, &fields), &mut bytes).unwrap();
            assert!(Content::decode(&bytes).unwrap().kind == Kind::Unknown);
        }
    }
}
