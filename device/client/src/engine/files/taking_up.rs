//! Files taken up where they stood: what is done, what is to go, and where their bytes are.

use std::collections::{BTreeSet, HashMap};

use heliograph_delivery::FileChunks;
use heliograph_store::{Step, TransferMarks, TransferRow};
use rand_core::Rng;
use zeroize::Zeroizing;

use super::held::Held;
use super::marking::{BLOCK, hashes_of, is_marked};
use super::stamp::Stamp;
use super::{Running, disk, stage};
use crate::ConversationId;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;

impl Running {
    /// What the disk is known to have it is known to have of this very half file, not of another in its place.
    fn know_again(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        let here = self.held.identity();
        if here != self.stamp {
            self.safe.fill(0);
            tx.set_transfer_stamp(self.row.id, &here.clone().into_bytes())?;
            self.stamp = here;
        }
        Ok(())
    }
}

/// Where the bytes of a transfer are, and whether they are as they were left.
fn opened(
    row: &TransferRow,
    bytes: Option<Zeroizing<Vec<u8>>>,
) -> Result<(Held, bool), &'static str> {
    if let Some(key) = &row.origin {
        let origin = FileChunks::new(**key, row.size).ok_or("file-unusable")?;
        return Ok((Held::Board(origin), true));
    }
    match bytes {
        Some(bytes) => Ok((Held::Memory(bytes), true)),
        None if row.sending => {
            let source = disk::source(&row.path, (row.size, &row.recipe))?;
            Ok((source, true))
        }
        None => disk::half(&row.path, row.size),
    }
}

impl Core {
    /// Reads a transfer back into memory. One whose file is not there any more fails.
    pub(super) fn take_transfer_up(
        &mut self,
        tx: &Step<'_>,
        row: TransferRow,
    ) -> Result<(), EngineError> {
        let Some(chunks) = FileChunks::new(*row.key, row.size) else {
            return Err(EngineError::bug("a file was kept that cannot be counted"));
        };
        if !row.sending && row.stage == stage::CHECKING && disk::is_settled(&row.path, row.size) {
            // Killed after the checked file took its place and before that was written down.
            return self.end_transfer(tx, &row, None);
        }
        let (held, as_left) = match opened(&row, tx.transfer_bytes(row.id)?) {
            Ok(held) => held,
            Err(problem) => return self.end_transfer(tx, &row, Some(problem)),
        };
        let hashes = hashes_of(tx, row.id, chunks.filled())?;
        let in_conversation = tx.conversation(row.conversation)?;
        let public = in_conversation.map_or([0; 16], |row| row.public);
        let mut running = Running {
            hashes,
            public: ConversationId(public),
            run: self.files.next_run(),
            saved_ms: self.now,
            stamp: Stamp::from_bytes(row.stamp.clone()),
            row,
            chunks,
            held,
            left: 0,
            done: Vec::new(),
            safe: Vec::new(),
            todo: Vec::new(),
            unread: Vec::new(),
            flying: HashMap::new(),
            unsaved: 0,
            unsaved_blocks: BTreeSet::new(),
            changed: false,
            whole: false,
            synced: None,
            unsynced: 0,
            asked: Vec::new(),
        };
        if as_left {
            running.set_marks(tx.transfer_marks(running.row.id)?);
        } else {
            // The half is gone, or not what it was: all of it comes once more.
            running.set_marks(TransferMarks::default());
        }
        if !running.row.sending {
            running.know_again(tx)?;
        }
        self.plan(&mut running);
        if running.left > 0 && running.row.stage == stage::CHECKING {
            running.row.stage = stage::MOVING;
            tx.set_transfer_stage(running.row.id, stage::MOVING, None)?;
        }
        self.settle_transfer(tx, running)
    }

    /// What is to go, in an order of its own, and what is to be read again: of a file that comes in what the disk may
    /// have lost with its power.
    fn plan(&mut self, running: &mut Running) {
        let all = 0..running.chunks.count();
        let to_go = |at: &u32| !is_marked(&running.done, *at);
        let mut todo: Vec<u32> = all.filter(to_go).collect();
        // The last one goes first.
        todo.reverse();
        for near in todo.chunks_mut(BLOCK as usize) {
            self.shuffle(near);
        }
        running.left = u32::try_from(todo.len()).unwrap_or(u32::MAX);
        running.todo = todo;
        running.asked.clone_from(&running.safe);
        if !running.row.sending {
            let unsafe_yet =
                |at: &u32| is_marked(&running.done, *at) && !is_marked(&running.safe, *at);
            running.unread = (0..running.chunks.filled()).filter(unsafe_yet).collect();
        }
    }

    /// Fisher and Yates's shuffle; the tiny bias of a remainder tells nobody anything.
    fn shuffle(&mut self, todo: &mut [u32]) {
        for last in (1..todo.len()).rev() {
            let other = self.rng.next_u64() % (last as u64 + 1);
            todo.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}
