//! Files that come in.

use std::fs::File;
use std::os::unix::fs::FileExt;

use heliograph_delivery::{chunk_hash, file_hash};
use heliograph_store::Step;
use heliograph_wire::Outcome;

use super::marking::unmark;
use super::syncing::Syncing;
use super::{Files, Running, disk, stage};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;

/// Chunks read again in one go, so that nothing else waits long.
const READ_AT_ONCE: usize = 64;

/// The disk is waited for if a file has at most so many bytes.
const WAITED_FOR: u64 = 16 << 20;
/// So often it is looked whether the disk has a larger one.
const SYNC_LOOK_MS: i64 = 50;

/// Of a larger file the disk is asked to take what came each time so many bytes did.
const SYNC_EACH: u64 = 64 << 20;

impl Running {
    /// Whether the disk has it, or can be asked without a long wait.
    fn is_synced(&mut self) -> bool {
        self.synced.as_mut().is_none_or(Syncing::is_done)
    }

    /// The thread by which the disk takes a large file; `None` without one: then the disk is waited for at the end.
    fn syncing(&mut self) -> Option<&mut Syncing> {
        if self.synced.is_none() && self.row.size > WAITED_FOR {
            let file = self.held.file().map(File::try_clone);
            let start = |file| Syncing::start(file).ok();
            self.synced = file.ok().and_then(Result::ok).and_then(start);
        }
        self.synced.as_mut()
    }

    /// More came in. If the disk failed to take what came before, all of it fails.
    fn sync_on_the_way(&mut self, length: usize) -> Result<(), &'static str> {
        self.unsynced += length as u64;
        if self.unsynced < SYNC_EACH {
            return Ok(());
        }
        self.unsynced = 0;
        let Some(syncing) = self.syncing() else {
            return Ok(());
        };
        let took_before = syncing.is_done();
        if let Err(kind) = syncing.ask_on_the_way() {
            self.unmark_all();
            return Err(disk::problem(&kind.into()));
        }
        if took_before {
            // The chunk that came just now is not marked yet; what the disk may have lost before is not asked about.
            let mut asked = self.done.clone();
            self.unread.iter().for_each(|at| unmark(&mut asked, *at));
            self.safe = std::mem::replace(&mut self.asked, asked);
        }
        Ok(())
    }

    /// Nothing more of it comes for now. What the disk failed to take is not done: the system tells of it once, and
    /// reading it again would find it in memory.
    pub(super) fn rest(&mut self) {
        if self
            .synced
            .take()
            .is_some_and(|syncing| syncing.end().is_err())
        {
            self.unmark_all();
        }
    }
}

impl Core {
    /// The board answered a get. A chunk is what the sender sealed, or the file fails.
    pub(super) fn chunk_came(
        &mut self,
        running: &mut Running,
        at: u32,
        outcome: &Outcome,
    ) -> Result<(), &'static str> {
        let Outcome::Found(found) = outcome else {
            return Err("file-gone");
        };
        let buffer = &mut self.files.buffer;
        let chunk = running.chunks.open(at, &found.body, buffer);
        let chunk = chunk.ok_or("file-damaged")?;
        let (offset, _) = running.chunks.range(at);
        if !chunk.is_empty() {
            let written = running.held.file()?.write_all_at(chunk, offset);
            written.map_err(|error| disk::problem(&error))?;
            if let Some(hash) = running.hashes.get_mut(at as usize) {
                *hash = chunk_hash(chunk);
            }
            running.sync_on_the_way(chunk.len())?;
        }
        running.mark(at);
        Ok(())
    }

    /// All chunks are done: what is to be read again is read, a piece at a time. Of what goes out that is all.
    pub(super) fn begin_check(
        &mut self,
        tx: &Step<'_>,
        mut running: Running,
    ) -> Result<(), EngineError> {
        tx.set_transfer_stage(running.row.id, stage::CHECKING, None)?;
        running.whole = true;
        if running.row.sending {
            running.unread = (0..running.chunks.filled()).collect();
        } else if let Some(syncing) = running.syncing() {
            syncing.ask();
        }
        self.files.running.insert(running.row.id, running);
        self.timers.files = self.now;
        Ok(())
    }
}

impl Engine {
    /// Goes on with whatever is being checked.
    pub(in crate::engine) fn check_files(&mut self) -> Result<(), EngineError> {
        let ids = self.core.files.running.iter();
        let checking = ids.filter(|(_, one)| one.whole);
        let ids: Vec<i64> = checking.map(|(id, _)| *id).collect();
        let mut next = i64::MAX;
        for id in ids {
            self.core.files.make_room();
            let Files {
                running, buffer, ..
            } = &mut self.core.files;
            let Some(running) = running.get_mut(&id) else {
                continue;
            };
            let problem = match advance(running, buffer) {
                Ok(false) => {
                    next = self.core.now;
                    continue;
                }
                Ok(true) if !running.is_synced() => {
                    next = next.min(self.core.now + SYNC_LOOK_MS);
                    continue;
                }
                Ok(true) => None,
                Err(problem) => Some(problem),
            };
            self.step(|core, tx| {
                let Some(mut running) = core.files.running.remove(&id) else {
                    return Ok(());
                };
                if tx
                    .transfer(id)?
                    .is_none_or(|row| row.stage != stage::CHECKING)
                {
                    return Ok(());
                }
                if running.row.sending && problem.is_none() {
                    return core.say_file(tx, &running);
                }
                let settled = problem.or_else(|| settle(&mut running).err());
                match settled {
                    None => core.end_transfer(tx, &running.row, None),
                    Some(problem) => core.fail_transfer(tx, &mut running, problem),
                }
            })?;
        }
        self.core.timers.files = next;
        self.core.files.tidy();
        Ok(())
    }
}

/// What was checked takes its place, once the disk has all of it.
fn settle(running: &mut Running) -> Result<(), &'static str> {
    let synced = match running.synced.take() {
        None => running.held.file()?.sync_all(),
        Some(syncing) => syncing.end(),
    };
    if let Err(error) = synced {
        // What the disk has of it is not known, and reading it again would not tell: all of it is fetched again.
        running.unmark_all();
        return Err(disk::problem(&error));
    }
    disk::settle(&running.row.path)
}

/// Reads some more of what is to be read again; true once the whole is what its sender said, or what went out.
fn advance(running: &mut Running, buffer: &mut Vec<u8>) -> Result<bool, &'static str> {
    running.may_still_go()?;
    if !running.row.sending {
        let about = running.held.file()?.metadata();
        if about.map_err(|error| disk::problem(&error))?.len() != running.row.size {
            return Err("file-damaged");
        }
    }
    let rest = running.unread.len().saturating_sub(READ_AT_ONCE);
    for at in running.unread.split_off(rest) {
        running.read_again(at, buffer)?;
    }
    if !running.unread.is_empty() {
        return Ok(false);
    }
    let good = if running.row.sending {
        !running.look_again()
    } else {
        file_hash(&running.hashes) == running.row.hash
    };
    if good {
        return Ok(true);
    }
    Err(running.differs())
}
