//! First contacts under way, cards, and alarms.

use rusqlite::{Row, params};

use crate::{Step, StoreError, View};

/// A first contact that this device makes.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Number; ignored when inserting.
    pub id: i64,
    /// The conversation it will open.
    pub conversation: i64,
    /// State, opaque.
    pub detail: Vec<u8>,
}

/// A card that this person passes on.
#[derive(Clone, PartialEq, Eq)]
pub struct CardRow {
    /// Number; ignored when inserting.
    pub id: i64,
    /// State, opaque.
    pub detail: Vec<u8>,
    /// No longer good.
    pub revoked: bool,
}

/// Something a person must know about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlarmRow {
    /// Name in kebab-case.
    pub kind: String,
    /// Evidence, opaque.
    pub detail: Vec<u8>,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

fn contact(row: &Row<'_>) -> rusqlite::Result<ContactRow> {
    Ok(ContactRow {
        id: row.get(0)?,
        conversation: row.get(1)?,
        detail: row.get(2)?,
    })
}

fn card(row: &Row<'_>) -> rusqlite::Result<CardRow> {
    Ok(CardRow {
        id: row.get(0)?,
        detail: row.get(1)?,
        revoked: row.get(2)?,
    })
}

impl View<'_> {
    /// All first contacts under way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contacts(&self) -> Result<Vec<ContactRow>, StoreError> {
        self.all(
            "SELECT id, conversation, detail FROM contact ORDER BY id",
            [],
            contact,
        )
    }

    /// A first contact.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contact(&self, id: i64) -> Result<Option<ContactRow>, StoreError> {
        let sql = "SELECT id, conversation, detail FROM contact WHERE id = ?1";
        self.one(sql, [id], contact)
    }

    /// First contacts that open a conversation, or bring people into it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn contacts_of(&self, conversation: i64) -> Result<Vec<ContactRow>, StoreError> {
        let sql =
            "SELECT id, conversation, detail FROM contact WHERE conversation = ?1 ORDER BY id";
        self.all(sql, [conversation], contact)
    }

    /// All cards.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cards(&self) -> Result<Vec<CardRow>, StoreError> {
        self.all("SELECT id, detail, revoked FROM card ORDER BY id", [], card)
    }

    /// A card.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn card(&self, id: i64) -> Result<Option<CardRow>, StoreError> {
        self.one(
            "SELECT id, detail, revoked FROM card WHERE id = ?1",
            [id],
            card,
        )
    }

    /// All alarms, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn alarms(&self) -> Result<Vec<AlarmRow>, StoreError> {
        self.all(
            "SELECT kind, detail, at_ms FROM alarm ORDER BY id",
            [],
            |row| {
                Ok(AlarmRow {
                    kind: row.get(0)?,
                    detail: row.get(1)?,
                    at_ms: row.get(2)?,
                })
            },
        )
    }
}

impl Step<'_> {
    /// Adds a first contact; gives its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_contact(&self, row: &ContactRow) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO contact (conversation, detail) VALUES (?1, ?2)",
            params![row.conversation, row.detail],
        )?;
        Ok(self.inserted())
    }

    /// Writes its state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn update_contact(&self, row: &ContactRow) -> Result<(), StoreError> {
        self.run(
            "UPDATE contact SET detail = ?2 WHERE id = ?1",
            params![row.id, row.detail],
        )?;
        Ok(())
    }

    /// It is done.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_contact(&self, id: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM contact WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Adds a card; gives its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_card(&self, row: &CardRow) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO card (detail, revoked) VALUES (?1, ?2)",
            params![row.detail, row.revoked],
        )?;
        Ok(self.inserted())
    }

    /// Writes a card's state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn update_card(&self, row: &CardRow) -> Result<(), StoreError> {
        self.run(
            "UPDATE card SET detail = ?2, revoked = ?3 WHERE id = ?1",
            params![row.id, row.detail, row.revoked],
        )?;
        Ok(())
    }

    /// Forgets a card.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_card(&self, id: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM card WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Raises an alarm; the same alarm twice is one. True if it is new.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_alarm(&self, kind: &str, detail: &[u8], at_ms: i64) -> Result<bool, StoreError> {
        let changed = self.run(
            "INSERT INTO alarm (kind, detail, at_ms) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![kind, detail, at_ms],
        )?;
        Ok(changed == 1)
    }
}
