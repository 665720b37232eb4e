//! Messages in board order.

use rusqlite::{Row, params};

use crate::{Life, Step, StoreError, View};

/// Place in the board's order, the same for every member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Order {
    /// Tick that counted it.
    pub tick: u64,
    /// Leaf of the sender.
    pub leaf: u32,
    /// Number in the sender's chain.
    pub n: u32,
}

impl Order {
    /// Before everything that a tick counted: what its commits changed.
    #[must_use]
    pub const fn start_of(tick: u64) -> Self {
        Self {
            tick,
            leaf: 0,
            n: 0,
        }
    }

    /// After everything that a tick counted.
    #[must_use]
    pub const fn end_of(tick: u64) -> Self {
        Self {
            tick,
            leaf: u32::MAX,
            n: u32::MAX,
        }
    }
}

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// The conversation.
    pub conversation: i64,
    /// Made by the sender.
    pub id: [u8; 16],
    /// Device of the sender.
    pub device: [u8; 32],
    /// Person of the sender.
    pub person: [u8; 32],
    /// Written by this profile's person.
    pub mine: bool,
    /// When the sender says it was written, Unix milliseconds.
    pub at_ms: i64,
    /// When it came to be here, Unix milliseconds.
    pub received_ms: i64,
    /// Kind, as the engine numbers them.
    pub kind: i64,
    /// Text, for kinds that have one.
    pub text: Option<String>,
    /// The original bytes.
    pub content: Vec<u8>,
    /// State, as the engine numbers them; only ever goes up.
    pub state: i64,
    /// Place in board order; none while it has not counted.
    pub order: Option<Order>,
    /// Seen by this profile's person.
    pub read: bool,
    /// The message it answers.
    pub in_reply_to: Option<[u8; 16]>,
    /// What was said about it.
    pub fate: Fate,
    /// How long it is here.
    pub life: Life,
}

/// What became of a message after it was said. A new one has the default.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Fate {
    /// The text is not the first one.
    pub edited: bool,
    /// Taken back by whoever wrote it; the place is kept.
    pub deleted: bool,
    /// This profile's person does not want to see it any more.
    pub hidden: bool,
    /// To be found at once, by everyone.
    pub pinned: bool,
}

/// A message's id and the device of its sender.
pub type Sent = ([u8; 16], [u8; 32]);

/// Stands for "no place yet": after every tick.
pub(crate) const NOWHERE: i64 = i64::MAX;
pub(crate) const COLUMNS: &str =
    "SELECT conversation, id, device, person, mine, at_ms, received_ms, kind,
    CASE WHEN sealed_by IS NULL THEN text ELSE opened(sealed_by, text) END,
    CASE WHEN sealed_by IS NULL THEN content ELSE coalesce(opened(sealed_by, content), x'') END,
    state, tick, leaf, n, read, in_reply_to, edited, deleted, hidden,
    pinned, sealed_by, timer_s, due_ms FROM message";
/// The message meant by an id (`?2`) in a conversation (`?1`): devices may use the same one.
const THE_ONE: &str = "id = ?2 AND conversation = ?1 ORDER BY mine DESC, seq LIMIT 1";

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let tick: i64 = row.get(11)?;
    let order = if tick == NOWHERE {
        None
    } else {
        Some(Order {
            tick: u64::try_from(tick).unwrap_or(0),
            leaf: row.get(12)?,
            n: row.get(13)?,
        })
    };
    Ok(MessageRow {
        conversation: row.get(0)?,
        id: row.get(1)?,
        device: row.get(2)?,
        person: row.get(3)?,
        mine: row.get(4)?,
        at_ms: row.get(5)?,
        received_ms: row.get(6)?,
        kind: row.get(7)?,
        text: row.get(8)?,
        content: row.get(9)?,
        state: row.get(10)?,
        order,
        read: row.get(14)?,
        in_reply_to: row.get(15)?,
        fate: Fate {
            edited: row.get(16)?,
            deleted: row.get(17)?,
            hidden: row.get(18)?,
            pinned: row.get(19)?,
        },
        life: Life {
            sealed_by: row.get(20)?,
            timer_s: row.get(21)?,
            due_ms: row.get(22)?,
        },
    })
}

pub(crate) fn place(order: Option<Order>) -> (i64, u32, u32) {
    order.map_or((NOWHERE, 0, 0), |o| {
        (i64::try_from(o.tick).unwrap_or(NOWHERE - 1), o.leaf, o.n)
    })
}

impl View<'_> {
    /// A message of a conversation; if several devices used the id, one's own, else the first that came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn message(
        &self,
        conversation: i64,
        id: &[u8; 16],
    ) -> Result<Option<MessageRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE {THE_ONE}");
        self.one(&sql, params![conversation, id], read)
    }

    /// A message by its id alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn message_by_id(&self, id: &[u8; 16]) -> Result<Option<MessageRow>, StoreError> {
        self.one(
            &format!("{COLUMNS} WHERE id = ?1 ORDER BY mine DESC, seq LIMIT 1"),
            [id],
            read,
        )
    }

    /// Messages to be seen after one (or from the first), in board order, those without a place last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn page(
        &self,
        conversation: i64,
        after: Option<&[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        const ORDER: &str = "ORDER BY tick, leaf, n, seq LIMIT";
        match after {
            None => self.all(
                &format!("{COLUMNS} WHERE conversation = ?1 AND hidden = 0 {ORDER} ?2"),
                params![conversation, limit],
                read,
            ),
            Some(id) => self.all(
                &format!(
                    "{COLUMNS} WHERE conversation = ?1 AND hidden = 0 AND (tick, leaf, n, seq) >
                     (SELECT tick, leaf, n, seq FROM message WHERE {THE_ONE})
                     {ORDER} ?3"
                ),
                params![conversation, id, limit],
                read,
            ),
        }
    }

    /// The last messages to be seen before one (or of all), in board order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn page_back(
        &self,
        conversation: i64,
        before: Option<&[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let place = match before {
            None => String::new(),
            Some(_) => format!(
                "AND (tick, leaf, n, seq) < (SELECT tick, leaf, n, seq FROM message WHERE {THE_ONE})"
            ),
        };
        let sql = format!(
            "{COLUMNS} WHERE conversation = ?1 AND hidden = 0 {place}
             ORDER BY tick DESC, leaf DESC, n DESC, seq DESC LIMIT ?3"
        );
        let mut rows = self.all(&sql, params![conversation, before, limit], read)?;
        rows.reverse();
        Ok(rows)
    }

    /// The last message to be seen in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last(&self, conversation: i64) -> Result<Option<MessageRow>, StoreError> {
        self.one(
            &format!(
                "{COLUMNS} WHERE conversation = ?1 AND hidden = 0
                 ORDER BY tick DESC, leaf DESC, n DESC, seq DESC LIMIT 1"
            ),
            [conversation],
            read,
        )
    }

    /// Messages of others not read yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unread(&self, conversation: i64) -> Result<u64, StoreError> {
        self.number(
            "SELECT count(*) FROM message WHERE conversation = ?1 AND read = 0 AND mine = 0",
            [conversation],
        )
    }
}

impl Step<'_> {
    /// Adds a message; false if this one is there already, and then nothing changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_message(&self, row: &MessageRow) -> Result<bool, StoreError> {
        let (tick, leaf, n) = place(row.order);
        let changed = self.run(
            "INSERT INTO message (conversation, id, device, person, mine, at_ms, received_ms, kind,
             text, content, state, read, tick, leaf, n, in_reply_to, sealed_by, timer_s, due_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, sealed(?17, ?9), sealed(?17, ?10), ?11, ?12, ?13,
             ?14, ?15, ?16, ?17, ?18, ?19)
             ON CONFLICT DO NOTHING",
            params![
                row.conversation,
                row.id,
                row.device,
                row.person,
                row.mine,
                row.at_ms,
                row.received_ms,
                row.kind,
                row.text,
                row.content,
                row.state,
                row.read,
                tick,
                leaf,
                n,
                row.in_reply_to,
                row.life.sealed_by,
                row.life.timer_s,
                row.life.due_ms
            ],
        )?;
        Ok(changed == 1)
    }

    /// Moves a message of one's own to a state, never back. True if it moved.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_message_state(
        &self,
        conversation: i64,
        id: &[u8; 16],
        state: i64,
    ) -> Result<bool, StoreError> {
        let changed = self.run(
            "UPDATE message SET state = ?3
             WHERE id = ?2 AND conversation = ?1 AND mine = 1 AND state < ?3",
            params![conversation, id, state],
        )?;
        Ok(changed > 0)
    }

    /// Another text of a message is the one to show.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_text(
        &self,
        conversation: i64,
        id: &[u8; 16],
        (text, edited): (Option<&str>, bool),
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET text = sealed(sealed_by, ?3), edited = ?4
             WHERE id = ?2 AND conversation = ?1 AND deleted = 0 AND hidden = 0",
            params![conversation, id, text, edited],
        )?;
        Ok(())
    }

    /// What a message said goes, for ever; its place stays. `deleted`: for everyone, else it is
    /// hidden here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn erase_message(
        &self,
        conversation: i64,
        id: &[u8; 16],
        deleted: bool,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET text = NULL, content = x'', in_reply_to = NULL, edited = 0, read = 1,
             pinned = 0, mentions = x'', sealed_by = NULL,
             deleted = deleted OR ?3, hidden = hidden OR NOT ?3
             WHERE id = ?2 AND conversation = ?1",
            params![conversation, id, deleted],
        )?;
        self.drop_transfer_of(conversation, id)?;
        Ok(())
    }

    /// Gives a message of one's own its place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_order(
        &self,
        conversation: i64,
        id: &[u8; 16],
        order: Order,
    ) -> Result<(), StoreError> {
        let (tick, leaf, n) = place(Some(order));
        self.run(
            "UPDATE message SET tick = ?3, leaf = ?4, n = ?5
             WHERE id = ?2 AND conversation = ?1 AND mine = 1",
            params![conversation, id, tick, leaf, n],
        )?;
        Ok(())
    }

    /// Marks messages of others as read, from one and up to one or all; gives those newly read. Their time begins.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mark_read(
        &self,
        conversation: i64,
        (from, upto): (Option<&[u8; 16]>, Option<&[u8; 16]>),
        now_ms: i64,
    ) -> Result<Vec<Sent>, StoreError> {
        self.still_open()?;
        self.all(
            &format!(
                "UPDATE message SET read = 1,
                 due_ms = CASE WHEN timer_s > 0 THEN min(due_ms, ?3 + timer_s * 1000) ELSE due_ms END
                 WHERE conversation = ?1 AND read = 0 AND mine = 0 AND (?2 IS NULL OR
                 (tick, leaf, n, seq) <= (SELECT tick, leaf, n, seq FROM message WHERE {THE_ONE})) AND (?4 IS NULL OR
                 (tick, leaf, n, seq) >= (SELECT tick, leaf, n, seq FROM message WHERE {}))
                 RETURNING id, device",
                THE_ONE.replace("?2", "?4")
            ),
            params![conversation, upto, now_ms, from],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}
