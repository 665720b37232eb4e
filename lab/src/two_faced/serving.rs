//! What this board answers.

use std::collections::HashMap;

use heliograph_wire::{
    Answer, Cell, Erase, Found, Label, LeafHash, Op, Outcome, Place, Request, ServerUnit, merkle,
    parts_of_tick,
};

use super::{TwoFaced, items};

impl TwoFaced {
    fn answer(&mut self, at: usize, id: u32, outcome: Outcome) {
        self.say(at, ServerUnit::Answer(Answer { id, outcome }));
    }

    pub(super) fn serve(&mut self, at: usize, request: Request) {
        if self.lies.thieves.contains(&at) && matches!(request.op, Some(Op::Put(_) | Op::Erase(_)))
        {
            return;
        }
        if self.meddles(at, &request) {
            return;
        }
        let outcome = match request.op {
            Some(Op::Put(_)) if self.lies.deaf => return,
            Some(Op::Put(_)) if self.lies.mute == Some(at) => Outcome::Stored,
            Some(Op::Erase(_)) if self.lies.mute == Some(at) => Outcome::Erased,
            Some(Op::Put(put)) => {
                let cell = Cell {
                    label: put.label,
                    keep: put.keep,
                    erase_hash: put.erase_hash,
                    body: put.body,
                };
                self.put(Some(at), cell)
            }
            Some(Op::Get(_)) if self.lies.silent => return,
            Some(Op::Get(_)) if self.lies.deny_to == Some(at) => Outcome::Absent,
            Some(Op::Get(get)) => self.get(at, &get.label),
            Some(Op::Erase(erase)) => self.erase(&erase),
            Some(Op::Follow(_)) => {
                self.faces[at].following = true;
                let head = self.faces[at].ticks.last().map(|t| t.0);
                Outcome::Following(head, self.hour())
            }
            Some(Op::Span(_, hour)) => {
                self.replay(at, request.id, hour);
                Outcome::SpanEnd(hour, 1, self.hour())
            }
            _ => Outcome::Nothing,
        };
        self.answer(at, request.id, outcome);
    }

    pub(super) fn put(&mut self, by: Option<usize>, cell: Cell) -> Outcome {
        match self.cells.get(&cell.label) {
            Some(held) if *held == cell => Outcome::Same,
            Some(_) => {
                let same = by.is_some() && self.putters.get(&cell.label) == by.as_ref();
                self.conflicts += u32::from(same);
                Outcome::Taken
            }
            None => {
                self.putters.extend(by.map(|by| (cell.label, by)));
                self.cells.insert(cell.label, cell.clone());
                self.overhear(&cell);
                for face in &mut self.faces {
                    face.pending.push(cell.clone());
                }
                Outcome::Stored
            }
        }
    }

    /// The first claim wins, and may ask again.
    fn erase(&mut self, erase: &Erase) -> Outcome {
        let cell = self.cells.get(&erase.label);
        if cell.is_none_or(|cell| cell.erase_hash != erase.key.hash()) {
            return Outcome::Absent;
        }
        let winner = self.erased.entry(erase.label).or_insert(erase.claim);
        if *winner == erase.claim {
            Outcome::Erased
        } else {
            Outcome::Absent
        }
    }

    fn get(&mut self, at: usize, label: &Label) -> Outcome {
        if self.erased.contains_key(label) && !self.lies.thieves.contains(&at) {
            return Outcome::Erased;
        }
        for (tick, cells, _) in &self.faces[at].ticks {
            let Some(index) = cells.iter().position(|cell| cell.label == *label) else {
                continue;
            };
            let hashed = || cells.iter().map(Cell::leaf).collect();
            let leaves: &Vec<LeafHash> = self.leaves.entry(tick.hash()).or_insert_with(hashed);
            let cell = &cells[index];
            return Outcome::Found(Box::new(Found {
                keep: cell.keep,
                erase_hash: cell.erase_hash,
                body: cell.body.clone(),
                place: Place {
                    tick: *tick,
                    index: u32::try_from(index).unwrap(),
                    path: merkle::path(leaves, index).unwrap(),
                },
            }));
        }
        Outcome::Absent
    }

    fn replay(&mut self, at: usize, stream: u32, hour: u32) {
        let bare = self.lies.bare_to == Some(at);
        // Thieves recorded all of it when it was new.
        let nothing = HashMap::new();
        let thief = self.lies.thieves.contains(&at);
        let erased = if thief { &nothing } else { &self.erased };
        let face = &mut self.faces[at];
        for (tick, cells, _) in face.ticks.iter().filter(|t| t.2 == hour) {
            let parts = parts_of_tick(stream, *tick, hour, &items(cells, bare, erased));
            face.inbox.extend(parts.into_iter().map(ServerUnit::Feed));
        }
    }
}
