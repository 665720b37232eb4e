//! The feed of one lane: the newest tick and everybody who follows, changed together.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use heliograph_wire::{FrameError, LARGE_FRAME, ServerUnit, SignedTick, server_frame};
use tokio::sync::broadcast;

/// Pieces that a follower may be behind before it is cut off; a piece is at most about two large
/// frames, so a lane holds at most some 130 MiB for its slowest follower.
const BEHIND: usize = 1_024;

/// See the module.
pub(crate) struct Feed {
    head: Mutex<Option<SignedTick>>,
    pieces: broadcast::Sender<Bytes>,
}

impl Feed {
    /// A feed that stands at `head`.
    pub(crate) fn new(head: Option<SignedTick>) -> Self {
        Self {
            head: Mutex::new(head),
            pieces: broadcast::Sender::new(BEHIND),
        }
    }

    /// The newest tick, and everything after it: no tick is missing between the two, none is double.
    pub(crate) fn follow(&self) -> (Option<SignedTick>, broadcast::Receiver<Bytes>) {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        (*head, self.pieces.subscribe())
    }

    /// Moves on to `tick` and sends its frames to whoever follows.
    pub(crate) fn publish(&self, tick: SignedTick, pieces: Vec<Bytes>) {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        *head = Some(tick);
        for piece in pieces {
            // An error says that nobody follows.
            drop(self.pieces.send(piece));
        }
    }

    /// Sends a piece that changes nothing.
    pub(crate) fn pulse(&self, piece: Bytes) {
        drop(self.pieces.send(piece));
    }

    /// How many follow.
    pub(crate) fn followers(&self) -> usize {
        self.pieces.receiver_count()
    }
}

/// Frames of `units`, joined into pieces of about one large frame so that they are written together.
pub(crate) fn join_frames(
    units: impl IntoIterator<Item = ServerUnit>,
) -> Result<Vec<Bytes>, FrameError> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    for unit in units {
        let frame = server_frame(&unit)?;
        if piece.is_empty() {
            piece = frame;
        } else {
            piece.extend_from_slice(&frame);
        }
        if piece.len() >= LARGE_FRAME {
            pieces.push(std::mem::take(&mut piece).into());
        }
    }
    if !piece.is_empty() {
        pieces.push(piece.into());
    }
    Ok(pieces)
}
