//! Pinned messages, and messages that name people.

use rusqlite::params;

use crate::messages::{COLUMNS, read};
use crate::{MessageRow, Step, StoreError, View};

impl View<'_> {
    /// Pinned messages of a conversation, the latest one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pinned(&self, conversation: i64, limit: u32) -> Result<Vec<MessageRow>, StoreError> {
        self.all(
            &format!(
                "{COLUMNS} WHERE conversation = ?1 AND pinned = 1 AND hidden = 0
                 ORDER BY tick DESC, leaf DESC, n DESC, seq DESC LIMIT ?2"
            ),
            params![conversation, limit],
            read,
        )
    }

    /// Ids of the people that a message names, one after the other.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mentions(&self, conversation: i64, id: &[u8; 16]) -> Result<Vec<u8>, StoreError> {
        let found = self.one(
            "SELECT mentions FROM message WHERE id = ?2 AND conversation = ?1
             ORDER BY mine DESC, seq LIMIT 1",
            params![conversation, id],
            |row| row.get(0),
        )?;
        Ok(found.unwrap_or_default())
    }

    /// Messages of others not read yet that name a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unread_naming(&self, conversation: i64, person: &[u8; 32]) -> Result<u64, StoreError> {
        self.number(
            "SELECT count(*) FROM message
             WHERE conversation = ?1 AND read = 0 AND mine = 0 AND mentions <> x''
             AND instr(mentions, ?2) > 0",
            params![conversation, person],
        )
    }
}

impl Step<'_> {
    /// Pins a message or takes the pin off.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_pinned(
        &self,
        conversation: i64,
        id: &[u8; 16],
        pinned: bool,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET pinned = ?3
             WHERE id = ?2 AND conversation = ?1 AND deleted = 0 AND hidden = 0",
            params![conversation, id, pinned],
        )?;
        Ok(())
    }

    /// Other people are the ones whom a message names.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_mentions(
        &self,
        conversation: i64,
        id: &[u8; 16],
        mentions: &[u8],
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET mentions = ?3
             WHERE id = ?2 AND conversation = ?1 AND deleted = 0 AND hidden = 0 AND mentions <> ?3",
            params![conversation, id, mentions],
        )?;
        Ok(())
    }
}
