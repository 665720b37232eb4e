//! Messages by their words, newest first.

use rusqlite::types::Value;
use rusqlite::{Row, params_from_iter};

use crate::fleeting_words::FLEETING;
use crate::spaced::{HIT, JOINT, terms};
use crate::{StoreError, View};

/// What is looked for. Everything but the words may be left open.
#[derive(Default, Clone)]
pub struct Sought {
    /// As a person typed it: every word must be there, the last one may be only begun.
    pub words: String,
    /// Of this kind only; then no words are needed.
    pub kind: Option<i64>,
    /// Written by somebody else and naming this person, as it stands; then no words are needed.
    pub naming: Option<[u8; 32]>,
    /// In this conversation only.
    pub conversation: Option<i64>,
    /// Of one of these people only.
    pub people: Option<Vec<[u8; 32]>>,
    /// Written before, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// Written then or later, Unix milliseconds.
    pub after_ms: Option<i64>,
    /// Not in conversations of these states.
    pub but_states: Vec<i64>,
    /// Further back than this find of an earlier page.
    pub beyond: Option<i64>,
    /// At most as many.
    pub limit: u32,
}

/// A piece of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The words.
    pub text: String,
    /// Whether they are what was looked for.
    pub hit: bool,
}

/// A message that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place among finds; the next page lies beyond it.
    pub seq: i64,
    /// Its conversation.
    pub conversation: i64,
    /// Its id.
    pub id: [u8; 16],
    /// Person of the sender.
    pub person: [u8; 32],
    /// Written by this profile's person.
    pub mine: bool,
    /// When the sender says it was written, Unix milliseconds.
    pub at_ms: i64,
    /// A part of its text around what was found.
    pub snippet: Vec<Piece>,
}

/// Words of a snippet, at most 64 by the index's rules; and its characters, for a word can be very long.
const SNIPPET_WORDS: u32 = 24;
/// The index on the disk.
const LASTING: &str = "message_words";
const SNIPPET_CHARS: usize = 400;

impl Sought {
    /// What the index is asked: words of the text, and those that stand for a conversation and people.
    fn asked(&self) -> Option<String> {
        let mut asked = format!("text : ({})", terms(&self.words)?);
        if let Some(conversation) = self.conversation {
            asked += &format!(" AND scope : \"c{conversation}\"");
        }
        if let Some(people) = &self.people {
            let words: Vec<String> = people.iter().map(word).collect();
            asked += &format!(" AND scope : ({})", words.join(" OR "));
        }
        Some(asked)
    }

    /// The question as far as words and kind go, its values, and the column that orders the finds.
    /// `None` if nothing can be found there.
    fn begun(&self, index: &'static str) -> Option<(String, Vec<Value>, String)> {
        // A literal: only then a partial index is used.
        let kind = self.kind.map(|kind| format!(" AND m.kind = {kind}"));
        let named = "AND m.mine = 0 AND m.mentions <> x'' AND instr(m.mentions, ?) > 0";
        let naming = self.naming.map(|_| format!(" {named}"));
        let narrowed = [kind, naming].into_iter().flatten();
        let narrowed = narrowed.reduce(|one, two| one + &two);
        let named = self
            .naming
            .iter()
            .map(|person| Value::from(person.to_vec()));
        if let Some(asked) = self.asked() {
            // The index leads: it gives its finds newest first, and reading ends with the last one wanted.
            let sql = format!(
                "SELECT m.seq, m.conversation, m.id, m.person, m.mine, m.at_ms,
                 snippet({index}, 0, char({}), char({}), '…', {SNIPPET_WORDS})
                 FROM {index} CROSS JOIN message m ON m.seq = {index}.rowid
                 WHERE {index} MATCH ?{}",
                u32::from(HIT.0),
                u32::from(HIT.1),
                narrowed.unwrap_or_default(),
            );
            let values = std::iter::once(asked.into()).chain(named).collect();
            return Some((sql, values, format!("{index}.rowid")));
        }
        if !self.words.trim().is_empty() || index != LASTING {
            return None;
        }
        let mut sql = format!(
            "SELECT m.seq, m.conversation, m.id, m.person, m.mine, m.at_ms, substr(opened(m.sealed_by, m.text), 1, {SNIPPET_CHARS})
             FROM message m{} WHERE m.text IS NOT NULL{}",
            // Few messages name anybody: the others are not read.
            self.naming.map_or("", |_| " INDEXED BY message_mentioning"),
            narrowed?
        );
        let mut values: Vec<Value> = named.collect();
        if let Some(conversation) = self.conversation {
            sql += " AND m.conversation = ?";
            values.push(conversation.into());
        }
        if let Some(people) = &self.people {
            let each = vec!["?"; people.len()].join(", ");
            sql += &format!(" AND m.person IN ({each})");
            values.extend(people.iter().map(|person| Value::from(person.to_vec())));
        }
        Some((sql, values, "m.seq".to_owned()))
    }
}

/// The index's word for a person.
fn word(person: &[u8; 32]) -> String {
    let digits: String = person.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"p{digits}\"")
}

impl View<'_> {
    /// Messages with these words, newest first: in the order in which they came to be here.
    ///
    /// # Errors
    /// [`StoreError`]; no query is wrong.
    pub fn search(&self, sought: &Sought) -> Result<Vec<Found>, StoreError> {
        if sought.people.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let mut found = self.search_in(sought, LASTING)?;
        if self.has_fleeting_words()? {
            found.extend(self.search_in(sought, FLEETING)?);
            found.sort_by_key(|find| std::cmp::Reverse(find.seq));
            found.truncate(sought.limit as usize);
        }
        Ok(found)
    }

    fn search_in(&self, sought: &Sought, index: &'static str) -> Result<Vec<Found>, StoreError> {
        let Some((mut sql, mut values, place)) = sought.begun(index) else {
            return Ok(Vec::new());
        };
        let mut narrow = |clause: &str, value: i64| {
            sql += clause;
            values.push(value.into());
        };
        if let Some(seq) = sought.beyond {
            narrow(&format!(" AND {place} < ?"), seq);
        }
        if let Some(at) = sought.before_ms {
            let last = "SELECT max(+seq) FROM message INDEXED BY message_at WHERE at_ms < ?";
            narrow(&format!(" AND {place} <= ({last})"), at);
            narrow(" AND m.at_ms < ?", at);
        }
        if let Some(at) = sought.after_ms {
            let first = "SELECT min(+seq) FROM message INDEXED BY message_at WHERE at_ms >= ?";
            narrow(&format!(" AND {place} >= ({first})"), at);
            narrow(" AND m.at_ms >= ?", at);
        }
        sql += &format!(
            " AND m.conversation NOT IN (SELECT id FROM conversation WHERE state IN ({}))
             ORDER BY {place} DESC LIMIT ?",
            vec!["?"; sought.but_states.len()].join(", ")
        );
        let states = sought.but_states.iter().copied();
        values.extend(states.chain([sought.limit.into()]).map(Value::from));
        self.all(&sql, params_from_iter(values), found)
    }
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let marked: String = row.get(6)?;
    Ok(Found {
        seq: row.get(0)?,
        conversation: row.get(1)?,
        id: row.get(2)?,
        person: row.get(3)?,
        mine: row.get(4)?,
        at_ms: row.get(5)?,
        snippet: pieces(&marked),
    })
}

/// The pieces of a marked text, joints taken out.
fn pieces(marked: &str) -> Vec<Piece> {
    let (mut out, mut hit) = (Vec::<Piece>::new(), false);
    let whole = marked.chars().filter(|c| *c != JOINT);
    for c in whole.take(SNIPPET_CHARS) {
        if c == HIT.0 || c == HIT.1 {
            hit = c == HIT.0;
            continue;
        }
        match out.last_mut() {
            Some(piece) if piece.hit == hit => piece.text.push(c),
            _ => out.push(Piece {
                text: c.into(),
                hit,
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConversationRow, MessageRow, Store};
    use crate::{Fate, Life};

    #[test]
    fn marks_become_pieces_and_joints_vanish() {
        let piece = |text: &str, hit| Piece {
            text: text.into(),
            hit,
        };
        assert_eq!(
            pieces("灯\u{1}\u{2}台\u{3}\u{1} at \u{2}sea\u{3}"),
            [
                piece("灯", false),
                piece("台", true),
                piece(" at ", false),
                piece("sea", true)
            ]
        );
    }

    /// Whether a word stands anywhere in what the index keeps.
    fn holds(store: &Store, word: &str) -> bool {
        let kept = "SELECT block FROM message_words_data
                    UNION ALL SELECT CAST(term AS BLOB) FROM message_words_idx";
        let blocks: Vec<Vec<u8>> = store
            .view(|view| view.all(kept, [], |row| row.get(0)))
            .unwrap();
        let mut windows = blocks.iter().flat_map(|block| block.windows(word.len()));
        windows.any(|part| part == word.as_bytes())
    }

    fn said(n: u16, text: &str) -> MessageRow {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        MessageRow {
            conversation: 1,
            id,
            device: [1; 32],
            person: [2; 32],
            mine: false,
            at_ms: 5,
            received_ms: 6,
            kind: 1,
            text: Some(text.into()),
            content: Vec::new(),
            state: 0,
            order: None,
            read: false,
            in_reply_to: None,
            fate: Fate::default(),
            life: Life::default(),
        }
    }

    #[test]
    fn a_deleted_and_a_changed_word_leave_what_the_index_keeps() {
        let mut store = Store::in_memory().unwrap();
        let row = ConversationRow {
            id: 0,
            public: [1; 16],
            group: [1; 32],
            lane: 0,
            state: 3,
            title: String::new(),
            created_ms: 0,
            detail: Vec::new(),
        };
        let run = |store: &mut Store, sql: &str| store.step(|tx| tx.run(sql, [])).unwrap();
        store.step(|tx| tx.insert_conversation(&row)).unwrap();
        // Each in a step of its own, so that the index has many parts, some of them merged.
        for n in 0..300_u16 {
            let text = match n {
                40 => "xylographicum".to_owned(),
                41 => "quetzalcoatlus".to_owned(),
                42 => "zwischenzeugnis".to_owned(),
                n => format!("filler {n}"),
            };
            store.step(|tx| tx.insert_message(&said(n, &text))).unwrap();
        }
        // The index shares beginnings of words that follow each other, so their ends are looked for.
        let words = ["lographicum", "etzalcoatlus", "ischenzeugnis"];
        assert!(words.iter().all(|word| holds(&store, word)));
        run(
            &mut store,
            "DELETE FROM message WHERE text = 'xylographicum'",
        );
        run(
            &mut store,
            "UPDATE message SET text = 'plain' WHERE text = 'quetzalcoatlus'",
        );
        run(
            &mut store,
            "UPDATE message SET text = NULL WHERE text = 'zwischenzeugnis'",
        );
        for word in words {
            assert!(!holds(&store, word), "{word}");
        }
        store.check_whole().unwrap();
        run(&mut store, "DELETE FROM conversation");
        assert!(!holds(&store, "iller"));
    }
}
