//! Files on their way: chunks read, sealed and put, or fetched, opened and written.
//!
//! A chunk is marked in the step in which the board's answer came; marks are written down now and
//! then, so a kill costs a few chunks that go once more. Order is shuffled as far as a disk likes it, padding goes and comes
//! like everything else (docs/protocol/delivery.md, Files).

mod asking;
mod disk;
mod fetching;
mod held;
mod marking;
mod passing_on;
mod sending;
mod stamp;
mod syncing;
mod taking_up;
mod voice;
mod window;
mod writing_down;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use heliograph_delivery::FileChunks;
use heliograph_store::{Step, TRANSFER_DROPPED, TransferRow};
use heliograph_wire::{LARGE_BODY, Outcome};
use zeroize::Zeroizing;

use super::Engine;
use super::core::Core;
use super::errors::EngineError;
use super::flights::{ChunkAnswer, Flight};
use crate::{Changed, ConversationId};

use held::Held;
use stamp::Stamp;
use syncing::Syncing;
use window::Window;

pub(crate) use disk::{measure, portrait, thumbnail};
pub(crate) use voice::measure_voice;

/// So many files that came in are still told of.
const DONE_SHOWN: u32 = 64;

/// How it stands with a transfer, as stored; [`TRANSFER_DROPPED`] is 0.
pub(super) mod stage {
    pub(crate) const MOVING: i64 = 1;
    pub(crate) const PAUSED: i64 = 2;
    pub(crate) const CHECKING: i64 = 3;
    pub(crate) const DONE: i64 = 4;
    pub(crate) const FAILED: i64 = 5;

    pub(super) fn word(code: i64) -> &'static str {
        match code {
            MOVING => "moving",
            PAUSED => "paused",
            CHECKING => "checking",
            DONE => "done",
            _ => "failed",
        }
    }
}

/// A transfer in memory.
pub(crate) struct Running {
    row: TransferRow,
    /// By this its answers are known, not by its row: rows are used again, and a late answer to a file that was
    /// cancelled must not count for the next.
    run: i64,
    public: ConversationId,
    chunks: FileChunks,
    held: Held,
    /// Chunks still to go, in the order in which they will.
    todo: Vec<u32>,
    /// Chunks on their way, and since when, Unix milliseconds.
    flying: HashMap<u32, i64>,
    done: Vec<u8>,
    /// Of those that came in, the ones that the disk has.
    safe: Vec<u8>,
    left: u32,
    unsaved: u32,
    unsaved_blocks: BTreeSet<u32>,
    /// When was written down last what is done, Unix milliseconds.
    saved_ms: i64,
    /// Of every chunk that holds something, as it went out or came in; zeros before that.
    hashes: Vec<[u8; 32]>,
    /// Done chunks to be read again: the disk may have lost them, or somebody changed the file.
    unread: Vec<u32>,
    /// What a file that goes out looked like when it was last looked at.
    stamp: Stamp,
    /// Whether it looked otherwise since it was taken up first.
    changed: bool,
    /// Whether all of a file is done and is being checked.
    whole: bool,
    /// Meanwhile the disk takes it, if it is large.
    synced: Option<Syncing>,
    /// Bytes that came since the disk was asked last.
    unsynced: u64,
    /// What was done when the disk was asked.
    asked: Vec<u8>,
}

/// All that run, by row.
#[derive(Default)]
pub(crate) struct Files {
    running: BTreeMap<i64, Running>,
    /// Number of the newest run; none is used twice.
    runs: i64,
    window: Window,
    /// What is read or opened, one piece after the other; wiped when its files are forgotten.
    buffer: Zeroizing<Vec<u8>>,
}

impl Files {
    pub(crate) fn forget(&mut self) {
        self.running.clear();
        self.tidy();
    }

    fn next_run(&mut self) -> i64 {
        self.runs += 1;
        self.runs
    }

    /// Takes out what goes by the number of a run, if it still runs.
    fn take_run(&mut self, run: i64) -> Option<(i64, Running)> {
        let found = self.running.iter().find(|(_, one)| one.run == run);
        let id = *found?.0;
        self.running.remove_entry(&id)
    }

    /// What is written down no more does not run, also if another has its row by now.
    fn keep_only(&mut self, rows: &[TransferRow]) {
        let of = |id, running: &Running| {
            let mut rows = rows.iter();
            rows.any(|row| row.id == id && row.message == running.row.message)
        };
        self.running.retain(|id, running| of(*id, running));
    }

    fn flying(&self) -> usize {
        self.running.values().map(|one| one.flying.len()).sum()
    }

    /// What was on its way when a connection ended, and is not asked for any more, goes once more.
    fn take_back(&mut self, open: &HashSet<(i64, u32)>) {
        for running in self.running.values_mut() {
            let lost = running
                .flying
                .extract_if(|at, _| !open.contains(&(running.run, *at)));
            running.todo.extend(lost.map(|(at, _)| at));
        }
    }

    /// Room for a chunk, which never moves: nothing of it is left elsewhere.
    fn make_room(&mut self) {
        if self.buffer.capacity() == 0 {
            self.buffer = Zeroizing::new(Vec::with_capacity(LARGE_BODY));
        }
    }

    /// Nothing of a file stays in memory when none is on its way.
    fn tidy(&mut self) {
        if self.running.is_empty() {
            self.buffer = Zeroizing::default();
        }
    }
}

impl Engine {
    /// Files go on, and half files nobody wants any more go.
    pub(super) fn go_on_files(&mut self) -> Result<(), EngineError> {
        self.step(|core, tx| {
            let rows = tx.transfers()?;
            core.files.keep_only(&rows);
            for row in rows {
                let runs = core.files.running.contains_key(&row.id);
                match row.stage {
                    TRANSFER_DROPPED => core.drop_transfer(tx, &row)?,
                    stage::MOVING | stage::CHECKING if !runs => core.take_transfer_up(tx, row)?,
                    _ => {}
                }
            }
            core.launch_chunks(tx)
        })
    }

    /// The board answered about chunks.
    pub(super) fn chunks_answered(&mut self, answers: &[ChunkAnswer]) -> Result<(), EngineError> {
        self.step(|core, tx| {
            for (chunk, outcome) in answers {
                core.chunk_answered(tx, *chunk, outcome)?;
            }
            core.launch_chunks(tx)
        })
    }
}

impl Core {
    fn chunk_answered(
        &mut self,
        tx: &Step<'_>,
        (run, at): (i64, u32),
        outcome: &Outcome,
    ) -> Result<(), EngineError> {
        let Some((id, mut running)) = self.files.take_run(run) else {
            return Ok(());
        };
        if let Some(since_ms) = running.flying.remove(&at) {
            let took = self.now.saturating_sub(since_ms);
            self.files.window.answered(took);
        }
        match tx.transfer(id)? {
            Some(row) if row.stage == stage::MOVING => {}
            Some(row) if row.stage == stage::CHECKING => {
                self.files.running.insert(id, running);
                return Ok(());
            }
            Some(row) if row.stage == TRANSFER_DROPPED => return self.drop_transfer(tx, &row),
            _ => return Ok(()),
        }
        let problem = match (running.row.sending, &running.row.origin) {
            (true, Some(_)) => self.chunk_passed(&mut running, at, outcome),
            (true, None) => self.chunk_put(&mut running, at, outcome),
            (false, _) => self.chunk_came(&mut running, at, outcome),
        };
        self.chunk_settled(tx, running, problem)
    }

    /// Puts or asks for as many chunks as may be on their way, of one file after another.
    fn launch_chunks(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        self.files.tidy();
        if !self.feed.in_step() {
            return Ok(());
        }
        self.files.make_room();
        if self.flights.chunk_count() != self.files.flying() {
            self.files.take_back(&self.flights.chunks());
        }
        let ids: Vec<i64> = self.files.running.keys().copied().collect();
        let mut idle = 0;
        for id in ids.iter().cycle() {
            if self.files.flying() >= self.files.window.chunks() || idle >= ids.len() {
                break;
            }
            idle = if self.launch_chunk(tx, *id)? {
                0
            } else {
                idle + 1
            };
        }
        Ok(())
    }

    /// Sends the next chunk of a file on its way; false if there is none.
    fn launch_chunk(&mut self, tx: &Step<'_>, id: i64) -> Result<bool, EngineError> {
        let Some(mut running) = self.files.running.remove(&id) else {
            return Ok(false);
        };
        let Some(at) = running.todo.pop() else {
            self.files.running.insert(id, running);
            return Ok(false);
        };
        if let Some(label) = running.fetched().map(|chunks| chunks.label(at)) {
            self.get(Flight::Chunk(running.run, at), label);
        } else if let Err(problem) = self.put_chunk(&mut running, at) {
            self.fail_transfer(tx, &mut running, problem)?;
            return Ok(true);
        }
        running.flying.insert(at, self.now);
        self.files.running.insert(id, running);
        Ok(true)
    }

    fn chunk_settled(
        &mut self,
        tx: &Step<'_>,
        mut running: Running,
        problem: Result<(), &'static str>,
    ) -> Result<(), EngineError> {
        if let Err(problem) = problem {
            return self.fail_transfer(tx, &mut running, problem);
        }
        self.save_marks_if_due(tx, &mut running)?;
        self.settle_transfer(tx, running)
    }

    /// All chunks done: what went out is said unless it may have changed meanwhile, all else is checked. Before that
    /// it runs on.
    fn settle_transfer(&mut self, tx: &Step<'_>, mut running: Running) -> Result<(), EngineError> {
        if running.left > 0 {
            self.files.running.insert(running.row.id, running);
            return Ok(());
        }
        if running.row.sending && running.is_as_it_was() {
            if running.is_what_was_said() {
                return self.say_file(tx, &running);
            }
            return self.fail_transfer(tx, &mut running, "file-damaged");
        }
        self.begin_check(tx, running)
    }

    /// A transfer fails. What is done stays done, and another try goes on from there; of a file that is not what was
    /// said nothing is worth keeping.
    fn fail_transfer(
        &mut self,
        tx: &Step<'_>,
        running: &mut Running,
        problem: &'static str,
    ) -> Result<(), EngineError> {
        match tx.transfer(running.row.id)? {
            Some(row) if row.stage == TRANSFER_DROPPED => return self.drop_transfer(tx, &row),
            Some(_) => {}
            None => return Ok(()),
        }
        running.rest();
        if problem == "file-damaged" {
            tx.set_transfer_marks(running.row.id, (&[], &[]))?;
            if !running.row.sending {
                disk::remove_half(&running.row.path);
            }
        } else {
            running.save_marks(tx)?;
        }
        self.end_transfer(tx, &running.row, Some(problem))
    }

    /// A transfer ends, well or with a problem.
    fn end_transfer(
        &mut self,
        tx: &Step<'_>,
        row: &TransferRow,
        problem: Option<&'static str>,
    ) -> Result<(), EngineError> {
        let ended = if problem.is_some() {
            stage::FAILED
        } else {
            stage::DONE
        };
        tx.set_transfer_stage(row.id, ended, problem)?;
        tx.forget_transfers(stage::DONE, (DONE_SHOWN, row.id))?;
        if let Some(conversation) = tx.conversation(row.conversation)? {
            let id = ConversationId(conversation.public);
            self.out.changes.push(Changed::Conversation(id));
        }
        Ok(())
    }

    fn drop_transfer(&mut self, tx: &Step<'_>, row: &TransferRow) -> Result<(), EngineError> {
        self.files.running.remove(&row.id);
        if !row.sending {
            disk::remove_half(&row.path);
        }
        Ok(tx.remove_transfer(row.id)?)
    }
}
