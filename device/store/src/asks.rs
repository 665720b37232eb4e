//! People who ask to be let into a group.

use rusqlite::{Row, params};

use crate::{Step, StoreError, View};

/// Somebody who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct AskRow {
    /// The group.
    pub conversation: i64,
    /// The person.
    pub person: [u8; 32],
    /// Their name.
    pub name: String,
    /// A card at which they can be invited.
    pub card: String,
    /// When they asked, Unix milliseconds.
    pub at_ms: i64,
    /// They were turned away.
    pub refused: bool,
}

const COLUMNS: &str = "SELECT conversation, person, name, card, at_ms, refused FROM ask";

fn read(row: &Row<'_>) -> rusqlite::Result<AskRow> {
    Ok(AskRow {
        conversation: row.get(0)?,
        person: row.get(1)?,
        name: row.get(2)?,
        card: row.get(3)?,
        at_ms: row.get(4)?,
        refused: row.get(5)?,
    })
}

impl View<'_> {
    /// Everybody who ever asked to be let into a group and was not, the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn asks(&self, conversation: i64) -> Result<Vec<AskRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE conversation = ?1 ORDER BY at_ms, person");
        self.all(&sql, [conversation], read)
    }
}

impl Step<'_> {
    /// Writes down who asks, in the place of what they asked before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_ask(&self, row: &AskRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO ask (conversation, person, name, card, at_ms, refused)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.conversation,
                row.person,
                row.name,
                row.card,
                row.at_ms,
                row.refused
            ],
        )?;
        Ok(())
    }

    /// Forgets who asked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_ask(&self, conversation: i64, person: &[u8; 32]) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM ask WHERE conversation = ?1 AND person = ?2",
            params![conversation, person],
        )?;
        Ok(())
    }
}
