//! Requests that wait for an answer.

use std::collections::{HashMap, HashSet};

use heliograph_wire::Label;

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

/// Open requests by number, and the labels being put.
#[derive(Default)]
pub(crate) struct Flights {
    next: u32,
    /// Each with the time at which it was asked, Unix milliseconds.
    open: HashMap<u32, (Flight, i64)>,
    putting: HashSet<Label>,
}

impl Flights {
    /// Numbers a request. `None` if it puts a label that is being put already.
    pub(crate) fn begin(&mut self, flight: Flight, now_ms: i64) -> Option<u32> {
        if let Flight::Message(_, label) | Flight::Cell(label) = &flight
            && !self.putting.insert(*label)
        {
            return None;
        }
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
        Some(flight)
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
