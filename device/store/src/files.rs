//! Files on their way.

use rusqlite::{Row, params};
use zeroize::Zeroizing;

use crate::{Step, StoreError, View};

/// A file that goes out or comes in. The default is one of which nothing is left ([`TRANSFER_DROPPED`]).
#[derive(Clone, Default)]
pub struct TransferRow {
    /// Row; given by the database.
    pub id: i64,
    /// Conversation of the message.
    pub conversation: i64,
    /// The message that is or will be about it.
    pub message: [u8; 16],
    /// It goes out.
    pub sending: bool,
    /// Key of its chunks.
    pub key: Zeroizing<[u8; 32]>,
    /// Bytes.
    pub size: u64,
    /// Key of the chunks that it is read from, if it is passed on; it has no path then.
    pub origin: Option<Zeroizing<[u8; 32]>>,
    /// Hash of the whole; zeros for one that goes out from here, which is hashed on its way.
    pub hash: [u8; 32],
    /// Where it is read from, or where it is wanted.
    pub path: String,
    /// How what goes out is read from there, opaque here; empty: as it is.
    pub recipe: Vec<u8>,
    /// What the file that goes out looked like when it was taken up, or which half file comes in; opaque here.
    pub stamp: Vec<u8>,
    /// What is said once it is out; empty for one that comes in.
    pub content: Zeroizing<Vec<u8>>,
    /// Opaque here.
    pub stage: i64,
    /// What is wrong with it, as a kind.
    pub problem: Option<String>,
    /// The key that seals all that here; that of its message.
    pub sealed_by: Option<i64>,
}

/// Which chunks of a transfer are done, one bit each.
#[derive(Default)]
pub struct TransferMarks {
    /// Stored on the board, or here.
    pub done: Vec<u8>,
    /// Of those that are here the ones that the disk is known to have.
    pub safe: Vec<u8>,
}

/// Stage of a transfer of which nothing is left but its path.
pub const TRANSFER_DROPPED: i64 = 0;

const COLUMNS: &str = "SELECT id, conversation, message, sending, coalesce(opened(sealed_by, key), zeroblob(32)), size,
    coalesce(opened(sealed_by, hash), zeroblob(32)), coalesce(opened(sealed_by, path), ''),
    coalesce(opened(sealed_by, content), x''), stage, problem, sealed_by,
    coalesce(opened(sealed_by, recipe), x''), coalesce(opened(sealed_by, stamp), x''), opened(sealed_by, origin) FROM transfer";

fn read(row: &Row<'_>) -> rusqlite::Result<TransferRow> {
    let content: Vec<u8> = row.get(8)?;
    Ok(TransferRow {
        id: row.get(0)?,
        conversation: row.get(1)?,
        message: row.get(2)?,
        sending: row.get(3)?,
        key: Zeroizing::new(row.get(4)?),
        size: row.get::<_, i64>(5)?.unsigned_abs(),
        hash: row.get(6)?,
        path: row.get(7)?,
        content: Zeroizing::new(content),
        stage: row.get(9)?,
        problem: row.get(10)?,
        sealed_by: row.get(11)?,
        recipe: row.get(12)?,
        stamp: row.get(13)?,
        origin: row.get::<_, Option<[u8; 32]>>(14)?.map(Zeroizing::new),
    })
}

impl View<'_> {
    /// Everything on its way, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfers(&self) -> Result<Vec<TransferRow>, StoreError> {
        self.all(&format!("{COLUMNS} ORDER BY id"), [], read)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfer(&self, id: i64) -> Result<Option<TransferRow>, StoreError> {
        self.one(&format!("{COLUMNS} WHERE id = ?1"), [id], read)
    }

    /// The one of a message.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfer_of(
        &self,
        conversation: i64,
        message: &[u8; 16],
    ) -> Result<Option<TransferRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE conversation = ?1 AND message = ?2");
        self.one(&sql, params![conversation, message], read)
    }

    /// Marks of the chunks that are done, one bit each; empty before the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfer_marks(&self, id: i64) -> Result<TransferMarks, StoreError> {
        let sql = "SELECT done, safe FROM transfer_marks WHERE transfer = ?1";
        let marks = |row: &Row<'_>| {
            Ok(TransferMarks {
                done: row.get(0)?,
                safe: row.get(1)?,
            })
        };
        Ok(self.one(sql, [id], marks)?.unwrap_or_default())
    }

    /// What a transfer without a file of its own sends.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfer_bytes(&self, id: i64) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let sql = "SELECT opened(sealed_by, bytes) FROM transfer_bytes JOIN transfer ON id = transfer WHERE id = ?1";
        let bytes = self.one(sql, [id], |row| row.get::<_, Option<Vec<u8>>>(0))?;
        Ok(bytes.flatten().map(Zeroizing::new))
    }

    /// Hashes of chunks that are done, in blocks as they were written down.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn transfer_hashes(&self, id: i64) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
        let sql = "SELECT block, coalesce(opened(sealed_by, hashes), x'') FROM transfer_hashes JOIN transfer ON id = transfer
            WHERE id = ?1";
        self.all(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

impl Step<'_> {
    /// Keeps the bytes of a transfer that has no file of its own, sealed like the transfer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_transfer_bytes(&self, id: i64, bytes: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO transfer_bytes (transfer, bytes) SELECT id, sealed(sealed_by, ?2) FROM transfer WHERE id = ?1",
            params![id, bytes],
        )?;
        Ok(())
    }

    /// Writes a new transfer down; gives its row.
    ///
    /// # Errors
    /// [`StoreError`], one of them that the message has a transfer already.
    pub fn insert_transfer(&self, row: &TransferRow) -> Result<i64, StoreError> {
        let size = i64::try_from(row.size).unwrap_or(i64::MAX);
        self.run(
            "INSERT INTO transfer (conversation, message, sending, key, size, hash, path, content, stage, problem,
             sealed_by, recipe, stamp, origin)
             VALUES (?1, ?2, ?3, sealed(?11, ?4), ?5, sealed(?11, ?6), sealed(?11, ?7), sealed(?11, ?8), ?9, ?10,
             ?11, sealed(?11, ?12), sealed(?11, ?13), sealed(?11, ?14))",
            params![
                row.conversation,
                row.message,
                row.sending,
                *row.key,
                size,
                row.hash,
                row.path,
                *row.content,
                row.stage,
                row.problem,
                row.sealed_by,
                row.recipe,
                row.stamp,
                row.origin.as_deref()
            ],
        )?;
        Ok(self.inserted())
    }

    /// Writes down which file a transfer is about, sealed like it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_transfer_stamp(&self, id: i64, stamp: &[u8]) -> Result<(), StoreError> {
        self.run(
            "UPDATE transfer SET stamp = sealed(sealed_by, ?2) WHERE id = ?1",
            params![id, stamp],
        )?;
        Ok(())
    }

    /// Writes a block of hashes of chunks down, sealed like the transfer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_transfer_hashes(
        &self,
        id: i64,
        (block, hashes): (u32, &[u8]),
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO transfer_hashes (transfer, block, hashes)
             SELECT id, ?2, sealed(sealed_by, ?3) FROM transfer WHERE id = ?1",
            params![id, block, hashes],
        )?;
        Ok(())
    }

    /// Writes down which chunks are done, and which of them the disk is known to have.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_transfer_marks(
        &self,
        id: i64,
        (done, safe): (&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO transfer_marks (transfer, done, safe) VALUES (?1, ?2, ?3)",
            params![id, done, safe],
        )?;
        Ok(())
    }

    /// What an own message says became complete before anybody heard of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_content(
        &self,
        conversation: i64,
        id: &[u8; 16],
        content: &[u8],
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE message SET content = sealed(sealed_by, ?3)
             WHERE id = ?2 AND conversation = ?1 AND deleted = 0 AND hidden = 0",
            params![conversation, id, content],
        )?;
        Ok(())
    }

    /// Writes down how it stands with a transfer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_transfer_stage(
        &self,
        id: i64,
        stage: i64,
        problem: Option<&str>,
    ) -> Result<(), StoreError> {
        self.run(
            "UPDATE transfer SET stage = ?2, problem = ?3 WHERE id = ?1",
            params![id, stage, problem],
        )?;
        Ok(())
    }

    /// What is known of the transfer of a message goes, keys first, and with it whatever could be said; the row and
    /// its path stay at [`TRANSFER_DROPPED`] until the half file beside that path is gone too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn drop_transfer_of(
        &self,
        conversation: i64,
        message: &[u8; 16],
    ) -> Result<(), StoreError> {
        let found = self.transfer_of(conversation, message)?;
        found.map_or(Ok(()), |row| self.drop_transfer(row.id))
    }

    /// The same of every file of a conversation that comes in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn drop_incoming_transfers(&self, conversation: i64) -> Result<(), StoreError> {
        let sql = "SELECT id FROM transfer WHERE conversation = ?1 AND sending = 0";
        let ids: Vec<i64> = self.all(sql, [conversation], |row| row.get(0))?;
        ids.into_iter().try_for_each(|id| self.drop_transfer(id))
    }

    fn drop_transfer(&self, id: i64) -> Result<(), StoreError> {
        for held in ["transfer_hashes", "transfer_bytes"] {
            self.run(&format!("DELETE FROM {held} WHERE transfer = ?1"), [id])?;
        }
        self.run(
            "UPDATE transfer SET key = zeroblob(32), hash = zeroblob(32), size = 0, content = NULL, recipe = NULL, stamp = NULL,
             origin = NULL, stage = ?2 WHERE id = ?1",
            params![id, TRANSFER_DROPPED],
        )?;
        Ok(())
    }

    /// Of transfers that stand at `stage`, all but the `kept` latest are forgotten, and not `but`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_transfers(&self, stage: i64, (kept, but): (u32, i64)) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM transfer WHERE stage = ?1 AND id <> ?3 AND id NOT IN
             (SELECT id FROM transfer WHERE stage = ?1 ORDER BY id DESC LIMIT ?2)",
            params![stage, kept, but],
        )?;
        Ok(())
    }

    /// Forgets a transfer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_transfer(&self, id: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM transfer WHERE id = ?1", [id])?;
        Ok(())
    }
}
