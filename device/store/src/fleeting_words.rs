//! Words of messages that go by themselves: an index in memory alone, made at the first search after an opening.

use crate::{StoreError, View};

/// The index, as a query names it.
pub(crate) const FLEETING: &str = "fleeting_words";

/// As the index on the disk (`0004_search.sql`), and kept up to date in the same way.
const MAKE: &str = "SAVEPOINT words;
CREATE VIRTUAL TABLE temp.fleeting_words USING fts5(
    text, scope, prefix = '1 2 3', tokenize = \"unicode61 remove_diacritics 2 categories 'L* M* N* Co So'\"
);
INSERT INTO temp.fleeting_words (rowid, text, scope)
    SELECT seq, spaced(opened(sealed_by, text)), 'c' || conversation || ' p' || hex(person)
    FROM main.message WHERE sealed_by IS NOT NULL AND text IS NOT NULL;
CREATE TEMP TRIGGER fleeting_words_new AFTER INSERT ON main.message
WHEN new.sealed_by IS NOT NULL AND new.text IS NOT NULL BEGIN
    INSERT INTO fleeting_words (rowid, text, scope) VALUES
    (new.seq, spaced(opened(new.sealed_by, new.text)), 'c' || new.conversation || ' p' || hex(new.person));
END;
CREATE TEMP TRIGGER fleeting_words_gone AFTER DELETE ON main.message WHEN old.sealed_by IS NOT NULL BEGIN
    DELETE FROM fleeting_words WHERE rowid = old.seq;
END;
CREATE TEMP TRIGGER fleeting_words_other AFTER UPDATE OF text ON main.message
WHEN old.sealed_by IS NOT NULL OR new.sealed_by IS NOT NULL BEGIN
    DELETE FROM fleeting_words WHERE rowid = old.seq;
    INSERT INTO fleeting_words (rowid, text, scope)
    SELECT new.seq, spaced(opened(new.sealed_by, new.text)), 'c' || new.conversation || ' p' || hex(new.person)
    WHERE new.sealed_by IS NOT NULL AND new.text IS NOT NULL;
END;
RELEASE words;";

impl View<'_> {
    /// Whether there are such words; then their index stands.
    pub(crate) fn has_fleeting_words(&self) -> Result<bool, StoreError> {
        if self.number(
            "SELECT EXISTS (SELECT 1 FROM message WHERE sealed_by IS NOT NULL)",
            [],
        )? == 0
        {
            return Ok(false);
        }
        let there = "SELECT count(*) FROM temp.sqlite_master WHERE name = 'fleeting_words'";
        if self.number(there, [])? == 0
            && let Err(error) = self.connection().execute_batch(MAKE)
        {
            // The savepoint must not outlive the failure.
            drop(
                self.connection()
                    .execute_batch("ROLLBACK TO words; RELEASE words"),
            );
            return Err(error.into());
        }
        Ok(true)
    }
}
