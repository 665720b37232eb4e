//! Named values, the feed position, and the ticks followed.

use rusqlite::params;
use zeroize::Zeroizing;

use crate::{Step, StoreError, View};

/// How far a lane has been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Position {
    /// The newest signed tick, encoded; empty before the first.
    pub head: Vec<u8>,
    /// Hour of the board's clock when it was read.
    pub hour: u32,
}

/// Tick numbers are far below 2^63.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl View<'_> {
    /// A named value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn meta(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get(0).map(Zeroizing::new)
        })
    }

    /// Position on a lane.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn position(&self, lane: u32) -> Result<Option<Position>, StoreError> {
        self.one(
            "SELECT head, hour FROM position WHERE lane = ?1",
            [lane],
            |row| {
                Ok(Position {
                    head: row.get(0)?,
                    hour: row.get(1)?,
                })
            },
        )
    }

    /// Hash of a tick that was followed, while it is remembered.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tick_hash(&self, lane: u32, tick: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.one(
            "SELECT hash FROM tick_hash WHERE lane = ?1 AND number = ?2",
            params![lane, number(tick)],
            |row| row.get(0),
        )
    }
}

impl Step<'_> {
    /// Sets a named value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
            params![name, value],
        )?;
        Ok(())
    }

    /// Removes a named value.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_meta(&self, name: &str) -> Result<(), StoreError> {
        self.run("DELETE FROM meta WHERE name = ?1", [name])?;
        Ok(())
    }

    /// Sets the position on a lane.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_position(&self, lane: u32, position: &Position) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO position VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET head = ?2, hour = ?3",
            params![lane, position.head, position.hour],
        )?;
        Ok(())
    }

    /// Remembers a tick that was followed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remember_tick(&self, lane: u32, tick: u64, hash: &[u8; 32]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO tick_hash VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![lane, number(tick), hash],
        )?;
        Ok(())
    }

    /// Forgets ticks below a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_ticks_below(&self, lane: u32, tick: u64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM tick_hash WHERE lane = ?1 AND number < ?2",
            params![lane, number(tick)],
        )?;
        Ok(())
    }
}
