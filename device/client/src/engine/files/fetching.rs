//! Files that come in.

use std::os::unix::fs::FileExt;

use heliograph_delivery::FileHash;
use heliograph_store::Step;
use heliograph_wire::Outcome;

use super::{Check, Files, Running, disk, stage};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;

/// Bytes hashed in one go, so that nothing else waits long.
const CHECKED_AT_ONCE: u64 = 4 << 20;
/// Of those, so many are in memory at a time: what the processor keeps near.
const PIECE: usize = 256 << 10;

impl Core {
    pub(super) fn ask_chunk(&mut self, running: &Running, at: u32) {
        let label = running.chunks.label(at);
        self.get(Flight::Chunk(running.row.id, at), label);
    }

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
        }
        running.mark(at);
        Ok(())
    }

    /// All chunks are here: the whole is hashed, a piece at a time.
    pub(super) fn begin_check(
        &mut self,
        tx: &Step<'_>,
        mut running: Running,
    ) -> Result<(), EngineError> {
        tx.set_transfer_stage(running.row.id, stage::CHECKING, None)?;
        let file = running.held.file().and_then(|file| {
            let again = file.try_clone();
            again.map_err(|error| disk::problem(&error))
        });
        let file = match file {
            Ok(file) => file,
            Err(problem) => return self.fail_transfer(tx, &running, problem),
        };
        running.check = Some(Check {
            hash: FileHash::default(),
            read: 0,
            synced: std::thread::spawn(move || file.sync_all()),
        });
        self.files.running.insert(running.row.id, running);
        self.timers.files = self.now;
        Ok(())
    }
}

impl Engine {
    /// Goes on with whatever is being checked.
    pub(in crate::engine) fn check_files(&mut self) -> Result<(), EngineError> {
        let ids = self.core.files.running.iter();
        let checking = ids.filter(|(_, one)| one.check.is_some());
        let ids: Vec<i64> = checking.map(|(id, _)| *id).collect();
        for id in ids {
            let Files { running, buffer } = &mut self.core.files;
            let Some(running) = running.get_mut(&id) else {
                continue;
            };
            let problem = match advance(running, buffer) {
                Ok(false) => continue,
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
                let settled = problem.or_else(|| settle(&mut running).err());
                match settled {
                    None => core.end_transfer(tx, &running.row, None),
                    Some(problem) => core.fail_transfer(tx, &running, problem),
                }
            })?;
        }
        self.core.timers.files = if self.core.files.checks() {
            self.core.now
        } else {
            i64::MAX
        };
        Ok(())
    }
}

/// What was checked takes its place, once the disk has all of it.
fn settle(running: &mut Running) -> Result<(), &'static str> {
    let synced = running.check.take().map(|check| check.synced.join());
    match synced {
        Some(Ok(Ok(()))) => disk::settle(&running.row.path),
        Some(Ok(Err(error))) => Err(disk::problem(&error)),
        _ => Err("file-unusable"),
    }
}

/// Hashes some more; true once the whole is what the sender said.
fn advance(running: &mut Running, buffer: &mut Vec<u8>) -> Result<bool, &'static str> {
    let Some(Check { hash, read, .. }) = &mut running.check else {
        return Ok(false);
    };
    let size = running.row.size;
    let file = running.held.file()?;
    let about = file.metadata().map_err(|error| disk::problem(&error))?;
    if about.len() != size {
        return Err("file-damaged");
    }
    let until = size.min(*read + CHECKED_AT_ONCE);
    while *read < until {
        let rest = usize::try_from(until - *read).unwrap_or(PIECE);
        buffer.resize(rest.min(PIECE), 0);
        let got = running.held.read_exact_at(buffer, *read);
        got.map_err(|error| disk::problem(&error))?;
        hash.update(buffer);
        *read += buffer.len() as u64;
    }
    if *read < size {
        return Ok(false);
    }
    if hash.clone().finish() == running.row.hash {
        return Ok(true);
    }
    Err("file-damaged")
}
