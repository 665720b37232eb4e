//! Messages a person wants to find again; and a conversation emptied.

use rusqlite::params;

use crate::search::{Found, Piece};
use crate::{Step, StoreError, View};

/// Of a text so many characters are given.
const SHOWN_CHARS: i64 = 400;

impl View<'_> {
    /// Whether a message is to be found again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_starred(&self, conversation: i64, message: &[u8; 16]) -> Result<bool, StoreError> {
        let count = self.number(
            "SELECT count(*) FROM star WHERE conversation = ?1 AND message = ?2 AND starred = 1",
            params![conversation, message],
        )?;
        Ok(count > 0)
    }

    /// Messages to be found again, of all conversations or one, the latest mark first. `beyond` is
    /// where an earlier page ended: [`Found::seq`] of its last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn starred(
        &self,
        conversation: Option<i64>,
        (beyond, limit): (Option<i64>, u32),
    ) -> Result<Vec<Found>, StoreError> {
        self.all(
            "SELECT s.set_ms, m.conversation, m.id, m.person, m.mine, m.at_ms, substr(opened(m.sealed_by, m.text), 1, ?4)
             FROM star s JOIN message m ON m.conversation = s.conversation AND m.id = s.message
             WHERE s.starred = 1 AND (?1 IS NULL OR s.conversation = ?1)
             AND (?2 IS NULL OR s.set_ms < ?2)
             ORDER BY s.set_ms DESC LIMIT ?3",
            params![conversation, beyond, limit, SHOWN_CHARS],
            |row| {
                let text: Option<String> = row.get(6)?;
                let piece = text.map(|text| Piece { text, hit: false });
                Ok(Found {
                    seq: row.get(0)?,
                    conversation: row.get(1)?,
                    id: row.get(2)?,
                    person: row.get(3)?,
                    mine: row.get(4)?,
                    at_ms: row.get(5)?,
                    snippet: piece.into_iter().collect(),
                })
            },
        )
    }
}

impl Step<'_> {
    /// Marks a message to be found again, or takes the mark back. Every mark is later than all
    /// before it, even if the clock went back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn star(
        &self,
        conversation: i64,
        message: &[u8; 16],
        (starred, now_ms): (bool, i64),
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO star (conversation, message, starred, set_ms)
             VALUES (?1, ?2, ?3, max(?4, (SELECT coalesce(max(set_ms), 0) + 1 FROM star)))
             ON CONFLICT DO UPDATE SET starred = excluded.starred, set_ms = excluded.set_ms
             WHERE starred IS NOT excluded.starred",
            params![conversation, message, starred, now_ms],
        )?;
        Ok(())
    }

    /// What was said in a conversation goes from this device; places stay, so that nothing comes back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn empty_conversation(&self, conversation: i64) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET text = NULL, content = x'', in_reply_to = NULL, edited = 0, read = 1,
             pinned = 0, mentions = x'', hidden = 1, sealed_by = NULL WHERE conversation = ?1",
            [conversation],
        )?;
        // What goes out still goes.
        self.drop_incoming_transfers(conversation)?;
        // What this person said about messages and is on its way still has to be found when it counts.
        self.run(
            "DELETE FROM annotation WHERE conversation = ?1 AND NOT EXISTS
             (SELECT 1 FROM outbox o WHERE o.conversation = ?1 AND o.message = annotation.id)",
            [conversation],
        )?;
        Ok(())
    }
}
