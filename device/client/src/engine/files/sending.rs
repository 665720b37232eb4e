//! Files that go out.

use bytes::Bytes;
use heliograph_conversation::content::{Content, Kind};
use heliograph_delivery::{chunk_hash, file_hash};
use heliograph_store::{OutboxRow, Step, TRANSFER_DROPPED, TransferRow};
use heliograph_wire::{Body, Keep, LaneId, Op, Outcome, Put};
use zeroize::Zeroizing;

use super::marking::is_marked;
use super::{Running, disk};
use crate::engine::core::Core;
use crate::engine::detail::kind;
use crate::engine::errors::EngineError;
use crate::engine::flights::Flight;

/// From the transfers into the queue of what is to be said.
fn queue(tx: &Step<'_>, row: &TransferRow, content: &[u8]) -> Result<(), EngineError> {
    tx.push_outbox(&OutboxRow {
        seq: 0,
        conversation: row.conversation,
        message: row.message,
        kind: kind::FILE,
        content: content.to_vec(),
        outgoing: None,
        sealed_by: row.sealed_by,
    })?;
    Ok(tx.remove_transfer(row.id)?)
}

/// Chunks read again at once when a file was changed: whoever wrote to all of it is found out before the rest goes.
const SAMPLE: usize = 64;

impl Running {
    /// Whether nobody touched the file since it was taken up first. What is no file cannot change.
    pub(super) fn is_as_it_was(&mut self) -> bool {
        self.look_again();
        !self.changed
    }

    /// A picture that somebody touched does not go: what is left out of it was found in the bytes it had before.
    pub(super) fn may_still_go(&self) -> Result<(), &'static str> {
        if self.row.sending && self.changed && !self.row.recipe.is_empty() {
            return Err("file-changed");
        }
        Ok(())
    }

    /// Looks at the file; true if it looks otherwise than when it was last looked at.
    pub(super) fn look_again(&mut self) -> bool {
        let stamp = self.held.stamp();
        let other = stamp != self.stamp;
        self.changed |= other;
        self.stamp = stamp;
        other
    }

    /// Reads some of what is done again after a change, which may be one of its name alone.
    fn sample(&self, buffer: &mut Vec<u8>) -> Result<(), &'static str> {
        let done = (0..self.chunks.filled()).filter(|at| is_marked(&self.done, *at));
        for at in done.take(SAMPLE) {
            self.read_again(at, buffer)?;
        }
        Ok(())
    }

    /// Reads a chunk that is done again: it must be what it was.
    pub(super) fn read_again(&self, at: u32, buffer: &mut Vec<u8>) -> Result<(), &'static str> {
        let (offset, length) = self.chunks.range(at);
        buffer.resize(length, 0);
        let read = self.held.read_exact_at(buffer, offset);
        read.map_err(|error| disk::problem(&error))?;
        if self.hashes.get(at as usize) == Some(&chunk_hash(buffer)) {
            return Ok(());
        }
        Err(self.differs())
    }

    /// What it is called if it is not what it was, or was said to be.
    pub(super) fn differs(&self) -> &'static str {
        if self.row.sending {
            "file-changed"
        } else {
            "file-damaged"
        }
    }
}

/// What is said of a file whose hash is known now; its key is in it.
fn completed(running: &Running) -> Result<Zeroizing<Vec<u8>>, EngineError> {
    let mut content = Content::decode(&running.row.content).map_err(EngineError::bug)?;
    if let Kind::File { file, .. } = &mut content.kind {
        file.hash = file_hash(&running.hashes);
    }
    content
        .encode()
        .map(Zeroizing::new)
        .map_err(EngineError::bug)
}

impl Core {
    /// Reads, hashes, seals and puts a chunk. A file that somebody touched meanwhile is read again before it is said:
    /// half an old file and half a new one is neither.
    pub(super) fn put_chunk(&mut self, running: &mut Running, at: u32) -> Result<(), &'static str> {
        if running.look_again() {
            running.may_still_go()?;
            running.sample(&mut self.files.buffer)?;
        }
        let (offset, _) = running.chunks.range(at);
        let (held, place) = (&running.held, running.hashes.get_mut(at as usize));
        let body = running.chunks.seal(at, &mut self.rng, |chunk| {
            let Some(place) = place else {
                return Ok(());
            };
            let read = held.read_exact_at(chunk, offset);
            read.map_err(|error| disk::problem(&error))?;
            let hash = chunk_hash(chunk);
            if *place != [0; 32] && *place != hash {
                // It went once before, and may stand on the board as it was.
                return Err("file-changed");
            }
            *place = hash;
            Ok(())
        })?;
        self.send_chunk(running, (at, body.ok_or("file-unusable")?));
        Ok(())
    }

    /// Puts a chunk that is sealed.
    pub(super) fn send_chunk(&mut self, running: &Running, (at, body): (u32, Body)) {
        let label = running.chunks.label(at);
        let put = Put {
            lane: LaneId(self.lane.0),
            label,
            keep: Keep::Fortnight,
            erase_hash: self.erase.hash(&label),
            token: Bytes::new(),
            body,
        };
        self.request(Flight::Chunk(running.run, at), Op::Put(put));
    }

    /// The board answered a put. *Taken* is as good as *stored*: nobody but this device knows the
    /// label before it is put, so what stands there is this chunk, put before a kill; of a file that somebody touched
    /// since it may be another.
    pub(super) fn chunk_put(
        &mut self,
        running: &mut Running,
        at: u32,
        outcome: &Outcome,
    ) -> Result<(), &'static str> {
        match outcome {
            Outcome::Taken if !running.is_as_it_was() => return Err("file-changed"),
            Outcome::Stored | Outcome::Same | Outcome::Taken => running.mark(at),
            _ => running.todo.push(at),
        }
        Ok(())
    }

    /// Every chunk is stored: now, and not before, the others hear of the file.
    pub(super) fn say_file(&mut self, tx: &Step<'_>, running: &Running) -> Result<(), EngineError> {
        let row = &running.row;
        let content = completed(running)?;
        tx.set_content(row.conversation, &row.message, &content)?;
        queue(tx, row, &content)?;
        self.with_live(tx, row.conversation, Self::pump)
    }

    /// A conversation ends: its files on their way out wait with whatever else is not said any more.
    pub(in crate::engine) fn give_up_files(
        tx: &Step<'_>,
        conversation: i64,
    ) -> Result<(), EngineError> {
        for row in tx.transfers()? {
            if row.conversation == conversation && row.sending && row.stage != TRANSFER_DROPPED {
                queue(tx, &row, &row.content)?;
            }
        }
        Ok(())
    }
}
