//! What is to be said and has not counted yet.

use rusqlite::{Row, params};

use crate::messages::{NOWHERE, place};
use crate::{Order, Step, StoreError, View};

/// A row of the outbox.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Order of writing; ignored when pushing.
    pub seq: i64,
    /// The conversation.
    pub conversation: i64,
    /// Id inside the content.
    pub message: [u8; 16],
    /// Kind, as the engine numbers them.
    pub kind: i64,
    /// Content to seal, whatever the epoch.
    pub content: Vec<u8>,
    /// Its sealed state, opaque; none while it is not sealed.
    pub outgoing: Option<Vec<u8>>,
    /// The key that seals all that here; none if it is kept for good.
    pub sealed_by: Option<i64>,
}

const COLUMNS: &str = "SELECT seq, conversation, message, kind,
    coalesce(opened(sealed_by, content), x''), opened(sealed_by, outgoing), sealed_by FROM outbox";

fn read(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        seq: row.get(0)?,
        conversation: row.get(1)?,
        message: row.get(2)?,
        kind: row.get(3)?,
        content: row.get(4)?,
        outgoing: row.get(5)?,
        sealed_by: row.get(6)?,
    })
}

impl View<'_> {
    /// Whether something still waits to be said, or to be counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_in_outbox(&self, message: &[u8; 16]) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM outbox WHERE message = ?1";
        Ok(self.number(sql, [message])? > 0)
    }

    /// The first rows of a conversation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox(&self, conversation: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE conversation = ?1 ORDER BY seq LIMIT ?2");
        self.all(&sql, params![conversation, limit], read)
    }

    /// The first row that is not sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_unsealed(&self, conversation: i64) -> Result<Option<OutboxRow>, StoreError> {
        let sql =
            format!("{COLUMNS} WHERE conversation = ?1 AND outgoing IS NULL ORDER BY seq LIMIT 1");
        self.one(&sql, [conversation], read)
    }

    /// The rows that are sealed, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sealed_outbox(&self, conversation: i64) -> Result<Vec<OutboxRow>, StoreError> {
        let sql =
            format!("{COLUMNS} WHERE conversation = ?1 AND outgoing IS NOT NULL ORDER BY seq");
        self.all(&sql, [conversation], read)
    }

    /// How many rows of a kind there are in conversations of these two states.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outbox_count(&self, kind: i64, states: [i64; 2]) -> Result<u64, StoreError> {
        self.number(
            "SELECT count(*) FROM outbox JOIN conversation ON conversation.id = conversation
             WHERE kind = ?1 AND state IN (?2, ?3)",
            params![kind, states[0], states[1]],
        )
    }

    /// Conversations with something to say.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversations_with_outbox(&self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT DISTINCT conversation FROM outbox ORDER BY conversation";
        self.all(sql, [], |row| row.get(0))
    }

    /// Conversations with something sealed on its way out, or a commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversations_under_way(&self) -> Result<Vec<i64>, StoreError> {
        self.all(
            "SELECT conversation FROM outbox WHERE outgoing IS NOT NULL
             UNION SELECT conversation FROM pending_commit",
            [],
            |row| row.get(0),
        )
    }
}

impl Step<'_> {
    /// Adds a row; gives its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn push_outbox(&self, row: &OutboxRow) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO outbox (conversation, message, kind, content, outgoing, sealed_by)
             VALUES (?1, ?2, ?3, sealed(?6, ?4), sealed(?6, ?5), ?6)",
            params![
                row.conversation,
                row.message,
                row.kind,
                row.content,
                row.outgoing,
                row.sealed_by
            ],
        )?;
        Ok(self.inserted())
    }

    /// Writes a row's sealed state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_outgoing(&self, seq: i64, outgoing: Option<&[u8]>) -> Result<(), StoreError> {
        self.run(
            "UPDATE outbox SET outgoing = sealed(sealed_by, ?2) WHERE seq = ?1",
            params![seq, outgoing],
        )?;
        Ok(())
    }

    /// Unseals every row of a conversation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_outgoing(&self, conversation: i64) -> Result<(), StoreError> {
        self.run(
            "UPDATE outbox SET outgoing = NULL
             WHERE conversation = ?1 AND outgoing IS NOT NULL",
            [conversation],
        )?;
        Ok(())
    }

    /// Takes out everything that a conversation still wanted to say. Its messages get a state, and
    /// a place at the end of `tick`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_up_outbox(
        &self,
        conversation: i64,
        (state, tick): (i64, u64),
    ) -> Result<(), StoreError> {
        let (tick, leaf, n) = place(Some(Order::end_of(tick)));
        self.run(
            "UPDATE message SET state = ?2, tick = ?3, leaf = ?4, n = ?5
             WHERE conversation = ?1 AND mine = 1 AND tick = ?6
             AND id IN (SELECT message FROM outbox WHERE conversation = ?1)",
            params![conversation, state, tick, leaf, n, NOWHERE],
        )?;
        self.run("DELETE FROM outbox WHERE conversation = ?1", [conversation])?;
        Ok(())
    }

    /// Removes a row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_outbox(&self, seq: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM outbox WHERE seq = ?1", [seq])?;
        Ok(())
    }
}
