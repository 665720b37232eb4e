//! Conversations and their members.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use crate::{Step, StoreError, View};

/// A conversation.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// Local number; ignored when inserting.
    pub id: i64,
    /// Local random name, shown to people.
    pub public: [u8; 16],
    /// Id of the MLS group; never leaves the group.
    pub group: [u8; 32],
    /// Lane its cells are on.
    pub lane: u32,
    /// State, as the engine numbers them.
    pub state: i64,
    /// Title.
    pub title: String,
    /// When it was made here, Unix milliseconds.
    pub created_ms: i64,
    /// More, opaque.
    pub detail: Vec<u8>,
}

/// A member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// The conversation.
    pub conversation: i64,
    /// Leaf of the tree.
    pub leaf: u32,
    /// The person.
    pub person: [u8; 32],
    /// The device.
    pub device: [u8; 32],
    /// Name of the person.
    pub name: String,
    /// Level of identity, as the engine numbers them.
    pub level: i64,
}

const COLUMNS: &str =
    "SELECT id, public, grp, lane, state, title, created_ms, detail FROM conversation";

fn read(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: row.get(0)?,
        public: row.get(1)?,
        group: row.get(2)?,
        lane: row.get(3)?,
        state: row.get(4)?,
        title: row.get(5)?,
        created_ms: row.get(6)?,
        detail: row.get(7)?,
    })
}

impl View<'_> {
    /// The picture of a group; none if it has none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn group_picture(&self, conversation: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT picture FROM group_picture WHERE conversation = ?1";
        self.one(sql, [conversation], |row| row.get(0))
    }

    /// A conversation by its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversation(&self, id: i64) -> Result<Option<ConversationRow>, StoreError> {
        self.one(&format!("{COLUMNS} WHERE id = ?1"), [id], read)
    }

    /// A conversation by its shown name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversation_by_public(
        &self,
        public: &[u8; 16],
    ) -> Result<Option<ConversationRow>, StoreError> {
        self.one(&format!("{COLUMNS} WHERE public = ?1"), [public], read)
    }

    /// A conversation by its MLS group.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversation_by_group(
        &self,
        group: &[u8; 32],
    ) -> Result<Option<ConversationRow>, StoreError> {
        self.one(&format!("{COLUMNS} WHERE grp = ?1"), [group], read)
    }

    /// All conversations, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conversations(&self) -> Result<Vec<ConversationRow>, StoreError> {
        self.all(&format!("{COLUMNS} ORDER BY id"), [], read)
    }

    /// Members by leaf.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn members(&self, conversation: i64) -> Result<Vec<MemberRow>, StoreError> {
        self.all(
            "SELECT conversation, leaf, person, device, name, level FROM member
             WHERE conversation = ?1 ORDER BY leaf",
            [conversation],
            |row| {
                Ok(MemberRow {
                    conversation: row.get(0)?,
                    leaf: row.get(1)?,
                    person: row.get(2)?,
                    device: row.get(3)?,
                    name: row.get(4)?,
                    level: row.get(5)?,
                })
            },
        )
    }

    /// Members, then people who were in it before, each by the name they had last and without a leaf or device: for what
    /// they said, never for who is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn members_ever(&self, conversation: i64) -> Result<Vec<MemberRow>, StoreError> {
        let mut all = self.members(conversation)?;
        all.extend(self.all(
            "SELECT person, name FROM former WHERE conversation = ?1 ORDER BY person",
            [conversation],
            |row| {
                Ok(MemberRow {
                    conversation,
                    leaf: u32::MAX,
                    person: row.get(0)?,
                    device: [0; 32],
                    name: row.get(1)?,
                    level: 0,
                })
            },
        )?);
        Ok(all)
    }
}

impl Step<'_> {
    /// Writes down what a group looks like; no bytes: like nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_group_picture(&self, conversation: i64, picture: &[u8]) -> Result<(), StoreError> {
        if picture.is_empty() {
            self.run(
                "DELETE FROM group_picture WHERE conversation = ?1",
                [conversation],
            )?;
        } else {
            self.run(
                "INSERT OR REPLACE INTO group_picture (conversation, picture) VALUES (?1, ?2)",
                params![conversation, picture],
            )?;
        }
        Ok(())
    }

    /// Adds a conversation; gives its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn insert_conversation(&self, row: &ConversationRow) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO conversation (public, grp, lane, state, title, created_ms, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.public,
                row.group,
                row.lane,
                row.state,
                row.title,
                row.created_ms,
                row.detail
            ],
        )?;
        Ok(self.inserted())
    }

    /// Writes state, title and detail.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn update_conversation(&self, row: &ConversationRow) -> Result<(), StoreError> {
        self.run(
            "UPDATE conversation SET state = ?2, title = ?3, detail = ?4 WHERE id = ?1",
            params![row.id, row.state, row.title, row.detail],
        )?;
        Ok(())
    }

    /// Gives a conversation the name that callers knew another one by, which is gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_public(&self, id: i64, public: &[u8; 16]) -> Result<(), StoreError> {
        self.run(
            "UPDATE conversation SET public = ?2 WHERE id = ?1",
            params![id, public],
        )?;
        Ok(())
    }

    /// Removes a conversation and everything of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn remove_conversation(&self, id: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM conversation WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Replaces the member list. Of people who go the last name stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn replace_members(
        &self,
        conversation: i64,
        members: &[MemberRow],
    ) -> Result<(), StoreError> {
        let here: BTreeSet<[u8; 32]> = members.iter().map(|member| member.person).collect();
        for member in self.members(conversation)? {
            if !here.contains(&member.person) {
                self.run(
                    "INSERT OR REPLACE INTO former (conversation, person, name) VALUES (?1, ?2, ?3)",
                    params![conversation, member.person, member.name],
                )?;
            }
        }
        self.run("DELETE FROM member WHERE conversation = ?1", [conversation])?;
        for member in members {
            self.run(
                "INSERT INTO member VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    conversation,
                    member.leaf,
                    member.person,
                    member.device,
                    member.name,
                    member.level
                ],
            )?;
        }
        self.run(
            "DELETE FROM former WHERE conversation = ?1
             AND person IN (SELECT person FROM member WHERE conversation = ?1)",
            [conversation],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    fn member(conversation: i64, n: u8, name: &str) -> MemberRow {
        MemberRow {
            conversation,
            leaf: n.into(),
            person: [n; 32],
            device: [n; 32],
            name: name.to_owned(),
            level: 1,
        }
    }

    #[test]
    fn who_goes_is_remembered_by_name_until_they_are_back_or_the_conversation_is_gone() {
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
            let names = |all: Vec<MemberRow>| -> Vec<String> {
                all.into_iter().map(|member| member.name).collect()
            };
            tx.replace_members(id, &[member(id, 1, "Anna"), member(id, 2, "Ben")])?;
            tx.replace_members(id, &[member(id, 1, "Anna")])?;
            assert_eq!(names(tx.members(id)?), ["Anna"]);
            assert_eq!(names(tx.members_ever(id)?), ["Anna", "Ben"]);
            // Somebody else in the same leaf, by the same name, is somebody else.
            let namesake = MemberRow {
                leaf: 2,
                ..member(id, 3, "Ben")
            };
            tx.replace_members(id, &[member(id, 1, "Anna"), namesake])?;
            let people: Vec<u8> = tx
                .members_ever(id)?
                .iter()
                .map(|one| one.person[0])
                .collect();
            assert_eq!(people, [1, 3, 2]);
            tx.replace_members(id, &[member(id, 1, "Anna"), member(id, 2, "Benjamin")])?;
            assert_eq!(names(tx.members_ever(id)?), ["Anna", "Benjamin", "Ben"]);
            tx.remove_conversation(id)?;
            assert!(tx.members_ever(id)?.is_empty());
            Ok(())
        });
        done.unwrap();
    }
}
