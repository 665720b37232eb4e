//! A board that means harm, in one way at a time: what it does to requests, to its record and to what it says.

use heliograph_wire::{Answer, Cell, Feed, Item, Op, Outcome, Place, Put, Request, ServerUnit};

use super::{TwoFaced, items};

/// One way of doing harm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malice {
    /// What is put vanishes, without an answer.
    Drop,
    /// What is put is announced much later.
    Delay,
    /// Pieces of the feed come in another order.
    Reorder,
    /// Pieces of the feed come again.
    Replay,
    /// Somebody gets nothing of the feed.
    Withhold,
    /// Two commits for one slot are both stored, and each side is shown its own.
    ForkCommits,
    /// Somebody is shown a history of their own.
    TwoChains,
    /// Cells are shown with other bytes.
    Tamper,
    /// A Get is answered with another cell.
    SwapBundles,
    /// Cells are gone long before their time.
    EarlyExpiry,
    /// A free label is called taken.
    LieTaken,
    /// What was never stored is called stored.
    LieStored,
    /// Answers go to other questions.
    MixAnswers,
    /// Connections end in the middle of a tick.
    CutShort,
}

impl Malice {
    /// Every way.
    pub const ALL: [Self; 14] = [
        Self::Drop,
        Self::Delay,
        Self::Reorder,
        Self::Replay,
        Self::Withhold,
        Self::ForkCommits,
        Self::TwoChains,
        Self::Tamper,
        Self::SwapBundles,
        Self::EarlyExpiry,
        Self::LieTaken,
        Self::LieStored,
        Self::MixAnswers,
        Self::CutShort,
    ];

    /// Whether it shows two histories.
    #[must_use]
    pub fn forks(self) -> bool {
        matches!(self, Self::ForkCommits | Self::TwoChains)
    }
}

/// A board at work.
pub struct Mischief {
    what: Malice,
    roll: Box<dyn FnMut(u32) -> u32>,
    late: Vec<Cell>,
    /// How often it did something.
    pub done: u32,
}

impl Mischief {
    fn strikes(&mut self, one_in: u32) -> bool {
        let strikes = (self.roll)(one_in) == 0;
        self.done += u32::from(strikes);
        strikes
    }

    fn pick(&mut self, upto: usize) -> usize {
        (self.roll)(u32::try_from(upto).unwrap()) as usize
    }
}

fn cell_of(put: &Put) -> Cell {
    Cell {
        label: put.label,
        keep: put.keep,
        erase_hash: put.erase_hash,
        body: put.body.clone(),
    }
}

impl TwoFaced {
    /// From now on the board does this, as `roll` falls.
    pub fn turn_bad(&mut self, what: Malice, roll: impl FnMut(u32) -> u32 + 'static) {
        self.mischief = Some(Mischief {
            what,
            roll: Box::new(roll),
            late: Vec::new(),
            done: 0,
        });
    }

    /// From now on the board is honest: one history for all, what it held back is shown, and everybody connects anew.
    /// Gives how often it did harm.
    pub fn turn_good(&mut self) -> u32 {
        let mischief = self.mischief.take();
        let done = mischief.as_ref().map_or(0, |it| it.done);
        for cell in mischief.into_iter().flat_map(|it| it.late) {
            for face in &mut self.faces {
                face.pending.push(cell.clone());
            }
        }
        if self
            .faces
            .iter()
            .any(|face| face.ticks.len() != self.faces[0].ticks.len())
        {
            self.tick_all();
        }
        let truth = self.faces[0].ticks.clone();
        for at in 0..self.engines.len() {
            self.faces[at].ticks.clone_from(&truth);
            self.reconnect(at);
        }
        done
    }

    /// Whether the board dealt with a request in its own way.
    pub(super) fn meddles(&mut self, at: usize, request: &Request) -> bool {
        let Some(mut mischief) = self.mischief.take() else {
            return false;
        };
        let dealt = self.meddle(&mut mischief, at, request);
        self.mischief = Some(mischief);
        dealt
    }

    fn meddle(&mut self, mischief: &mut Mischief, at: usize, request: &Request) -> bool {
        let (id, op) = (request.id, request.op.as_ref());
        let outcome = match (mischief.what, op) {
            (Malice::Drop, Some(Op::Put(_))) if mischief.strikes(3) => return true,
            (Malice::LieStored, Some(Op::Put(_))) if mischief.strikes(3) => Outcome::Stored,
            (Malice::LieTaken, Some(Op::Put(put)))
                if !self.cells.contains_key(&put.label) && mischief.strikes(4) =>
            {
                Outcome::Taken
            }
            (Malice::Delay, Some(Op::Put(put)))
                if !self.cells.contains_key(&put.label) && mischief.strikes(3) =>
            {
                let cell = cell_of(put);
                self.putters.insert(put.label, at);
                self.cells.insert(put.label, cell.clone());
                mischief.late.push(cell);
                Outcome::Stored
            }
            (Malice::ForkCommits, Some(Op::Put(put))) => {
                return self.fork(mischief, (at, id), put);
            }
            (Malice::EarlyExpiry, Some(Op::Get(_))) if mischief.strikes(2) => Outcome::Absent,
            (Malice::SwapBundles, Some(Op::Get(_))) if mischief.strikes(2) => {
                self.another(mischief, at)
            }
            (Malice::MixAnswers, Some(_)) if id > 1 && mischief.strikes(4) => {
                let wrong = Answer {
                    id: id - 1,
                    outcome: Outcome::Stored,
                };
                self.say(at, ServerUnit::Answer(wrong));
                return false;
            }
            _ => return false,
        };
        self.say(at, ServerUnit::Answer(Answer { id, outcome }));
        true
    }

    /// Some cell of some tick, with everything that belongs to it.
    fn another(&mut self, mischief: &mut Mischief, at: usize) -> Outcome {
        let ticks = &self.faces[at].ticks;
        if ticks.is_empty() {
            return Outcome::Absent;
        }
        let (tick, cells, _) = &ticks[mischief.pick(ticks.len())];
        let leaves: Vec<_> = cells.iter().map(Cell::leaf).collect();
        let index = mischief.pick(cells.len());
        let cell = &cells[index];
        Outcome::Found(Box::new(heliograph_wire::Found {
            keep: cell.keep,
            erase_hash: cell.erase_hash,
            body: cell.body.clone(),
            place: Place {
                tick: *tick,
                index: u32::try_from(index).unwrap(),
                path: heliograph_wire::merkle::path(&leaves, index).unwrap(),
            },
        }))
    }

    /// A second cell for one label is stored too; whoever put it sees it, the others see the first.
    fn fork(&mut self, mischief: &mut Mischief, (at, id): (usize, u32), put: &Put) -> bool {
        let cell = cell_of(put);
        match self.cells.get(&put.label) {
            Some(held) if *held != cell => {}
            _ => return false,
        }
        mischief.done += 1;
        let face = &mut self.faces[at];
        face.pending.retain(|other| other.label != cell.label);
        face.pending.push(cell);
        let outcome = Outcome::Stored;
        self.say(at, ServerUnit::Answer(Answer { id, outcome }));
        true
    }

    /// What becomes of the cells of a face before they make a tick.
    pub(super) fn meddle_with_tick(&mut self, at: usize, cells: &mut [Cell]) {
        let Some(mischief) = &mut self.mischief else {
            return;
        };
        // One person has a history of their own: of two halves, the other has the rest.
        if mischief.what == Malice::TwoChains && at == 1 && !cells.is_empty() && mischief.strikes(2)
        {
            let mark = u8::try_from((mischief.roll)(256)).unwrap();
            cells[0].erase_hash.0[0] ^= mark | 1;
        }
    }

    /// What reaches a device of what the board says.
    pub(super) fn meddle_with_words(&mut self, at: usize) {
        let bare_to = self.lies.bare_to == Some(at);
        let (Some(mischief), face) = (&mut self.mischief, &mut self.faces[at]) else {
            return;
        };
        let what = mischief.what;
        match what {
            Malice::Reorder if face.inbox.len() > 1 && mischief.strikes(3) => {
                let (one, other) = (
                    mischief.pick(face.inbox.len()),
                    mischief.pick(face.inbox.len()),
                );
                face.inbox.swap(one, other);
            }
            Malice::Replay if !face.ticks.is_empty() && mischief.strikes(3) => {
                let (tick, cells, hour) = &face.ticks[mischief.pick(face.ticks.len())];
                let parts = heliograph_wire::parts_of_tick(
                    0,
                    *tick,
                    *hour,
                    &items(cells, bare_to, &self.erased),
                );
                face.inbox.extend(parts.into_iter().map(ServerUnit::Feed));
            }
            Malice::Withhold if at == 2 => {
                let before = face.inbox.len();
                face.inbox
                    .retain(|unit| matches!(unit, ServerUnit::Answer(_)));
                mischief.done += u32::from(face.inbox.len() != before);
            }
            Malice::Tamper => {
                for unit in &mut face.inbox {
                    if let ServerUnit::Feed(Feed::Part(_, part)) = unit
                        && mischief.strikes(4)
                    {
                        part.items.iter_mut().for_each(spoil);
                    }
                }
            }
            Malice::CutShort if !face.inbox.is_empty() && mischief.strikes(5) => {
                let kept = mischief.pick(face.inbox.len());
                face.inbox.truncate(kept);
                self.broken.push(at);
            }
            _ => {}
        }
    }

    /// Ends the connections that the board ended.
    pub(super) fn end_broken(&mut self) {
        for at in std::mem::take(&mut self.broken) {
            self.reconnect(at);
        }
    }
}

/// Shows an item with another body.
fn spoil(item: &mut Item) {
    if let Some(cell) = &mut item.cell {
        let mut bytes = cell.body.bytes().to_vec();
        bytes[100] ^= 1;
        cell.body = heliograph_wire::Body::new(bytes::Bytes::from(bytes)).unwrap();
    }
}
