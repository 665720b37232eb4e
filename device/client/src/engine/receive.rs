//! One tick, one transaction: whom it concerns, and what the board's answers are for.

use std::collections::BTreeSet;

use heliograph_delivery::ChainFault;
use heliograph_store::Step;
use heliograph_wire::{Found, Get, ItemCell, Label, Op, Outcome, ServerUnit, leaf, merkle};

use super::Engine;
use super::core::{Core, Watched};
use super::errors::EngineError;
use super::flights::{ChunkAnswer, Flight};
use super::ring::Placed;
use super::tick_view::{TickView, WholeTick};
use super::timers::RETRY_MS;

/// Whom a tick concerns.
#[derive(Default)]
pub(crate) struct Hits {
    conversations: BTreeSet<i64>,
    hellos: Vec<(i64, u32, u32)>,
    knocks: Vec<Label>,
    returns: Vec<(i64, u32, u32)>,
}

impl Hits {
    pub(crate) fn is_empty(&self) -> bool {
        self.conversations.is_empty()
            && self.hellos.is_empty()
            && self.knocks.is_empty()
            && self.returns.is_empty()
    }
}

impl Engine {
    /// The board said this. Each unit is a step of its own, and fails alone; but chunks of files that came one after
    /// the other share one.
    pub(super) fn heard(&mut self, units: Vec<ServerUnit>) {
        let mut chunks = Vec::new();
        for unit in units {
            match self.core.flights.end_chunk(unit) {
                Ok(chunk) => chunks.push(chunk),
                Err(unit) => {
                    self.heard_chunks(std::mem::take(&mut chunks));
                    let done = self.unit(*unit);
                    self.settle_fault(done);
                }
            }
        }
        self.heard_chunks(chunks);
    }

    fn heard_chunks(&mut self, chunks: Vec<ChunkAnswer>) {
        if !chunks.is_empty() {
            let done = self.chunks_answered(&chunks);
            self.settle_fault(done);
        }
    }

    fn unit(&mut self, unit: ServerUnit) -> Result<(), EngineError> {
        match unit {
            ServerUnit::Feed(piece) => self.piece(piece),
            ServerUnit::Answer(answer) => match self.core.flights.end(answer.id) {
                // An answer to nothing asked on this connection.
                None => Ok(()),
                Some(flight) => self.answer(flight, &answer.outcome),
            },
        }
    }

    fn answer(&mut self, flight: Flight, outcome: &Outcome) -> Result<(), EngineError> {
        if let Outcome::Refused(_) = outcome {
            return self.refused(flight);
        }
        match flight {
            Flight::Nothing => Ok(()),
            Flight::Follow => match outcome {
                Outcome::Following(head, hour) => self.following(*head, *hour),
                _ => Ok(()),
            },
            Flight::Span => self.span_end(outcome),
            Flight::Message(id, label) => self.step(|core, tx| {
                core.with_live(tx, id, |core, tx, live| {
                    core.fragment_answered(tx, live, (label, outcome))
                })
            }),
            Flight::Cell(label) => self.cell_answered(label, outcome),
            Flight::Body(_) | Flight::Contact(..) => self.got(flight, outcome),
            // Answered with others; a refused one goes again.
            Flight::Chunk(..) => Ok(()),
            Flight::Take(id) => self.contact_took(id, matches!(outcome, Outcome::Erased)),
            Flight::Erasure(label) => self.step(|_, tx| Ok(tx.remove_erasure(&label.0)?)),
        }
    }

    /// The board answered a Get.
    fn got(&mut self, flight: Flight, outcome: &Outcome) -> Result<(), EngineError> {
        if let Outcome::Found(found) = outcome {
            let tick = &found.place.tick;
            let signed = self.core.feed.chain.check_signature(tick).is_ok();
            if signed && !self.fits_history(tick)? {
                return self.stop(ChainFault::Fork);
            }
        }
        match flight {
            Flight::Body(label) => {
                let found = self.core.placed(&label, outcome);
                self.core.ring.fetched(label, found);
                self.resume()
            }
            Flight::Contact(id, label) => {
                let found = self.core.placed(&label, outcome);
                self.contact_read(id, label, found.map(|(cell, _)| cell))
            }
            _ => Ok(()),
        }
    }

    /// Nothing was done; it is asked again a little later.
    fn refused(&mut self, flight: Flight) -> Result<(), EngineError> {
        let core = &mut self.core;
        core.timers.retry = core.timers.retry.min(core.now + RETRY_MS);
        if matches!(flight, Flight::Follow | Flight::Span | Flight::Body(_)) {
            // These cannot be asked for by a later round; a new connection begins again.
            core.out.hang_up = true;
        }
        Ok(())
    }
}

impl Core {
    /// Asks for a cell by label.
    pub(crate) fn get(&mut self, flight: Flight, label: Label) {
        let lane = self.lane;
        self.request(flight, Op::Get(Get { lane, label }));
    }

    /// A fetched cell and the number of its tick, if the board proves that it announced it.
    fn placed(&self, label: &Label, outcome: &Outcome) -> Option<Placed> {
        let Outcome::Found(found) = outcome else {
            return None;
        };
        self.is_proven(label, found).then(|| {
            let cell = ItemCell {
                keep: found.keep,
                erase_hash: found.erase_hash,
                body: found.body.clone(),
            };
            (cell, found.place.tick.head.number)
        })
    }

    fn is_proven(&self, label: &Label, found: &Found) -> bool {
        let place = &found.place;
        let head = &place.tick.head;
        let leaf = leaf(label, found.keep, &found.erase_hash, &found.body.hash());
        self.feed.chain.check_signature(&place.tick).is_ok()
            && merkle::verify(
                &leaf,
                place.index as usize,
                head.items as usize,
                &place.path,
                &head.root,
            )
    }

    /// Whom a tick concerns, by the tags it shows.
    pub(crate) fn hits(&self, tick: &WholeTick) -> Hits {
        let mut hits = Hits::default();
        for item in tick.items.iter() {
            for (label, watched) in self.watch.lookup(&item.tag) {
                match *watched {
                    Watched::Conversation(id) => {
                        hits.conversations.insert(id);
                    }
                    Watched::Hello { card, day, slot } => hits.hellos.push((card, day, slot)),
                    Watched::Knock => hits.knocks.push(*label),
                    Watched::Return {
                        conversation,
                        day,
                        slot,
                    } => hits.returns.push((conversation, day, slot)),
                }
            }
        }
        hits
    }

    /// Everything a tick means for this device. Hellos first: what a stranger said in the same tick
    /// is read with them.
    pub(crate) fn receive_tick(
        &mut self,
        tx: &Step<'_>,
        tick: &WholeTick,
        hits: &Hits,
    ) -> Result<(), EngineError> {
        let view = TickView::new(tick.signed.head.number, &tick.items);
        for label in &hits.knocks {
            self.see_knock(tx, &view, label)?;
        }
        let mut conversations = hits.conversations.clone();
        for (card, day, slot) in &hits.hellos {
            if let Some(id) = self.hello(tx, &view, (*card, *day, *slot))? {
                conversations.insert(id);
            }
        }
        for id in conversations {
            self.with_live(tx, id, |core, tx, live| core.settle(tx, live, &view))?;
        }
        // After the commits of this tick: whoever was brought back by one of them is not stuck.
        for asked in &hits.returns {
            self.asked_to_bring_back(tx, &view, *asked)?;
        }
        Ok(())
    }
}
