//! What is done about each operation, and what is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use heliograph_board::{Board, BoardError, EraseOrder, EraseOutcome, Lookup, NewCell, PutOutcome};
use heliograph_wire::{
    Answer, Cell, Described, Erase, Get, LaneId, Op, Outcome, Put, Reason, Request, ServerUnit,
    WIRE_VERSION, server_frame,
};
use tokio::sync::{Semaphore, mpsc};

use super::{Outgoing, Shared, span};
use crate::lane::Lane;
use crate::log::Event;
use crate::metrics::Count;

/// One connection's place of work.
pub(super) struct Desk<B> {
    pub(super) shared: Arc<Shared<B>>,
    pub(super) out: mpsc::Sender<Outgoing>,
    /// One span at a time.
    pub(super) spans: Semaphore,
    follows: AtomicBool,
}

impl<B> Desk<B> {
    pub(super) fn new(shared: Arc<Shared<B>>, out: mpsc::Sender<Outgoing>) -> Self {
        Self {
            shared,
            out,
            spans: Semaphore::new(1),
            follows: AtomicBool::new(false),
        }
    }

    /// Whether this connection follows a lane.
    pub(super) fn follows(&self) -> bool {
        self.follows.load(Ordering::Relaxed)
    }

    fn one(&self, what: Count) {
        self.shared.counters.one(what);
    }

    /// Queues one answer. If the connection ended there is nobody to tell.
    async fn reply(&self, id: u32, outcome: Outcome) {
        if matches!(outcome, Outcome::Refused(_)) {
            self.one(Count::Refused);
        }
        if let Ok(frame) = frame(id, outcome) {
            drop(self.out.send(Outgoing::Frames(frame.into())).await);
        }
    }

    /// What a board's failure means to the client; never success.
    pub(super) fn failure(&self, error: &BoardError) -> Outcome {
        let reason = match error {
            BoardError::NoLane { .. } => Reason::NoLane,
            BoardError::TooMuch { .. } => Reason::Busy,
            _ => {
                self.one(Count::BoardFailures);
                if error.is_fatal() && !self.shared.failed.send_replace(true) {
                    Event::BoardFailed(error).log();
                }
                Reason::Failed
            }
        };
        Outcome::Refused(reason)
    }
}

fn frame(id: u32, outcome: Outcome) -> Result<Vec<u8>, heliograph_wire::FrameError> {
    server_frame(&ServerUnit::Answer(Answer { id, outcome }))
}

/// Does what is asked and queues the answer.
pub(super) async fn answer<B: Board>(request: Request, desk: &Desk<B>) {
    let id = request.id;
    let outcome = match request.op {
        None => Outcome::Refused(Reason::Unsupported),
        Some(Op::Noop) => Outcome::Nothing,
        Some(Op::Info) => Outcome::Described(Described {
            versions: vec![WIRE_VERSION],
            lanes: desk.shared.lanes.iter().map(|lane| lane.id).collect(),
            tokens: false,
        }),
        Some(Op::Put(ask)) => put(ask, desk).await,
        Some(Op::Get(ask)) => get(&ask, desk).await,
        Some(Op::Erase(ask)) => erase(ask, desk).await,
        Some(Op::Follow(lane)) => match follow(id, lane, desk).await {
            None => return,
            Some(refused) => refused,
        },
        Some(Op::Span(lane, hour)) => match desk.shared.lane(lane) {
            None => Outcome::Refused(Reason::NoLane),
            Some(lane) => match span::send(id, lane, hour, desk).await {
                Err(error) => desk.failure(&error),
                Ok(end) => end,
            },
        },
    };
    desk.reply(id, outcome).await;
}

async fn put<B: Board>(ask: Put, desk: &Desk<B>) -> Outcome {
    let Some(lane) = desk.shared.lane(ask.lane) else {
        return Outcome::Refused(Reason::NoLane);
    };
    let cell = Cell {
        label: ask.label,
        keep: ask.keep,
        erase_hash: ask.erase_hash,
        body: ask.body,
    };
    let new = NewCell::new(cell, ask.keep.expiry_day(desk.shared.clock.day()));
    match lane.committer.put(new).await {
        Ok(PutOutcome::Stored) => {
            desk.one(Count::PutsStored);
            Outcome::Stored
        }
        Ok(PutOutcome::Same) => {
            desk.one(Count::PutsSame);
            Outcome::Same
        }
        Ok(PutOutcome::Taken) => {
            desk.one(Count::PutsTaken);
            Outcome::Taken
        }
        Err(error) => desk.failure(&error),
    }
}

async fn get<B: Board>(ask: &Get, desk: &Desk<B>) -> Outcome {
    let Some(lane) = desk.shared.lane(ask.lane) else {
        return Outcome::Refused(Reason::NoLane);
    };
    match lane.finder.find(ask.label).await {
        Ok(Lookup::Found(found)) => {
            desk.one(Count::GetsFound);
            Outcome::Found(found)
        }
        Ok(Lookup::Erased) => {
            desk.one(Count::GetsErased);
            Outcome::Erased
        }
        Ok(Lookup::Absent) => {
            desk.one(Count::GetsAbsent);
            Outcome::Absent
        }
        Err(error) => desk.failure(&error),
    }
}

async fn erase<B: Board>(ask: Erase, desk: &Desk<B>) -> Outcome {
    let Some(lane) = desk.shared.lane(ask.lane) else {
        return Outcome::Refused(Reason::NoLane);
    };
    let order = EraseOrder {
        label: ask.label,
        key: ask.key,
        claim: ask.claim,
    };
    match lane.eraser.erase(order).await {
        Ok(EraseOutcome::Erased) => {
            desk.one(Count::ErasesDone);
            Outcome::Erased
        }
        Ok(EraseOutcome::Absent) => {
            desk.one(Count::ErasesAbsent);
            Outcome::Absent
        }
        Err(error) => desk.failure(&error),
    }
}

/// Hands the feed to the writer right behind the answer. A connection follows one lane, once.
async fn follow<B: Board>(id: u32, lane: LaneId, desk: &Desk<B>) -> Option<Outcome> {
    let Some(Lane { feed, .. }) = desk.shared.lane(lane) else {
        return Some(Outcome::Refused(Reason::NoLane));
    };
    if desk.follows.swap(true, Ordering::Relaxed) {
        return Some(Outcome::Refused(Reason::Busy));
    }
    let (head, pieces) = feed.follow();
    let frame = frame(id, Outcome::Following(head, desk.shared.clock.hour())).ok()?;
    drop(desk.out.send(Outgoing::Follow(frame.into(), pieces)).await);
    None
}
