//! What people and devices say inside a conversation: CBOR, version first.
//!
//! `[version, {id, at, tick, kind, …}]` in the spirit of the MIMI content draft. Readers keep the
//! original bytes, so a kind of a later version survives and can be shown once it is known.

use serde::{Deserialize, Serialize};

/// Longest text, bytes of UTF-8.
pub const TEXT_MAX: usize = 12_000;
/// Most ids in one list of a receipt.
pub const RECEIPT_MAX: usize = 200;
const VERSION: u8 = 1;
const TICK_MAX: usize = 512;
const KIND_TEXT: u32 = 1;
const KIND_RECEIPT: u32 = 2;
const KIND_LEAVE: u32 = 21;

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
    /// A text of 1 to 12,000 bytes.
    Text(String),
    /// Which messages arrived and which were read, by id.
    Receipt {
        /// On the device.
        delivered: Vec<[u8; 16]>,
        /// Seen by the person.
        read: Vec<[u8; 16]>,
    },
    /// The sender's person leaves the group.
    Leave,
    /// Of a later version.
    Unknown,
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

#[derive(Serialize, Deserialize)]
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
            kind: 0,
            text: None,
            delivered: None,
            read: None,
        };
        match &self.kind {
            Kind::Text(text) => {
                fields.kind = KIND_TEXT;
                fields.text = Some(text.clone());
            }
            Kind::Receipt { delivered, read } => {
                fields.kind = KIND_RECEIPT;
                fields.delivered = Some(delivered.concat());
                fields.read = Some(read.concat());
            }
            Kind::Leave => fields.kind = KIND_LEAVE,
            Kind::Unknown => return Err(ContentError::Encoding),
        }
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
        let id = fields.id.try_into().map_err(|_| ContentError::Limit)?;
        if fields.tick.as_ref().is_some_and(|t| t.len() > TICK_MAX) {
            return Err(ContentError::Limit);
        }
        let kind = match fields.kind {
            _ if version != VERSION => Kind::Unknown,
            KIND_TEXT => {
                let text = fields.text.ok_or(ContentError::Encoding)?;
                if text.is_empty() || text.len() > TEXT_MAX {
                    return Err(ContentError::Limit);
                }
                Kind::Text(text)
            }
            KIND_RECEIPT => Kind::Receipt {
                delivered: list(fields.delivered)?,
                read: list(fields.read)?,
            },
            KIND_LEAVE => Kind::Leave,
            _ => Kind::Unknown,
        };
        Ok(Self {
            id,
            at: fields.at,
            tick: fields.tick,
            kind,
        })
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
        fn any_text_within_the_limit_comes_back(text in ".{1,400}") {
            let said = content(Kind::Text(text));
            prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
        }

        #[test]
        fn receipts_come_back(delivered in proptest::collection::vec(any::<[u8; 16]>(), 0..RECEIPT_MAX), read in proptest::collection::vec(any::<[u8; 16]>(), 0..20)) {
            let said = content(Kind::Receipt { delivered, read });
            prop_assert!(Content::decode(&said.encode().unwrap()).unwrap() == said);
        }

        #[test]
        fn garbage_is_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let read = Content::decode(&bytes);
            prop_assert!(read.is_err() || read.is_ok_and(|c| c.kind == Kind::Unknown || c.encode().is_ok()));
        }
    }

    #[test]
    fn limits_hold_on_both_sides() {
        assert_eq!(
            content(Kind::Text(String::new())).encode(),
            Err(ContentError::Limit)
        );
        assert!(content(Kind::Text("x".repeat(TEXT_MAX))).encode().is_ok());
        let long = content(Kind::Text("x".repeat(TEXT_MAX + 1)));
        assert_eq!(long.encode(), Err(ContentError::Limit));
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
            tick: None,
            kind: 77,
            text: None,
            delivered: None,
            read: None,
        };
        for version in [1_u8, 2] {
            let mut bytes = Vec::new();
            ciborium::into_writer(&(version, &fields), &mut bytes).unwrap();
            assert!(Content::decode(&bytes).unwrap().kind == Kind::Unknown);
        }
    }
}
