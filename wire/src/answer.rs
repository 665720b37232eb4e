//! What a board answers.

use bytes::Bytes;

use crate::label::exact;
use crate::schema::{self, answer};
use crate::{Body, EraseHash, Keep, LANES_MAX, LaneId, MERKLE_LEVELS_MAX, Malformed, SignedTick};

/// The answer to the request of the same number.
#[derive(Clone)]
pub struct Answer {
    /// Number of the request.
    pub id: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// All outcomes of all operations.
#[derive(Clone)]
pub enum Outcome {
    /// The cell is durable.
    Stored,
    /// The very same cell was stored before: a retry.
    Same,
    /// The label holds other bytes.
    Taken,
    /// The cell is erased by this claim, now or before.
    Erased,
    /// No announced cell, or not yours to erase.
    Absent,
    /// The answer to Noop.
    Nothing,
    /// Definitely not done; nothing was left half-written.
    Refused(Reason),
    /// The cell, and proof of the tick that announced it.
    Found(Box<Found>),
    /// The feed starts after this tick, at this hour of the board's clock.
    Following(Option<SignedTick>, u32),
    /// A span is complete: its first hour, its length in hours, and the board's present hour.
    SpanEnd(u32, u32, u32),
    /// Versions, lanes, whether tokens are wanted.
    Described(Described),
}

/// Why a board refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// An operation of another version.
    Unsupported,
    /// The request breaks a size or value rule.
    Malformed,
    /// This board has no such lane.
    NoLane,
    /// Too much at once; try again later.
    Busy,
    /// The board cannot make things durable at present.
    Failed,
    /// A token is needed.
    Token,
}

/// See [`Outcome::Found`].
#[derive(Clone)]
pub struct Found {
    /// How long it is kept.
    pub keep: Keep,
    /// Hash of the erase key.
    pub erase_hash: EraseHash,
    /// Sealed bytes.
    pub body: Body,
    /// Where it was announced.
    pub place: Place,
}

/// Proof that a tick announced a cell.
#[derive(Clone)]
pub struct Place {
    /// The tick.
    pub tick: SignedTick,
    /// Position among the tick's leaves.
    pub index: u32,
    /// Sibling hashes, leaf to root.
    pub path: Vec<[u8; 32]>,
}

/// See [`Outcome::Described`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Described {
    /// Wire versions spoken.
    pub versions: Vec<u32>,
    /// Lanes served.
    pub lanes: Vec<LaneId>,
    /// Whether a put needs a token.
    pub tokens: bool,
}

impl Reason {
    const ALL: [Self; 6] = [
        Self::Unsupported,
        Self::Malformed,
        Self::NoLane,
        Self::Busy,
        Self::Failed,
        Self::Token,
    ];

    fn code(self) -> u32 {
        match self {
            Self::Unsupported => 1,
            Self::Malformed => 2,
            Self::NoLane => 3,
            Self::Busy => 4,
            Self::Failed => 5,
            Self::Token => 6,
        }
    }
}

impl Outcome {
    fn done_code(&self) -> Option<u32> {
        Some(match self {
            Self::Stored => 1,
            Self::Same => 2,
            Self::Taken => 3,
            Self::Erased => 4,
            Self::Absent => 5,
            Self::Nothing => 6,
            _ => return None,
        })
    }

    fn from_done(code: u32) -> Result<Self, Malformed> {
        Ok(match code {
            1 => Self::Stored,
            2 => Self::Same,
            3 => Self::Taken,
            4 => Self::Erased,
            5 => Self::Absent,
            6 => Self::Nothing,
            _ => return Err(Malformed::Value("done")),
        })
    }

    fn to_schema(&self) -> answer::Result {
        if let Some(what) = self.done_code() {
            return answer::Result::Done(schema::Done { what });
        }
        match self {
            Self::Found(found) => answer::Result::Found(found.to_schema()),
            Self::Following(tick, hour) => answer::Result::Following(schema::Following {
                tick: tick.map_or_else(Bytes::new, |t| Bytes::copy_from_slice(&t.encode())),
                hour: *hour,
            }),
            Self::SpanEnd(first_hour, hours, now) => answer::Result::SpanEnd(schema::SpanEnd {
                first_hour: *first_hour,
                hours: *hours,
                now: *now,
            }),
            Self::Described(described) => answer::Result::Described(schema::Described {
                versions: described.versions.clone(),
                lanes: described.lanes.iter().map(|lane| lane.0).collect(),
                tokens: described.tokens,
            }),
            Self::Refused(reason) => answer::Result::Refused(schema::Refused {
                reason: reason.code(),
            }),
            // `done_code` answered for all others.
            _ => answer::Result::Done(schema::Done { what: 6 }),
        }
    }

    fn from_schema(raw: answer::Result) -> Result<Self, Malformed> {
        Ok(match raw {
            answer::Result::Done(done) => Self::from_done(done.what)?,
            answer::Result::Refused(refused) => Self::Refused(
                Reason::ALL
                    .into_iter()
                    .find(|reason| reason.code() == refused.reason)
                    .ok_or(Malformed::Value("reason"))?,
            ),
            answer::Result::Found(found) => Self::Found(Box::new(Found::from_schema(found)?)),
            answer::Result::Following(following) => {
                let tick = if following.tick.is_empty() {
                    None
                } else {
                    Some(SignedTick::decode(&following.tick)?)
                };
                Self::Following(tick, following.hour)
            }
            answer::Result::SpanEnd(end) => {
                if end.hours != 1 && end.hours != 6 {
                    return Err(Malformed::Value("hours"));
                }
                Self::SpanEnd(end.first_hour, end.hours, end.now)
            }
            answer::Result::Described(described) => {
                if described.lanes.len() > LANES_MAX || described.versions.len() > LANES_MAX {
                    return Err(Malformed::Length("described"));
                }
                Self::Described(Described {
                    versions: described.versions,
                    lanes: described.lanes.into_iter().map(LaneId).collect(),
                    tokens: described.tokens,
                })
            }
        })
    }
}

impl Found {
    fn to_schema(&self) -> schema::Found {
        schema::Found {
            keep: self.keep.code().into(),
            erase_hash: Bytes::copy_from_slice(&self.erase_hash.0),
            body: self.body.bytes().clone(),
            tick: Bytes::copy_from_slice(&self.place.tick.encode()),
            index: self.place.index,
            path: Bytes::from(self.place.path.concat()),
        }
    }

    fn from_schema(raw: schema::Found) -> Result<Self, Malformed> {
        if !raw.path.len().is_multiple_of(32) || raw.path.len() > 32 * MERKLE_LEVELS_MAX {
            return Err(Malformed::Length("path"));
        }
        let path = raw
            .path
            .chunks_exact(32)
            .map(|level| exact(level, "path"))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            keep: Keep::from_code(raw.keep)?,
            erase_hash: EraseHash(exact(&raw.erase_hash, "erase_hash")?),
            body: Body::new(raw.body)?,
            place: Place {
                tick: SignedTick::decode(&raw.tick)?,
                index: raw.index,
                path,
            },
        })
    }
}

impl Answer {
    pub(crate) fn to_schema(&self) -> schema::Answer {
        schema::Answer {
            id: self.id,
            result: Some(self.outcome.to_schema()),
        }
    }

    pub(crate) fn from_schema(raw: schema::Answer) -> Result<Self, Malformed> {
        let result = raw.result.ok_or(Malformed::Missing("result"))?;
        Ok(Self {
            id: raw.id,
            outcome: Outcome::from_schema(result)?,
        })
    }
}
