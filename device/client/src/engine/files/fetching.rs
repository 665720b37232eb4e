//! Files that come in.

use std::os::unix::fs::FileExt;

use heliograph_delivery::FileHash;
use heliograph_store::Step;
use heliograph_wire::Outcome;

use super::{Running, disk, stage};
use crate::engine::Engine;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;

/// Bytes hashed in one go, so that nothing else waits long.
const CHECKED_AT_ONCE: usize = 4 << 20;

impl Core {
    pub(super) fn ask_chunk(&mut self, running: &Running, at: u32) {
        let label = running.chunks.label(at);
        self.get(Flight::Chunk(running.row.id, at), label);
    }

    /// The board answered a get. A chunk is what the sender sealed, or the file fails.
    #[expect(clippy::unused_self, reason = "both directions are called alike")]
    pub(super) fn chunk_came(
        &mut self,
        running: &mut Running,
        at: u32,
        outcome: &Outcome,
    ) -> Result<(), &'static str> {
        let Outcome::Found(found) = outcome else {
            return Err("file-gone");
        };
        let chunk = running.chunks.open(at, &found.body);
        let chunk = chunk.ok_or("file-damaged")?;
        let (offset, _) = running.chunks.range(at);
        if !chunk.is_empty() {
            let written = running.held.file()?.write_all_at(&chunk, offset);
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
        running.check = Some((FileHash::default(), 0));
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
            let Some(running) = self.core.files.running.get_mut(&id) else {
                continue;
            };
            let problem = match advance(running) {
                Ok(false) => continue,
                Ok(true) => None,
                Err(problem) => Some(problem),
            };
            self.step(|core, tx| {
                let Some(running) = core.files.running.remove(&id) else {
                    return Ok(());
                };
                if tx
                    .transfer(id)?
                    .is_none_or(|row| row.stage != stage::CHECKING)
                {
                    return Ok(());
                }
                let settled = match problem {
                    None => running
                        .held
                        .file()
                        .and_then(|file| disk::settle(file, &running.row.path))
                        .err(),
                    problem => problem,
                };
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

/// Hashes the next piece; true once the whole is what the sender said.
fn advance(running: &mut Running) -> Result<bool, &'static str> {
    let Some((hash, read)) = &mut running.check else {
        return Ok(false);
    };
    let size = running.row.size;
    let length = running
        .held
        .file()?
        .metadata()
        .map_err(|error| disk::problem(&error))?;
    if length.len() != size {
        return Err("file-damaged");
    }
    let rest = usize::try_from(size - *read).unwrap_or(CHECKED_AT_ONCE);
    let mut piece = vec![0; rest.min(CHECKED_AT_ONCE)];
    let got = running.held.read_exact_at(&mut piece, *read);
    got.map_err(|error| disk::problem(&error))?;
    hash.update(&piece);
    *read += piece.len() as u64;
    if *read < size {
        return Ok(false);
    }
    if hash.clone().finish() == running.row.hash {
        return Ok(true);
    }
    Err("file-damaged")
}
