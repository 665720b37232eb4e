//! What a client asks of a board.

use bytes::Bytes;

use crate::label::exact;
use crate::schema::{self, request};
use crate::{Body, ClaimId, EraseHash, EraseKey, Keep, Label, LaneId, Malformed, TOKEN_MAX};

/// One operation with the number that its answer repeats.
#[derive(Clone)]
pub struct Request {
    /// Chosen by the client; unique among its open requests.
    pub id: u32,
    /// The operation, or `None` for one this version does not know.
    pub op: Option<Op>,
}

/// The operations of the board.
#[derive(Clone)]
pub enum Op {
    /// Store a cell if its label is free.
    Put(Put),
    /// Read an announced cell.
    Get(Get),
    /// Erase a cell; the first claim wins.
    Erase(Erase),
    /// Receive the lane's feed from its newest tick on.
    Follow(LaneId),
    /// Everything announced in the span that holds this hour (hours since 1970).
    Span(LaneId, u32),
    /// Versions and lanes.
    Info,
    /// Nothing; looks like everything else.
    Noop,
}

/// See [`Op::Put`].
#[derive(Clone)]
pub struct Put {
    /// Lane that will announce the cell.
    pub lane: LaneId,
    /// One-time name.
    pub label: Label,
    /// How long to keep it.
    pub keep: Keep,
    /// Hash of the erase key.
    pub erase_hash: EraseHash,
    /// Reserved for admission tokens; empty today.
    pub token: Bytes,
    /// Sealed bytes.
    pub body: Body,
}

/// See [`Op::Get`].
#[derive(Clone)]
pub struct Get {
    /// Lane of the cell.
    pub lane: LaneId,
    /// Name of the cell.
    pub label: Label,
}

/// See [`Op::Erase`].
#[derive(Clone)]
pub struct Erase {
    /// Lane of the cell.
    pub lane: LaneId,
    /// Name of the cell.
    pub label: Label,
    /// Preimage of the erase-hash.
    pub key: EraseKey,
    /// Makes a retry harmless.
    pub claim: ClaimId,
    /// Reserved for admission tokens; empty today.
    pub token: Bytes,
}

fn token(bytes: Bytes) -> Result<Bytes, Malformed> {
    if bytes.len() > TOKEN_MAX {
        return Err(Malformed::Length("token"));
    }
    Ok(bytes)
}

fn label(bytes: &[u8]) -> Result<Label, Malformed> {
    Ok(Label(exact(bytes, "label")?))
}

impl Request {
    pub(crate) fn to_schema(&self) -> schema::Request {
        schema::Request {
            id: self.id,
            op: self.op.as_ref().map(Op::to_schema),
        }
    }

    pub(crate) fn from_schema(raw: schema::Request) -> Result<Self, Malformed> {
        let op = raw.op.map(Op::from_schema).transpose()?;
        Ok(Self { id: raw.id, op })
    }
}

impl Op {
    fn to_schema(&self) -> request::Op {
        let bytes = Bytes::copy_from_slice;
        match self {
            Self::Put(put) => request::Op::Put(schema::Put {
                lane: put.lane.0,
                label: bytes(&put.label.0),
                keep: put.keep.code().into(),
                erase_hash: bytes(&put.erase_hash.0),
                token: put.token.clone(),
                body: put.body.bytes().clone(),
            }),
            Self::Get(get) => request::Op::Get(schema::Get {
                lane: get.lane.0,
                label: bytes(&get.label.0),
            }),
            Self::Erase(erase) => request::Op::Erase(schema::Erase {
                lane: erase.lane.0,
                label: bytes(&erase.label.0),
                key: bytes(erase.key.bytes()),
                claim: bytes(&erase.claim.0),
                token: erase.token.clone(),
            }),
            Self::Follow(lane) => request::Op::Follow(schema::Follow { lane: lane.0 }),
            Self::Span(lane, hour) => request::Op::Span(schema::Span {
                lane: lane.0,
                hour: *hour,
            }),
            Self::Info => request::Op::Info(schema::Info {}),
            Self::Noop => request::Op::Noop(schema::Noop {}),
        }
    }

    fn from_schema(raw: request::Op) -> Result<Self, Malformed> {
        Ok(match raw {
            request::Op::Put(put) => Self::Put(Put {
                lane: LaneId(put.lane),
                label: label(&put.label)?,
                keep: Keep::from_code(put.keep)?,
                erase_hash: EraseHash(exact(&put.erase_hash, "erase_hash")?),
                token: token(put.token)?,
                body: Body::new(put.body)?,
            }),
            request::Op::Get(get) => Self::Get(Get {
                lane: LaneId(get.lane),
                label: label(&get.label)?,
            }),
            request::Op::Erase(erase) => Self::Erase(Erase {
                lane: LaneId(erase.lane),
                label: label(&erase.label)?,
                key: EraseKey::new(exact(&erase.key, "key")?),
                claim: ClaimId(exact(&erase.claim, "claim")?),
                token: token(erase.token)?,
            }),
            request::Op::Follow(follow) => Self::Follow(LaneId(follow.lane)),
            request::Op::Span(span) => Self::Span(LaneId(span.lane), span.hour),
            request::Op::Info(_) => Self::Info,
            request::Op::Noop(_) => Self::Noop,
        })
    }
}
