//! People a person wants to hear nothing from.

use rusqlite::params;

use crate::{Step, StoreError, View};

/// Somebody who is blocked.
#[derive(Clone, PartialEq, Eq)]
pub struct BlockedRow {
    /// The person.
    pub person: [u8; 32],
    /// Their name when they were blocked.
    pub name: String,
    /// When that was, Unix milliseconds.
    pub set_ms: i64,
}

impl View<'_> {
    /// Whether a person is blocked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_blocked(&self, person: &[u8; 32]) -> Result<bool, StoreError> {
        let count = self.number(
            "SELECT count(*) FROM blocked WHERE person = ?1 AND blocked = 1",
            [person],
        )?;
        Ok(count > 0)
    }

    /// Everybody who is blocked, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn blocked(&self) -> Result<Vec<BlockedRow>, StoreError> {
        self.all(
            "SELECT person, name, set_ms FROM blocked WHERE blocked = 1 ORDER BY set_ms DESC, person",
            [],
            |row| {
                Ok(BlockedRow {
                    person: row.get(0)?,
                    name: row.get(1)?,
                    set_ms: row.get(2)?,
                })
            },
        )
    }
}

impl Step<'_> {
    /// Blocks a person, or no longer; later than what was set before, even if the clock went back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn block(&self, row: &BlockedRow, blocked: bool) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO blocked (person, name, blocked, set_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET name = excluded.name, blocked = excluded.blocked,
             set_ms = max(excluded.set_ms, set_ms + 1)",
            params![row.person, row.name, blocked, row.set_ms],
        )?;
        Ok(())
    }
}
