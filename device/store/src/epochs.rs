//! Keys of a conversation's present epoch, and a commit that waits.

use rusqlite::params;
use zeroize::Zeroizing;

use crate::{Step, StoreError, View};

/// A wiped-on-drop value.
type Blob = Zeroizing<Vec<u8>>;

impl View<'_> {
    /// Own chain and slots.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn epoch(&self, conversation: i64) -> Result<Option<(Blob, Blob)>, StoreError> {
        self.one(
            "SELECT sender, slots FROM epoch WHERE conversation = ?1",
            [conversation],
            |row| Ok((Zeroizing::new(row.get(0)?), Zeroizing::new(row.get(1)?))),
        )
    }

    /// Reader chains by leaf.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn chains(&self, conversation: i64) -> Result<Vec<(u32, Blob)>, StoreError> {
        self.all(
            "SELECT leaf, state FROM chain WHERE conversation = ?1 ORDER BY leaf",
            [conversation],
            |row| Ok((row.get(0)?, Zeroizing::new(row.get(1)?))),
        )
    }

    /// Fragments of a leaf that wait for the rest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn partial(&self, conversation: i64, leaf: u32) -> Result<Option<Blob>, StoreError> {
        let found = self.one(
            "SELECT opened(sealed_by, partial) FROM chain WHERE conversation = ?1 AND leaf = ?2",
            params![conversation, leaf],
            |row| row.get::<_, Option<Vec<u8>>>(0),
        )?;
        Ok(found.flatten().map(Zeroizing::new))
    }

    /// The commit that waits for judgement.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pending_commit(&self, conversation: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.one(
            "SELECT state FROM pending_commit WHERE conversation = ?1",
            [conversation],
            |row| row.get(0),
        )
    }
}

impl Step<'_> {
    /// Sets own chain and slots.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_epoch(
        &self,
        conversation: i64,
        sender: &[u8],
        slots: &[u8],
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO epoch VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET sender = ?2, slots = ?3",
            params![conversation, sender, slots],
        )?;
        Ok(())
    }

    /// Sets the own chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_sender(&self, conversation: i64, sender: &[u8]) -> Result<(), StoreError> {
        self.run(
            "UPDATE epoch SET sender = ?2 WHERE conversation = ?1",
            params![conversation, sender],
        )?;
        Ok(())
    }

    /// Sets the slots.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_slots(&self, conversation: i64, slots: &[u8]) -> Result<(), StoreError> {
        self.run(
            "UPDATE epoch SET slots = ?2 WHERE conversation = ?1",
            params![conversation, slots],
        )?;
        Ok(())
    }

    /// Forgets every key of the epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_epoch(&self, conversation: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM chain WHERE conversation = ?1", [conversation])?;
        self.run("DELETE FROM epoch WHERE conversation = ?1", [conversation])?;
        Ok(())
    }

    /// Sets a reader chain.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_chain(&self, conversation: i64, leaf: u32, state: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO chain (conversation, leaf, state) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET state = ?3",
            params![conversation, leaf, state],
        )?;
        Ok(())
    }

    /// Sets or forgets waiting fragments of a leaf whose chain is there; `erasable`: of something that
    /// goes by itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_partial(
        &self,
        conversation: i64,
        leaf: u32,
        (partial, erasable): (Option<&[u8]>, bool),
    ) -> Result<(), StoreError> {
        let held = self.one(
            "SELECT sealed_by FROM chain WHERE conversation = ?1 AND leaf = ?2",
            params![conversation, leaf],
            |row| row.get(0),
        )?;
        let key: Option<i64> = match held.flatten() {
            _ if partial.is_none() => None,
            None if erasable => Some(self.take_key()?),
            held => held,
        };
        self.run(
            "UPDATE chain SET partial = sealed(?4, ?3), sealed_by = ?4
             WHERE conversation = ?1 AND leaf = ?2",
            params![conversation, leaf, partial, key],
        )?;
        Ok(())
    }

    /// Keeps a commit that waits.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_pending_commit(&self, conversation: i64, state: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO pending_commit VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = ?2",
            params![conversation, state],
        )?;
        Ok(())
    }

    /// Forgets it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn clear_pending_commit(&self, conversation: i64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM pending_commit WHERE conversation = ?1",
            [conversation],
        )?;
        Ok(())
    }
}
