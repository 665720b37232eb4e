//! Files that go out.

use bytes::Bytes;
use heliograph_delivery::chunk_hash;
use heliograph_store::{OutboxRow, Step, TRANSFER_DROPPED, TransferRow};
use heliograph_wire::{Keep, LaneId, Op, Outcome, Put};

use super::{Running, disk};
use crate::engine::core::Core;
use crate::engine::detail::kind;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;

/// From the transfers into the queue of what is to be said.
fn queue(tx: &Step<'_>, row: &TransferRow) -> Result<(), EngineError> {
    tx.push_outbox(&OutboxRow {
        seq: 0,
        conversation: row.conversation,
        message: row.message,
        kind: kind::FILE,
        content: row.content.to_vec(),
        outgoing: None,
        sealed_by: row.sealed_by,
    })?;
    Ok(tx.remove_transfer(row.id)?)
}

impl Core {
    /// Reads, compares, seals and puts a chunk. What changed since the file was measured never
    /// leaves: half an old file and half a new one is neither.
    pub(super) fn put_chunk(&mut self, running: &Running, at: u32) -> Result<(), &'static str> {
        let (offset, _) = running.chunks.range(at);
        let label = running.chunks.label(at);
        let body = running.chunks.seal(at, &mut self.rng, |chunk| {
            if chunk.is_empty() {
                return Ok(());
            }
            let read = running.held.read_exact_at(chunk, offset);
            read.map_err(|error| disk::problem(&error))?;
            if running.hashes.get(at as usize) == Some(&chunk_hash(chunk)) {
                Ok(())
            } else {
                Err("file-changed")
            }
        })?;
        let put = Put {
            lane: LaneId(self.lane.0),
            label,
            keep: Keep::Fortnight,
            erase_hash: self.erase.hash(&label),
            token: Bytes::new(),
            body: body.ok_or("file-unusable")?,
        };
        self.request(Flight::Chunk(running.run, at), Op::Put(put));
        Ok(())
    }

    /// The board answered a put. *Taken* is as good as *stored*: nobody but this device knows the
    /// label before it is put, so what stands there is this chunk, put before a kill.
    pub(super) fn chunk_put(
        &mut self,
        running: &mut Running,
        at: u32,
        outcome: &Outcome,
    ) -> Result<(), &'static str> {
        if matches!(outcome, Outcome::Stored | Outcome::Same | Outcome::Taken) {
            running.mark(at);
        } else {
            running.todo.push(at);
        }
        Ok(())
    }

    /// Every chunk is stored: now, and not before, the others hear of the file.
    pub(super) fn say_file(&mut self, tx: &Step<'_>, row: &TransferRow) -> Result<(), EngineError> {
        queue(tx, row)?;
        self.with_live(tx, row.conversation, Self::pump)
    }

    /// A conversation ends: its files on their way out wait with whatever else is not said any more.
    pub(in crate::engine) fn give_up_files(
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<(), EngineError> {
        for row in tx.transfers()? {
            if row.conversation == conversation && row.sending && row.stage != TRANSFER_DROPPED {
                queue(tx, &row)?;
            }
        }
        Ok(())
    }
}
