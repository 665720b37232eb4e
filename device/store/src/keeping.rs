//! How a person keeps a conversation: muted, archived, pinned, marked unread, and what they began to write.
//!
//! Each is a value and when it was set, so that of two records of it the later can win.

use rusqlite::params;

use crate::{Step, StoreError, View};

/// Muted without an end.
pub const FOREVER: i64 = i64::MAX;

/// Number of the draft in the table.
const DRAFT: i64 = 5;
/// Number in its row if it is full.
const FULL: i64 = 1;

/// How a conversation is kept.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Until when it makes no noise, Unix milliseconds; [`FOREVER`]; 0 is not muted.
    pub muted_until: i64,
    /// Put away.
    pub archived: bool,
    /// Stays at the top.
    pub pinned: bool,
    /// To be looked at again.
    pub marked_unread: bool,
    /// Deleted here by this person: not listed until something is said in it again.
    pub cleared: bool,
    /// What was begun and not sent, and when that was written down, Unix milliseconds.
    pub draft: Option<(String, i64)>,
    /// Whether that is more than a text: see [`Keep::FullDraft`].
    pub draft_is_full: bool,
}

/// One thing to set.
#[derive(Clone, Copy)]
pub enum Keep<'a> {
    /// See [`Kept::muted_until`].
    MutedUntil(i64),
    /// See [`Kept::archived`].
    Archived(bool),
    /// See [`Kept::pinned`].
    Pinned(bool),
    /// See [`Kept::marked_unread`].
    MarkedUnread(bool),
    /// See [`Kept::cleared`].
    Cleared(bool),
    /// See [`Kept::draft`]; an empty one is none. With a time at which it goes by itself, if it does, Unix
    /// milliseconds.
    Draft(&'a str, Option<i64>),
    /// A draft that is more than a text, as its writer encodes it.
    FullDraft(&'a str, Option<i64>),
}

impl<'a> Keep<'a> {
    /// Its number in the table, its value as a number and as text.
    fn row(self) -> (i64, i64, &'a str) {
        match self {
            Self::MutedUntil(until) => (1, until, ""),
            Self::Archived(yes) => (2, i64::from(yes), ""),
            Self::Pinned(yes) => (3, i64::from(yes), ""),
            Self::MarkedUnread(yes) => (4, i64::from(yes), ""),
            Self::Draft(text, _) => (DRAFT, 0, text),
            Self::FullDraft(text, _) => (DRAFT, FULL, text),
            Self::Cleared(yes) => (6, i64::from(yes), ""),
        }
    }
}

impl View<'_> {
    /// How a conversation is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn kept(&self, conversation: i64) -> Result<Kept, StoreError> {
        let rows: Vec<(i64, i64, String, i64)> = self.all(
            "SELECT what, number, coalesce(opened(sealed_by, text), ''), set_ms FROM keeping WHERE conversation = ?1",
            [conversation],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let mut kept = Kept::default();
        for (what, number, text, set_ms) in rows {
            match what {
                1 => kept.muted_until = number,
                2 => kept.archived = number != 0,
                3 => kept.pinned = number != 0,
                4 => kept.marked_unread = number != 0,
                6 => kept.cleared = number != 0,
                DRAFT if !text.is_empty() => {
                    kept.draft_is_full = number == FULL;
                    kept.draft = Some((text, set_ms));
                }
                _ => {}
            }
        }
        Ok(kept)
    }
}

impl Step<'_> {
    /// What was set for one conversation is set for another that takes its place; what is set there
    /// already stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pass_keeping_on(&self, from: i64, to: i64) -> Result<(), StoreError> {
        self.run(
            "UPDATE OR IGNORE keeping SET conversation = ?2 WHERE conversation = ?1",
            params![from, to],
        )?;
        Ok(())
    }

    /// Sets one thing. It is later than what it replaces even if the clock went back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep(&self, conversation: i64, keep: Keep<'_>, now_ms: i64) -> Result<(), StoreError> {
        let (what, number, text) = keep.row();
        let (key, due_ms) = match keep {
            Keep::Draft(text, Some(due_ms)) | Keep::FullDraft(text, Some(due_ms))
                if !text.is_empty() =>
            {
                (Some(self.draft_key(conversation)?), Some(due_ms))
            }
            _ => (None, None),
        };
        self.run(
            "INSERT INTO keeping (conversation, what, number, text, set_ms, sealed_by, due_ms)
             VALUES (?1, ?2, ?3, sealed(?6, ?4), ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET number = excluded.number, text = excluded.text,
             sealed_by = excluded.sealed_by, due_ms = excluded.due_ms,
             set_ms = max(excluded.set_ms, set_ms + 1)",
            params![conversation, what, number, text, now_ms, key, due_ms],
        )?;
        Ok(())
    }

    /// All that was written of one draft has one key, until it is cleared.
    fn draft_key(&self, conversation: i64) -> Result<i64, StoreError> {
        let held: Option<Option<i64>> = self.one(
            "SELECT sealed_by FROM keeping WHERE conversation = ?1 AND what = ?2",
            params![conversation, DRAFT],
            |row| row.get(0),
        )?;
        match held.flatten() {
            Some(key) => Ok(key),
            None => self.take_key(),
        }
    }
}
