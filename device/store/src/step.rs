//! Reading and writing are different types: a [`View`] cannot change anything.

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::StoreError;
use crate::keys::Keys;

/// Reads.
pub struct View<'a> {
    connection: &'a Connection,
    keys: &'a Keys,
}

/// Reads and writes of one transaction.
pub struct Step<'a> {
    view: View<'a>,
}

impl<'a> View<'a> {
    pub(crate) fn new(connection: &'a Connection, keys: &'a Keys) -> Self {
        Self { connection, keys }
    }

    pub(crate) fn keys(&self) -> &Keys {
        self.keys
    }

    pub(crate) fn connection(&self) -> &Connection {
        self.connection
    }

    /// The first row, if any.
    pub(crate) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params, read).optional()?)
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// A number that always exists.
    pub(crate) fn number(&self, sql: &str, params: impl Params) -> Result<u64, StoreError> {
        let found: Option<i64> = self.one(sql, params, |row| row.get(0))?;
        Ok(found.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    }
}

impl<'a> Step<'a> {
    pub(crate) fn new(connection: &'a Connection, keys: &'a Keys) -> Self {
        Self {
            view: View::new(connection, keys),
        }
    }

    /// Runs a statement; gives how many rows it changed.
    pub(crate) fn run(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        self.still_open()?;
        let mut statement = self.connection().prepare_cached(sql)?;
        Ok(statement.execute(params)?)
    }

    /// SQLite undoes a whole transaction by itself when, say, the disk is full. If a caller then went on,
    /// each write would be committed alone.
    pub(crate) fn still_open(&self) -> Result<(), StoreError> {
        if self.connection().is_autocommit() {
            return Err(StoreError::undone());
        }
        Ok(())
    }

    /// The row id of the newest insert.
    pub(crate) fn inserted(&self) -> i64 {
        self.connection().last_insert_rowid()
    }

    /// A part of the step that can fail alone: on an error its own changes are undone.
    ///
    /// # Errors
    /// Whatever `change` gives; [`StoreError::Sql`] if the whole step is lost.
    pub fn attempt<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Step<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let batch = |sql: &str| {
            self.connection()
                .execute_batch(sql)
                .map_err(StoreError::from)
        };
        self.still_open()?;
        batch("SAVEPOINT attempt")?;
        match change(self) {
            Ok(value) => {
                batch("RELEASE attempt")?;
                Ok(value)
            }
            Err(error) => {
                self.still_open()?;
                batch("ROLLBACK TO attempt; RELEASE attempt")?;
                Err(error)
            }
        }
    }
}

impl<'a> Deref for Step<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.view
    }
}

#[cfg(test)]
mod tests {
    use crate::{Store, StoreError};

    #[test]
    fn after_the_database_undid_the_step_nothing_more_is_written() {
        let mut store = Store::in_memory().unwrap();
        let outcome: Result<(), StoreError> = store.step(|tx| {
            tx.set_meta("before", b"1")?;
            // What SQLite does by itself when the disk is full.
            let undone = tx.attempt(|tx| -> Result<(), StoreError> {
                tx.connection().execute_batch("ROLLBACK")?;
                Err(StoreError::Full)
            });
            assert!(matches!(undone, Err(StoreError::Sql(_))));
            assert!(tx.set_meta("after", b"2").is_err());
            assert!(tx.attempt(|tx| tx.set_meta("after", b"3")).is_err());
            assert!(tx.mark_read(1, (None, None), 0).is_err());
            Ok(())
        });
        assert!(outcome.is_err(), "a lost step is never reported as done");
        for name in ["before", "after"] {
            assert!(store.view(|view| view.meta(name)).unwrap().is_none());
        }
        store.step(|tx| tx.set_meta("next", b"4")).unwrap();
        assert!(store.view(|view| view.meta("next")).unwrap().is_some());
    }
}
