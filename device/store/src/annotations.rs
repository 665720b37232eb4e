//! What is said about messages, in board order: kept apart from them, for it may come before them.

use rusqlite::{Row, params};

use crate::messages::{NOWHERE, place};
use crate::{Order, Step, StoreError, View};

/// Something said about a message.
#[derive(Clone, PartialEq, Eq)]
pub struct AnnotationRow {
    /// Order of coming here; ignored when adding.
    pub seq: i64,
    /// The conversation.
    pub conversation: i64,
    /// Its own id, made by its sender.
    pub id: [u8; 16],
    /// Id of the message it is about.
    pub target: [u8; 16],
    /// Device of the sender.
    pub device: [u8; 32],
    /// Person of the sender.
    pub person: [u8; 32],
    /// Of this profile's person.
    pub mine: bool,
    /// When the sender says it was made, Unix milliseconds.
    pub at_ms: i64,
    /// Kind, as the engine numbers them.
    pub kind: i64,
    /// A text or a sign.
    pub body: String,
    /// Ids of people that the text names, one after the other.
    pub mentions: Vec<u8>,
    /// State, as the engine numbers them; only ever goes up.
    pub state: i64,
    /// Place in board order; none while it has not counted.
    pub order: Option<Order>,
    /// The key that seals it; none if it stays.
    pub sealed_by: Option<i64>,
    /// When it goes if the message has not come by then, Unix milliseconds.
    pub due_ms: Option<i64>,
    /// Of an edit: the oldest message that it may change, by the message's own time, Unix milliseconds; any if none.
    pub oldest_ms: Option<i64>,
}

const COLUMNS: &str = "SELECT seq, conversation, id, target, device, person, mine, at_ms, kind,
    coalesce(opened(sealed_by, body), ''), state, tick, leaf, n, mentions, sealed_by, due_ms, oldest_ms
    FROM annotation";

fn read(row: &Row<'_>) -> rusqlite::Result<AnnotationRow> {
    let tick: i64 = row.get(11)?;
    let (leaf, n) = (row.get(12)?, row.get(13)?);
    Ok(AnnotationRow {
        seq: row.get(0)?,
        conversation: row.get(1)?,
        id: row.get(2)?,
        target: row.get(3)?,
        device: row.get(4)?,
        person: row.get(5)?,
        mine: row.get(6)?,
        at_ms: row.get(7)?,
        kind: row.get(8)?,
        body: row.get(9)?,
        mentions: row.get(14)?,
        state: row.get(10)?,
        sealed_by: row.get(15)?,
        due_ms: row.get(16)?,
        oldest_ms: row.get(17)?,
        order: (tick != NOWHERE).then(|| Order {
            tick: u64::try_from(tick).unwrap_or(0),
            leaf,
            n,
        }),
    })
}

impl View<'_> {
    /// All that is said about a message, in board order, what has no place last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn annotations(
        &self,
        conversation: i64,
        target: &[u8; 16],
    ) -> Result<Vec<AnnotationRow>, StoreError> {
        self.all(
            &format!(
                "{COLUMNS} WHERE conversation = ?1 AND target = ?2 ORDER BY tick, leaf, n, seq"
            ),
            params![conversation, target],
            read,
        )
    }

    /// One by its own id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn annotation_by_id(&self, id: &[u8; 16]) -> Result<Option<AnnotationRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE id = ?1 ORDER BY mine DESC, seq LIMIT 1");
        self.one(&sql, [id], read)
    }

    /// Messages about which this person said something that has not counted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn annotated_meanwhile(&self, conversation: i64) -> Result<Vec<[u8; 16]>, StoreError> {
        self.all(
            "SELECT DISTINCT target FROM annotation
             WHERE conversation = ?1 AND mine = 1 AND tick = ?2",
            params![conversation, NOWHERE],
            |row| row.get(0),
        )
    }
}

impl Step<'_> {
    /// Adds one; false if it is there already, and then nothing changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_annotation(&self, row: &AnnotationRow) -> Result<bool, StoreError> {
        let (tick, leaf, n) = place(row.order);
        let changed = self.run(
            "INSERT INTO annotation (conversation, id, target, device, person, mine, at_ms, kind,
             body, state, tick, leaf, n, mentions, sealed_by, due_ms, oldest_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, sealed(?15, ?9), ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT DO NOTHING",
            params![
                row.conversation,
                row.id,
                row.target,
                row.device,
                row.person,
                row.mine,
                row.at_ms,
                row.kind,
                row.body,
                row.state,
                tick,
                leaf,
                n,
                row.mentions,
                row.sealed_by,
                row.due_ms,
                row.oldest_ms
            ],
        )?;
        Ok(changed == 1)
    }

    /// Moves one of one's own to a state, never back, and gives it a place if it has one now. True
    /// if it moved.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settle_annotation(
        &self,
        conversation: i64,
        id: &[u8; 16],
        (state, order): (i64, Option<Order>),
    ) -> Result<bool, StoreError> {
        let (tick, leaf, n) = place(order);
        let changed = self.run(
            "UPDATE annotation SET state = ?3, tick = ?4, leaf = ?5, n = ?6
             WHERE id = ?2 AND conversation = ?1 AND mine = 1 AND state < ?3",
            params![conversation, id, state, tick, leaf, n],
        )?;
        Ok(changed > 0)
    }

    /// Says which messages an edit of this person's may change.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn bound_edit(&self, id: &[u8; 16], oldest_ms: i64) -> Result<(), StoreError> {
        self.run(
            "UPDATE annotation SET oldest_ms = ?2 WHERE id = ?1 AND mine = 1",
            params![id, oldest_ms],
        )?;
        Ok(())
    }

    /// What one said about messages and had no place yet gets a state, and a place at the end of
    /// `tick`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn give_up_annotations(
        &self,
        conversation: i64,
        (state, tick): (i64, u64),
    ) -> Result<(), StoreError> {
        let (tick, leaf, n) = place(Some(Order::end_of(tick)));
        self.run(
            "UPDATE annotation SET state = ?2, tick = ?3, leaf = ?4, n = ?5
             WHERE conversation = ?1 AND mine = 1 AND tick = ?6",
            params![conversation, state, tick, leaf, n, NOWHERE],
        )?;
        Ok(())
    }

    /// Forgets one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_annotation(&self, seq: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM annotation WHERE seq = ?1", [seq])?;
        Ok(())
    }

    /// Forgets what a person said about messages that are not here, but for the newest `most` in
    /// board order. Whether a message is here is judged by those that count, so that all members
    /// judge alike.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn bound_annotations(
        &self,
        conversation: i64,
        (person, most): (&[u8; 32], u32),
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM annotation WHERE seq IN (
             SELECT seq FROM annotation AS a
             WHERE conversation = ?1 AND person = ?2 AND tick < ?4 AND NOT EXISTS (
                 SELECT 1 FROM message AS m
                 WHERE m.id = a.target AND m.conversation = ?1 AND m.tick < ?4)
             ORDER BY tick DESC, leaf DESC, n DESC, seq DESC LIMIT -1 OFFSET ?3)",
            params![conversation, person, most, NOWHERE],
        )?;
        Ok(())
    }
}
