//! Files that are passed on: chunk by chunk from the board and back to it, under another key.
//!
//! Nothing of them touches the disk, and the two messages share no label and no key. What came must be what the first
//! message said, or nobody hears of the second.

use heliograph_conversation::content::More;
use heliograph_delivery::{FileChunks, chunk_hash, file_hash};
use heliograph_store::{ConversationRow, MessageRow, Step, TransferRow};
use heliograph_wire::Outcome;
use zeroize::Zeroizing;

use super::Running;
use super::asking::{check_room, pointer};
use super::held::Held;
use super::writing_down::said;
use crate::engine::core::Core;
use crate::engine::errors::EngineError;
use crate::{Changed, ConversationId, MessageId, Refusal};

impl Running {
    /// The chunks that are fetched: its own, or those that it is passed on from.
    pub(super) fn fetched(&self) -> Option<&FileChunks> {
        match &self.held {
            Held::Board(origin) => Some(origin),
            Held::Disk(_) | Held::Memory(_) => (!self.row.sending).then_some(&self.chunks),
        }
    }

    /// Whether a file that is passed on is what its first message said. What goes out from here is what it is.
    pub(super) fn is_what_was_said(&self) -> bool {
        self.row.origin.is_none() || file_hash(&self.hashes) == self.row.hash
    }
}

impl Core {
    /// Writes the file of a message down for another conversation.
    pub(in crate::engine) fn pass_file_on(
        &mut self,
        tx: &Step<'_>,
        message: &MessageRow,
        (row, forwarded): (&ConversationRow, String),
    ) -> Result<MessageId, EngineError> {
        check_room(tx)?;
        let own = tx.transfer_of(message.conversation, &message.id)?;
        if own.is_some_and(|transfer| transfer.sending) {
            return Err(Refusal::unchanged(
                "file-on-its-way",
                "This file is not all on the board yet.",
                "Pass it on once it is sent.",
            )
            .into());
        }
        let (mut file, caption) = pointer(message)?;
        let transfer = TransferRow {
            key: Zeroizing::new(self.random()),
            origin: Some(Zeroizing::new(file.key)),
            size: file.size,
            hash: file.hash,
            ..TransferRow::default()
        };
        file.key = *transfer.key;
        let more = More {
            forwarded: Some(forwarded),
            ..More::default()
        };
        let said = said(file, caption, (None, more));
        let (_, made) = self.going_out(tx, row.id, (said, transfer))?;
        let id = ConversationId(row.public);
        self.out.changes.push(Changed::Conversation(id));
        Ok(MessageId(made))
    }

    /// The board answered about a chunk that is passed on: it came and goes back, or it is back.
    pub(super) fn chunk_passed(
        &mut self,
        running: &mut Running,
        at: u32,
        outcome: &Outcome,
    ) -> Result<(), &'static str> {
        let found = match outcome {
            Outcome::Found(found) => found,
            Outcome::Stored | Outcome::Same | Outcome::Taken => {
                return self.chunk_put(running, at, outcome);
            }
            // Absent, or erased by whoever put it.
            _ => return Err("file-gone"),
        };
        let origin = running.fetched().ok_or("file-unusable")?;
        let opened = origin.open(at, &found.body, &mut self.files.buffer);
        let chunk = opened.ok_or("file-damaged")?;
        let hash = chunk_hash(chunk);
        let known = running.hashes.get_mut(at as usize);
        if known
            .as_ref()
            .is_some_and(|known| **known != [0; 32] && **known != hash)
        {
            // It stands on the board already, and was another.
            return Err("file-damaged");
        }
        if let Some(known) = known {
            *known = hash;
        }
        let body = running.chunks.seal(at, &mut self.rng, |place| {
            // Both are of one size, so a place is as long here as there.
            place.copy_from_slice(chunk);
            Ok::<_, &str>(())
        })?;
        self.send_chunk(running, (at, body.ok_or("file-unusable")?));
        running.flying.insert(at, self.now);
        Ok(())
    }
}
