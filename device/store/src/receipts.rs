//! Receipts to send, and acknowledgements received.

use rusqlite::params;

use crate::{Sent, Step, StoreError, View};

/// A receipt to send.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The conversation.
    pub conversation: i64,
    /// The message.
    pub message: [u8; 16],
    /// Device of the message's sender.
    pub device: [u8; 32],
    /// Level, as the engine numbers them.
    pub kind: i64,
    /// When, Unix milliseconds.
    pub due_ms: i64,
}

impl View<'_> {
    /// Receipts whose time has come, by conversation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn receipts_due(&self, now_ms: i64, limit: u32) -> Result<Vec<ReceiptRow>, StoreError> {
        self.all(
            "SELECT conversation, message, device, kind, due_ms FROM receipt_due
             WHERE due_ms <= ?1 ORDER BY conversation, due_ms LIMIT ?2",
            params![now_ms, limit],
            |row| {
                Ok(ReceiptRow {
                    conversation: row.get(0)?,
                    message: row.get(1)?,
                    device: row.get(2)?,
                    kind: row.get(3)?,
                    due_ms: row.get(4)?,
                })
            },
        )
    }

    /// When the next receipt is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_receipt_due(&self) -> Result<Option<i64>, StoreError> {
        let found = self.one("SELECT min(due_ms) FROM receipt_due", [], |row| row.get(0))?;
        Ok(found.flatten())
    }

    /// Who acknowledged a message, and how far.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acks(
        &self,
        conversation: i64,
        message: &[u8; 16],
    ) -> Result<Vec<([u8; 32], i64)>, StoreError> {
        self.all(
            "SELECT device, level FROM ack WHERE conversation = ?1 AND message = ?2",
            params![conversation, message],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Messages of which a device is waited for, or has not acknowledged the furthest (level 2), with its level.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_acks(
        &self,
        conversation: i64,
        device: &[u8; 32],
    ) -> Result<Vec<([u8; 16], i64)>, StoreError> {
        self.all(
            "SELECT message, level FROM ack WHERE conversation = ?1 AND device = ?2 AND level < 2",
            params![conversation, device],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The newest messages of others that can be seen, but for those of a kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest_of_others(
        &self,
        conversation: i64,
        (but_kind, limit): (i64, u32),
    ) -> Result<Vec<Sent>, StoreError> {
        self.all(
            "SELECT id, device FROM message
             WHERE conversation = ?1 AND mine = 0 AND hidden = 0 AND kind <> ?2
             ORDER BY tick DESC, leaf DESC, n DESC, seq DESC LIMIT ?3",
            params![conversation, but_kind, limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}

impl Step<'_> {
    /// Plans a receipt; a second plan for the same changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_receipt(&self, row: &ReceiptRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO receipt_due VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                row.conversation,
                row.message,
                row.device,
                row.kind,
                row.due_ms
            ],
        )?;
        Ok(())
    }

    /// A receipt is on its way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_receipt(&self, row: &ReceiptRow) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM receipt_due
             WHERE conversation = ?1 AND message = ?2 AND device = ?3 AND kind = ?4",
            params![row.conversation, row.message, row.device, row.kind],
        )?;
        Ok(())
    }

    /// Nobody waits for a device any more that has acknowledged nothing yet (level 0).
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_awaited(&self, conversation: i64, device: &[u8; 32]) -> Result<(), StoreError> {
        // The second bound says nothing new; by it the index of open ones is found.
        self.run(
            "DELETE FROM ack WHERE conversation = ?1 AND device = ?2 AND level = 0 AND level < 2",
            params![conversation, device],
        )?;
        Ok(())
    }

    /// A device acknowledged a message, or is waited for (level 0); only ever further.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_ack(
        &self,
        conversation: i64,
        message: &[u8; 16],
        device: &[u8; 32],
        level: i64,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO ack VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET level = max(level, ?4)",
            params![conversation, message, device, level],
        )?;
        Ok(())
    }
}
