//! Messages that go by themselves: when, and that they do.

use rusqlite::params;

use crate::{Step, StoreError, View};

/// How long a message is here.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Life {
    /// The key that seals it, from [`Step::take_key`]; none for one that stays.
    pub sealed_by: Option<i64>,
    /// How long it stays once it is read or sent, seconds; 0 for good.
    pub timer_s: u32,
    /// When it goes, Unix milliseconds.
    pub due_ms: Option<i64>,
}

impl View<'_> {
    /// When the next thing goes, Unix milliseconds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let due = self.one(
            "SELECT min(due_ms) FROM (SELECT min(due_ms) AS due_ms FROM message WHERE due_ms IS NOT NULL
             UNION ALL SELECT min(due_ms) FROM annotation WHERE due_ms IS NOT NULL
             UNION ALL SELECT min(due_ms) FROM keeping WHERE due_ms IS NOT NULL)",
            [],
            |row| row.get(0),
        )?;
        Ok(due.flatten())
    }
}

impl Step<'_> {
    /// What was written down in the open is sealed before it leaves, with all that is kept of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn seal_anew(
        &self,
        conversation: i64,
        (id, key): (&[u8; 16], i64),
    ) -> Result<(), StoreError> {
        for sql in [
            "UPDATE message SET text = sealed(?3, text), content = sealed(?3, content), sealed_by = ?3
             WHERE conversation = ?1 AND id = ?2 AND mine = 1 AND sealed_by IS NULL",
            "UPDATE annotation SET body = sealed(?3, body), sealed_by = ?3
             WHERE conversation = ?1 AND id = ?2 AND mine = 1 AND sealed_by IS NULL",
            "UPDATE outbox SET content = sealed(?3, content), outgoing = sealed(?3, outgoing), sealed_by = ?3
             WHERE conversation = ?1 AND message = ?2 AND sealed_by IS NULL",
        ] {
            self.run(sql, params![conversation, id, key])?;
        }
        Ok(())
    }

    /// A message of one's own was sent: its time begins.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn start_timer(
        &self,
        conversation: i64,
        id: &[u8; 16],
        (timer_s, now_ms): (u32, i64),
    ) -> Result<(), StoreError> {
        let due_ms = now_ms.saturating_add(i64::from(timer_s) * 1_000);
        self.run(
            "UPDATE message SET timer_s = ?3, due_ms = ?4
             WHERE conversation = ?1 AND id = ?2 AND mine = 1",
            params![conversation, id, timer_s, due_ms],
        )?;
        Ok(())
    }

    /// Everything whose time is up goes, at most `limit` messages of it, with all that was said about them. Their
    /// keys are destroyed right after the step. Gives the conversation of each that went.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn expire(&self, now_ms: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let due: Vec<(i64, [u8; 16])> = self.all(
            "SELECT conversation, id FROM message WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2",
            params![now_ms, limit],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (conversation, id) in &due {
            self.run(
                "DELETE FROM outbox WHERE conversation = ?1 AND message IN
                 (SELECT id FROM annotation WHERE conversation = ?1 AND target = ?2 AND mine = 1)",
                params![conversation, id],
            )?;
            self.run(
                "DELETE FROM annotation WHERE conversation = ?1 AND target = ?2",
                params![conversation, id],
            )?;
            self.drop_transfer_of(*conversation, id)?;
            self.run(
                "DELETE FROM message WHERE conversation = ?1 AND id = ?2 AND due_ms <= ?3",
                params![conversation, id, now_ms],
            )?;
        }
        // What is said about a message that stays, stays with it.
        self.run(
            "UPDATE annotation SET due_ms = NULL WHERE due_ms <= ?1 AND EXISTS (SELECT 1 FROM message m
             WHERE m.conversation = annotation.conversation AND m.id = annotation.target)",
            [now_ms],
        )?;
        self.run("DELETE FROM annotation WHERE due_ms <= ?1", [now_ms])?;
        let drafts: Vec<i64> = self.all(
            "UPDATE keeping SET text = '', sealed_by = NULL, due_ms = NULL WHERE due_ms <= ?1
             RETURNING conversation",
            [now_ms],
            |row| row.get(0),
        )?;
        let messages = due.into_iter().map(|(conversation, _)| conversation);
        Ok(messages.chain(drafts).collect())
    }
}
