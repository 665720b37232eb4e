//! The public feed: what everyone who follows a lane receives, the same for all.

use bytes::Bytes;

use crate::label::exact;
use crate::schema::{self, feed, server_unit};
use crate::{
    Answer, Body, Class, EraseHash, Keep, LeafHash, Malformed, PART_ITEMS_MAX, SignedTick, Tag,
};

/// Anything a server sends.
#[derive(Clone)]
pub enum ServerUnit {
    /// The answer to a request.
    Answer(Answer),
    /// A piece of a feed or span.
    Feed(Feed),
}

/// A piece of the lane's public record.
#[derive(Clone)]
pub enum Feed {
    /// Items of one tick; stream 0 is the followed lane, others are spans by request number.
    Part(u32, Part),
    /// Nothing newer than this tick.
    Heartbeat(Heartbeat),
}

/// Consecutive items of one tick.
#[derive(Clone)]
pub struct Part {
    /// The tick; repeated in every part.
    pub tick: SignedTick,
    /// Index of the first item.
    pub first: u32,
    /// The items, in label order.
    pub items: Vec<Item>,
    /// Hour (since 1970) of the board's clock when the tick was made; in spans the first hour of the span.
    pub hour: u32,
}

/// A signed "still nothing newer".
#[derive(Clone)]
pub struct Heartbeat {
    /// The newest tick.
    pub tick: SignedTick,
    /// Hour of the board's clock.
    pub hour: u32,
    /// Ed25519 over [`crate::TickHead::heartbeat_bytes`].
    pub signature: [u8; 64],
}

/// One announced cell, as a follower sees it.
#[derive(Clone)]
pub struct Item {
    /// Eight bytes of the label.
    pub tag: Tag,
    /// Leaf of the Merkle tree; binds the whole label, which only its readers know.
    pub leaf: LeafHash,
    /// The cell, unless it is large or erased.
    pub cell: Option<ItemCell>,
}

/// The content of an item.
#[derive(Clone)]
pub struct ItemCell {
    /// How long it is kept.
    pub keep: Keep,
    /// Hash of the erase key.
    pub erase_hash: EraseHash,
    /// Sealed bytes; always small.
    pub body: Body,
}

/// Splits a tick into feed pieces so that each fits a frame and bodies are not sent for nothing:
/// full runs go in large frames, a short rest one by one in small ones.
#[must_use]
pub fn parts_of_tick(stream: u32, tick: SignedTick, hour: u32, items: &[Item]) -> Vec<Feed> {
    let mut out = Vec::new();
    let mut first = 0_u32;
    let mut push = |slice: &[Item]| {
        let part = Part {
            tick,
            first,
            items: slice.to_vec(),
            hour,
        };
        first = first.saturating_add(u32::try_from(slice.len()).unwrap_or(u32::MAX));
        out.push(Feed::Part(stream, part));
    };
    for run in items.chunks(PART_ITEMS_MAX) {
        if run.len() * 3 >= PART_ITEMS_MAX * 2 {
            push(run);
        } else {
            run.chunks(1).for_each(&mut push);
        }
    }
    out
}

impl Item {
    fn to_schema(&self) -> schema::Item {
        let bytes = Bytes::copy_from_slice;
        let cell = self.cell.as_ref();
        schema::Item {
            tag: bytes(&self.tag.0),
            leaf: bytes(&self.leaf.0),
            keep: cell.map_or(0, |c| c.keep.code().into()),
            erase_hash: cell.map_or_else(Bytes::new, |c| bytes(&c.erase_hash.0)),
            body: cell.map_or_else(Bytes::new, |c| c.body.bytes().clone()),
        }
    }

    fn from_schema(raw: schema::Item) -> Result<Self, Malformed> {
        let cell = if raw.body.is_empty() {
            None
        } else {
            let body = Body::new(raw.body)?;
            if body.class() != Class::Small {
                return Err(Malformed::Length("body"));
            }
            Some(ItemCell {
                keep: Keep::from_code(raw.keep)?,
                erase_hash: EraseHash(exact(&raw.erase_hash, "erase_hash")?),
                body,
            })
        };
        Ok(Self {
            tag: Tag(exact(&raw.tag, "tag")?),
            leaf: LeafHash(exact(&raw.leaf, "leaf")?),
            cell,
        })
    }
}

impl Feed {
    fn to_schema(&self) -> schema::Feed {
        let bytes = Bytes::copy_from_slice;
        match self {
            Self::Part(stream, part) => schema::Feed {
                stream: *stream,
                what: Some(feed::What::Part(schema::Part {
                    tick: bytes(&part.tick.encode()),
                    first: part.first,
                    items: part.items.iter().map(Item::to_schema).collect(),
                    hour: part.hour,
                })),
            },
            Self::Heartbeat(beat) => schema::Feed {
                stream: 0,
                what: Some(feed::What::Heartbeat(schema::Heartbeat {
                    tick: bytes(&beat.tick.encode()),
                    hour: beat.hour,
                    signature: bytes(&beat.signature),
                })),
            },
        }
    }

    fn from_schema(raw: schema::Feed) -> Result<Self, Malformed> {
        match raw.what.ok_or(Malformed::Missing("what"))? {
            feed::What::Part(part) => {
                if part.items.len() > PART_ITEMS_MAX {
                    return Err(Malformed::Length("items"));
                }
                let items = part
                    .items
                    .into_iter()
                    .map(Item::from_schema)
                    .collect::<Result<_, _>>()?;
                let part = Part {
                    tick: SignedTick::decode(&part.tick)?,
                    first: part.first,
                    items,
                    hour: part.hour,
                };
                Ok(Self::Part(raw.stream, part))
            }
            feed::What::Heartbeat(beat) => Ok(Self::Heartbeat(Heartbeat {
                tick: SignedTick::decode(&beat.tick)?,
                hour: beat.hour,
                signature: exact(&beat.signature, "signature")?,
            })),
        }
    }
}

impl ServerUnit {
    pub(crate) fn to_schema(&self) -> schema::ServerUnit {
        let unit = match self {
            Self::Answer(answer) => server_unit::Unit::Answer(answer.to_schema()),
            Self::Feed(feed) => server_unit::Unit::Feed(feed.to_schema()),
        };
        schema::ServerUnit { unit: Some(unit) }
    }

    pub(crate) fn from_schema(raw: schema::ServerUnit) -> Result<Self, Malformed> {
        match raw.unit.ok_or(Malformed::Missing("unit"))? {
            server_unit::Unit::Answer(answer) => Ok(Self::Answer(Answer::from_schema(answer)?)),
            server_unit::Unit::Feed(feed) => Ok(Self::Feed(Feed::from_schema(feed)?)),
        }
    }
}
