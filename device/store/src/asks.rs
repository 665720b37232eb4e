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
    /// Everybody who asked to be let into a group, the first one first: who waits, and who was turned away.
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

    /// Nobody waits to be let in who is in; gives how many did.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_asks_of_members(&self, conversation: i64) -> Result<usize, StoreError> {
        self.run(
            "DELETE FROM ask WHERE conversation = ?1 AND refused = 0
             AND person IN (SELECT person FROM member WHERE conversation = ?1)",
            [conversation],
        )
    }

    /// Forgets who was turned away, but for the `keep` who asked last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_refused(&self, conversation: i64, keep: u32) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM ask WHERE conversation = ?1 AND refused = 1 AND person NOT IN
             (SELECT person FROM ask WHERE conversation = ?1 AND refused = 1
             ORDER BY at_ms DESC, person LIMIT ?2)",
            params![conversation, keep],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConversationRow, MemberRow, Store};

    fn ask(conversation: i64, n: u8, refused: bool) -> AskRow {
        AskRow {
            conversation,
            person: [n; 32],
            name: "Eve".into(),
            card: "card".into(),
            at_ms: i64::from(n),
            refused,
        }
    }

    #[test]
    fn the_first_turned_away_are_forgotten_first_and_who_is_in_waits_no_more() {
        let mut store = Store::in_memory().unwrap();
        let done: Result<(), StoreError> = store.step(|tx| {
            let id = tx.insert_conversation(&ConversationRow {
                id: 0,
                public: [1; 16],
                group: [1; 32],
                lane: 0,
                state: 3,
                title: "Crew".into(),
                created_ms: 0,
                detail: Vec::new(),
            })?;
            for (n, refused) in [(1, true), (2, false), (3, true), (4, true), (5, false)] {
                tx.set_ask(&ask(id, n, refused))?;
            }
            let people = || -> Result<Vec<u8>, StoreError> {
                Ok(tx.asks(id)?.iter().map(|ask| ask.person[0]).collect())
            };
            tx.forget_refused(id, 2)?;
            assert_eq!(people()?, [2, 3, 4, 5]);
            let members = [3, 5].map(|n| MemberRow {
                conversation: id,
                leaf: n.into(),
                person: [n; 32],
                device: [n; 32],
                name: "Eve".into(),
                level: 1,
            });
            tx.replace_members(id, &members)?;
            assert_eq!(tx.forget_asks_of_members(id)?, 1);
            assert_eq!(people()?, [2, 3, 4]);
            tx.forget_refused(id, 0)?;
            assert_eq!(people()?, [2]);
            Ok(())
        });
        done.unwrap();
    }
}
