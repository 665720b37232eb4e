//! Which chunks are done, and what they held: in memory at once, written down now and then.

use heliograph_store::{Step, TransferMarks};

use super::Running;
use crate::Changed;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;

/// So many chunks done, or those of so many milliseconds if they are more, are written down at once.
const SAVED_EACH: u32 = 64;
const SAVED_EACH_MS: i64 = 150;
/// Chunks that stand near each other in a file. They are shuffled among each other, so that a disk has 16 MiB at a place
/// to read or write, not one chunk here and one there; and their hashes are written down together.
pub(super) const BLOCK: u32 = 256;

pub(super) fn is_marked(done: &[u8], at: u32) -> bool {
    done.get(at as usize / 8)
        .is_some_and(|byte| byte & (1 << (at % 8)) != 0)
}

pub(super) fn unmark(done: &mut [u8], at: u32) {
    if let Some(byte) = done.get_mut(at as usize / 8) {
        *byte &= !(1 << (at % 8));
    }
}

/// Hashes of `count` chunks as they were written down; zeros where none was.
pub(super) fn hashes_of(tx: &Step<'_>, id: i64, count: u32) -> Result<Vec<[u8; 32]>, EngineError> {
    let mut hashes = vec![[0; 32]; count as usize];
    for (block, kept) in tx.transfer_hashes(id)? {
        let from = block as usize * BLOCK as usize;
        let (kept, _) = kept.as_chunks();
        for (place, hash) in hashes.iter_mut().skip(from).zip(kept) {
            *place = *hash;
        }
    }
    Ok(hashes)
}

impl Running {
    pub(super) fn mark(&mut self, at: u32) {
        if let Some(byte) = self.done.get_mut(at as usize / 8)
            && *byte & (1 << (at % 8)) == 0
        {
            *byte |= 1 << (at % 8);
            self.left = self.left.saturating_sub(1);
            self.unsaved += 1;
            self.unsaved_blocks.insert(at / BLOCK);
        }
    }

    /// Nothing of it counts as done any more.
    pub(super) fn unmark_all(&mut self) {
        self.done.fill(0);
        self.safe.fill(0);
    }

    /// Writes down what is done, hashes first.
    pub(super) fn save_marks(&mut self, tx: &Step<'_>) -> Result<(), EngineError> {
        for block in std::mem::take(&mut self.unsaved_blocks) {
            let from = block as usize * BLOCK as usize;
            let to = self.hashes.len().min(from + BLOCK as usize);
            if let Some(hashes) = self.hashes.get(from..to) {
                tx.set_transfer_hashes(self.row.id, (block, hashes.as_flattened()))?;
            }
        }
        Ok(tx.set_transfer_marks(self.row.id, (&self.done, &self.safe))?)
    }

    /// What counts as done is begun with as it was written down.
    pub(super) fn set_marks(&mut self, marks: TransferMarks) {
        let length = self.chunks.count().div_ceil(8) as usize;
        (self.done, self.safe) = (marks.done, marks.safe);
        self.done.resize(length, 0);
        self.safe.resize(length, 0);
    }
}

impl Core {
    /// A chunk was answered: now and then, and at the end, it is written down what is done.
    pub(super) fn save_marks_if_due(
        &mut self,
        tx: &Step<'_>,
        running: &mut Running,
    ) -> Result<(), EngineError> {
        let since_ms = self.now.saturating_sub(running.saved_ms);
        let due = running.unsaved >= SAVED_EACH && !(0..SAVED_EACH_MS).contains(&since_ms);
        if due || running.left == 0 {
            running.save_marks(tx)?;
            running.unsaved = 0;
            running.saved_ms = self.now;
            self.out.changes.push(Changed::Conversation(running.public));
        }
        Ok(())
    }
}
