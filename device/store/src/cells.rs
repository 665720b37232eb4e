//! Sealed cells on their way to the board, those of messages put before, and erasures.

use rusqlite::{Row, params};

use crate::{Step, StoreError, View};

/// A sealed cell that is not a message's fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct CellOut {
    /// One-time label.
    pub label: [u8; 32],
    /// Lane.
    pub lane: u32,
    /// Keep, as on the wire.
    pub keep: u8,
    /// Erase-hash.
    pub erase_hash: [u8; 32],
    /// Sealed bytes; repeated exactly.
    pub body: Vec<u8>,
    /// What it is for, as the engine numbers them.
    pub purpose: i64,
    /// Whose it is, within the purpose.
    pub owner: i64,
    /// The board holds it.
    pub stored: bool,
}

/// A cell to erase when its time comes.
#[derive(Clone, PartialEq, Eq)]
pub struct ErasureRow {
    /// Label of the cell.
    pub label: [u8; 32],
    /// Lane.
    pub lane: u32,
    /// Erase key.
    pub key: [u8; 32],
    /// Claim id; repeated exactly.
    pub claim: [u8; 16],
    /// When, Unix milliseconds.
    pub due_ms: i64,
}

const COLUMNS: &str =
    "SELECT label, lane, keep, erase_hash, body, purpose, owner, stored FROM cell_out";

fn read(row: &Row<'_>) -> rusqlite::Result<CellOut> {
    Ok(CellOut {
        label: row.get(0)?,
        lane: row.get(1)?,
        keep: row.get(2)?,
        erase_hash: row.get(3)?,
        body: row.get(4)?,
        purpose: row.get(5)?,
        owner: row.get(6)?,
        stored: row.get(7)?,
    })
}

impl View<'_> {
    /// An outgoing cell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cell_out(&self, label: &[u8; 32]) -> Result<Option<CellOut>, StoreError> {
        self.one(&format!("{COLUMNS} WHERE label = ?1"), [label], read)
    }

    /// Outgoing cells of an owner, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn cells_out(&self, purpose: i64, owner: i64) -> Result<Vec<CellOut>, StoreError> {
        let sql = format!("{COLUMNS} WHERE purpose = ?1 AND owner = ?2 ORDER BY seq");
        self.all(&sql, [purpose, owner], read)
    }

    /// How many outgoing cells of an owner the board does not hold yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unstored_of(&self, purpose: i64, owner: i64) -> Result<u64, StoreError> {
        self.number(
            "SELECT count(*) FROM cell_out WHERE purpose = ?1 AND owner = ?2 AND stored = 0",
            [purpose, owner],
        )
    }

    /// Outgoing cells that the board does not hold yet, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn unstored_cells(&self, limit: u32) -> Result<Vec<CellOut>, StoreError> {
        let sql = format!("{COLUMNS} WHERE stored = 0 ORDER BY seq LIMIT ?1");
        self.all(&sql, [limit], read)
    }

    /// Erasures whose time has come.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn erasures_due(&self, now_ms: i64, limit: u32) -> Result<Vec<ErasureRow>, StoreError> {
        self.all(
            "SELECT label, lane, key, claim, due_ms FROM erasure
             WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2",
            params![now_ms, limit],
            |row| {
                Ok(ErasureRow {
                    label: row.get(0)?,
                    lane: row.get(1)?,
                    key: row.get(2)?,
                    claim: row.get(3)?,
                    due_ms: row.get(4)?,
                })
            },
        )
    }

    /// When the next erasure is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_erasure(&self) -> Result<Option<i64>, StoreError> {
        let found = self.one("SELECT min(due_ms) FROM erasure", [], |row| row.get(0))?;
        Ok(found.flatten())
    }

    /// Labels under which a message was put.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sent_cells(
        &self,
        conversation: i64,
        message: &[u8; 16],
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        self.all(
            "SELECT label FROM sent_cell WHERE conversation = ?1 AND message = ?2",
            params![conversation, message],
            |row| row.get(0),
        )
    }
}

impl Step<'_> {
    /// Adds an outgoing cell.
    ///
    /// # Errors
    /// [`StoreError::Sql`] if the label is there already: nothing is sealed twice under one label.
    pub fn put_cell_out(&self, cell: &CellOut) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO cell_out (label, lane, keep, erase_hash, body, purpose, owner, stored)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                cell.label,
                cell.lane,
                cell.keep,
                cell.erase_hash,
                cell.body,
                cell.purpose,
                cell.owner,
                cell.stored
            ],
        )?;
        Ok(())
    }

    /// The board holds a cell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn mark_cell_stored(&self, label: &[u8; 32]) -> Result<(), StoreError> {
        self.run("UPDATE cell_out SET stored = 1 WHERE label = ?1", [label])?;
        Ok(())
    }

    /// Cells of a purpose are put once more, as they are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_cells_again(&self, purpose: i64) -> Result<(), StoreError> {
        self.run(
            "UPDATE cell_out SET stored = 0 WHERE purpose = ?1",
            [purpose],
        )?;
        Ok(())
    }

    /// Removes an outgoing cell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_cell_out(&self, label: &[u8; 32]) -> Result<(), StoreError> {
        self.run("DELETE FROM cell_out WHERE label = ?1", [label])?;
        Ok(())
    }

    /// Removes an owner's outgoing cells.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_cells_out(&self, purpose: i64, owner: i64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM cell_out WHERE purpose = ?1 AND owner = ?2",
            [purpose, owner],
        )?;
        Ok(())
    }

    /// Plans an erasure; a second plan for one label changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_erasure(&self, row: &ErasureRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO erasure VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![row.label, row.lane, row.key, row.claim, row.due_ms],
        )?;
        Ok(())
    }

    /// An erasure is done, or was not needed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_erasure(&self, label: &[u8; 32]) -> Result<(), StoreError> {
        self.run("DELETE FROM erasure WHERE label = ?1", [label])?;
        Ok(())
    }

    /// Remembers a label under which a message counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_sent_cell(
        &self,
        conversation: i64,
        message: &[u8; 16],
        label: &[u8; 32],
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO sent_cell VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![conversation, message, label],
        )?;
        Ok(())
    }

    /// Forgets a message's labels.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_sent_cells(
        &self,
        conversation: i64,
        message: &[u8; 16],
    ) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM sent_cell WHERE conversation = ?1 AND message = ?2",
            params![conversation, message],
        )?;
        Ok(())
    }
}
