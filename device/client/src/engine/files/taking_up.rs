//! Files taken up where they stood: what is done, what is to go, and where their bytes are.

use std::collections::HashMap;

use heliograph_delivery::FileChunks;
use heliograph_store::{Step, TransferRow};
use rand_core::Rng;

use super::held::Held;
use super::{Running, disk, is_marked, stage};
use crate::ConversationId;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;

/// Chunks that stand near each other in a file and are shuffled among each other: a disk has 16 MiB at a place to read
/// or write then, not one chunk here and one there.
const SHUFFLED: usize = 256;

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
        if row.stage == stage::CHECKING && disk::is_settled(&row.path, row.size) {
            // Killed after the checked file took its place and before that was written down.
            return self.end_transfer(tx, &row, None);
        }
        let opened = match tx.transfer_bytes(row.id)? {
            Some(bytes) => Ok(Held::Memory(bytes)),
            None if row.sending => disk::source(&row.path, (row.size, &row.recipe)),
            None => disk::half(&row.path, row.size),
        };
        let held = match opened {
            Ok(held) => held,
            Err(problem) => return self.end_transfer(tx, &row, Some(problem)),
        };
        let count = chunks.count();
        let mut done = tx.transfer_marks(row.id)?;
        done.resize(count.div_ceil(8) as usize, 0);
        let mut todo: Vec<u32> = (0..count).filter(|at| !is_marked(&done, *at)).collect();
        // The last one goes first.
        todo.reverse();
        for near in todo.chunks_mut(SHUFFLED) {
            self.shuffle(near);
        }
        let hashes = if row.sending {
            let kept = tx.transfer_hashes(row.id)?;
            kept.as_chunks().0.to_vec()
        } else {
            vec![[0; 32]; chunks.filled() as usize]
        };
        let came = |at: &u32| !row.sending && is_marked(&done, *at);
        let unread = (0..chunks.filled()).filter(came).collect();
        let row_in_conversation = tx.conversation(row.conversation)?;
        let public = row_in_conversation.map_or([0; 16], |row| row.public);
        let running = Running {
            left: u32::try_from(todo.len()).unwrap_or(u32::MAX),
            hashes,
            unread,
            public: ConversationId(public),
            whole: false,
            synced: None,
            unsynced: 0,
            flying: HashMap::new(),
            run: self.files.next_run(),
            unsaved: 0,
            saved_ms: self.now,
            row,
            chunks,
            held,
            todo,
            done,
        };
        self.settle_transfer(tx, running)
    }

    /// Fisher and Yates's shuffle; the tiny bias of a remainder tells nobody anything.
    fn shuffle(&mut self, todo: &mut [u32]) {
        for last in (1..todo.len()).rev() {
            let other = self.rng.next_u64() % (last as u64 + 1);
            todo.swap(last, usize::try_from(other).unwrap_or(0));
        }
    }
}
