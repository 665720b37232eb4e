//! Requests that wait for an answer.

use std::collections::{HashMap, HashSet};

use heliograph_wire::{Label, Outcome, ServerUnit};

/// What an answer is for.
#[derive(Clone)]
pub(crate) enum Flight {
    /// A fragment of a message in a conversation.
    Message(i64, Label),
    /// A cell of the outgoing table.
    Cell(Label),
    /// A body needed to judge a slot or open a hello.
    Body(Label),
    /// A cell a first contact reads.
    Contact(i64, Label),
    /// A chunk of a file on its way, by run and place.
    Chunk(i64, u32),
    /// The take of a key package by a first contact.
    Take(i64),
    /// Erasing a cell of one's own.
    Erasure(Label),
    /// Following the lane.
    Follow,
    /// A span of the past.
    Span,
    /// Chaff.
    Nothing,
}

/// The run and place of a chunk, and what the board answered.
pub(crate) type ChunkAnswer = ((i64, u32), Outcome);

/// Open requests by number, and the labels being put.
#[derive(Default)]
pub(crate) struct Flights {
    next: u32,
    /// Each with the time at which it was asked, Unix milliseconds.
    open: HashMap<u32, (Flight, i64)>,
    putting: HashSet<Label>,
    /// How many of the open ones are for chunks.
    chunks: usize,
}

impl Flights {
    /// Numbers a request. `None` if it puts a label that is being put already.
    pub(crate) fn begin(&mut self, flight: Flight, now_ms: i64) -> Option<u32> {
        if let Flight::Message(_, label) | Flight::Cell(label) = &flight
            && !self.putting.insert(*label)
        {
            return None;
        }
        self.chunks += usize::from(matches!(flight, Flight::Chunk(..)));
        self.next = self.next.wrapping_add(1).max(1);
        self.open.insert(self.next, (flight, now_ms));
        Some(self.next)
    }

    /// The request behind an answer.
    pub(crate) fn end(&mut self, id: u32) -> Option<Flight> {
        let (flight, _) = self.open.remove(&id)?;
        if let Flight::Message(_, label) | Flight::Cell(label) = &flight {
            self.putting.remove(label);
        }
        if matches!(flight, Flight::Chunk(..)) {
            self.chunks = self.chunks.saturating_sub(1);
        }
        Some(flight)
    }

    /// The chunk of a file that a unit answers, if it does and is not refused; else the unit.
    pub(crate) fn end_chunk(&mut self, unit: ServerUnit) -> Result<ChunkAnswer, Box<ServerUnit>> {
        let answer = match unit {
            ServerUnit::Answer(answer) if !matches!(answer.outcome, Outcome::Refused(_)) => answer,
            other => return Err(Box::new(other)),
        };
        match self.open.get(&answer.id) {
            Some((Flight::Chunk(run, at), _)) => {
                let chunk = (*run, *at);
                self.end(answer.id);
                Ok((chunk, answer.outcome))
            }
            _ => Err(Box::new(ServerUnit::Answer(answer))),
        }
    }

    /// Number of the newest request; give it to [`Flights::undo_after`].
    pub(crate) fn mark(&self) -> u32 {
        self.next
    }

    /// A step was undone: requests begun in it never leave.
    pub(crate) fn undo_after(&mut self, mark: u32) {
        let begun: Vec<u32> = self.open.keys().copied().filter(|id| *id > mark).collect();
        for id in begun {
            self.end(id);
        }
        self.next = mark;
    }

    /// The connection is gone: nothing will be answered.
    pub(crate) fn clear(&mut self) {
        self.next = 0;
        self.open.clear();
        self.putting.clear();
        self.chunks = 0;
    }

    /// When the oldest request without an answer was asked.
    pub(crate) fn oldest_ms(&self) -> Option<i64> {
        self.open.values().map(|(_, asked_ms)| *asked_ms).min()
    }

    /// Every open request counts as asked now.
    pub(crate) fn ask_anew(&mut self, now_ms: i64) {
        for (_, asked_ms) in self.open.values_mut() {
            *asked_ms = now_ms;
        }
    }

    /// How many chunks are being put or fetched.
    pub(crate) fn chunk_count(&self) -> usize {
        self.chunks
    }

    /// Chunks that are being put or fetched.
    pub(crate) fn chunks(&self) -> HashSet<(i64, u32)> {
        let open = self.open.values();
        open.filter_map(|(flight, _)| match flight {
            Flight::Chunk(id, at) => Some((*id, *at)),
            _ => None,
        })
        .collect()
    }

    /// Whether a span is being fetched.
    pub(crate) fn has_span(&self) -> bool {
        self.open.values().any(|(f, _)| matches!(f, Flight::Span))
    }

    /// Whether nothing but chaff waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.open
            .values()
            .all(|(flight, _)| matches!(flight, Flight::Nothing))
    }
}
