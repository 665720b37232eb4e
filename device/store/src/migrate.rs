//! Forms of the database, oldest first; each is one file and one transaction.

use rusqlite::{Connection, TransactionBehavior};

use crate::{StoreError, mls, spaced};

const FORMS: [&str; 18] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_several_contacts.sql"),
    include_str!("../migrations/0003_content.sql"),
    include_str!("../migrations/0004_search.sql"),
    include_str!("../migrations/0005_keeping.sql"),
    include_str!("../migrations/0006_stars_and_blocks.sql"),
    include_str!("../migrations/0007_search_mended.sql"),
    include_str!("../migrations/0008_said.sql"),
    include_str!("../migrations/0009_asks.sql"),
    include_str!("../migrations/0010_files.sql"),
    include_str!("../migrations/0011_disappearing.sql"),
    include_str!("../migrations/0012_voice.sql"),
    include_str!("../migrations/0013_group_picture.sql"),
    include_str!("../migrations/0014_mentions_found.sql"),
    include_str!("../migrations/0015_edits_in_time.sql"),
    include_str!("../migrations/0016_hashed_on_the_way.sql"),
    include_str!("../migrations/0017_passed_on.sql"),
    include_str!("../migrations/0018_former.sql"),
];

/// Newest form known.
pub const NEWEST: i64 = 18;

fn form(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Reads the form without writing anything; refuses a newer one.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    // Forces the first page to be decrypted.
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    let found = form(connection)?;
    if found > NEWEST {
        return Err(StoreError::Newer {
            found,
            known: NEWEST,
        });
    }
    Ok(())
}

/// Brings the file to the newest form.
pub(crate) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    // Every writer of messages needs it: it is part of their triggers.
    spaced::register(connection)?;
    let found = form(connection)?;
    if found == NEWEST {
        return Ok(());
    }
    // The MLS tables come first: were the machine to stop in between, this runs again from the top.
    // A release of that library with new tables therefore needs a new form here too, which also keeps
    // older programs out of the file.
    mls::migrate(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = FORMS.iter().zip(1_i64..).filter(|(_, form)| *form > found);
    for (sql, form) in missing {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", form)?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_left_between_the_two_kinds_of_tables_is_finished_at_the_next_opening() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        assert_eq!(form(&connection).unwrap(), 0);
        run(&mut connection).unwrap();
        assert_eq!(form(&connection).unwrap(), NEWEST);
        connection.prepare("SELECT * FROM message").unwrap();
        run(&mut connection).unwrap();
        check(&connection).unwrap();
    }

    #[test]
    fn a_file_of_the_first_form_keeps_its_contacts() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        connection.execute_batch(FORMS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 1, 'Ben', 0, x'03');
                 INSERT INTO contact (id, conversation, detail) VALUES (5, 7, x'04');",
            )
            .unwrap();
        run(&mut connection).unwrap();
        let kept: (i64, i64, Vec<u8>) = connection
            .query_row("SELECT id, conversation, detail FROM contact", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(kept, (5, 7, vec![4]));
    }

    #[test]
    fn a_file_of_the_second_form_keeps_its_messages_and_none_is_edited_or_deleted() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        for (form, sql) in FORMS[..2].iter().enumerate() {
            connection.execute_batch(sql).unwrap();
            connection
                .pragma_update(None, "user_version", i64::try_from(form).unwrap() + 1)
                .unwrap();
        }
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 3, 'Ben', 0, x'03');
                 INSERT INTO message (conversation, id, device, person, mine, at_ms, received_ms,
                 kind, text, content, state, read, tick, leaf, n)
                 VALUES (7, x'05', x'06', x'07', 0, 1, 2, 1, 'hello', x'08', 10, 0, 4, 1, 0);",
            )
            .unwrap();
        run(&mut connection).unwrap();
        let kept: (String, Option<Vec<u8>>, i64) = connection
            .query_row(
                "SELECT text, in_reply_to, edited + deleted + hidden FROM message",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert_eq!(kept, ("hello".to_owned(), None, 0));
    }

    #[test]
    fn a_file_of_the_second_form_has_its_messages_in_the_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        connection.execute_batch(FORMS[0]).unwrap();
        connection.execute_batch(FORMS[1]).unwrap();
        connection.pragma_update(None, "user_version", 2).unwrap();
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 1, 'Ben', 0, x'03');
                 INSERT INTO message (seq, conversation, id, device, person, mine, at_ms,
                 received_ms, kind, text, content, state, read, tick, leaf, n)
                 VALUES (3, 7, x'01', x'02', x'03', 0, 1, 2, 1, 'Café am Leuchtturm', x'', 0, 0, 1, 0, 0),
                        (4, 7, x'02', x'02', x'03', 0, 1, 2, 1, '灯台の下', x'', 0, 0, 1, 0, 1),
                        (5, 7, x'03', x'02', x'03', 0, 1, 2, 99, NULL, x'', 0, 0, 1, 0, 2);",
            )
            .unwrap();
        run(&mut connection).unwrap();
        let find = |asked: &str| -> Vec<i64> {
            let sql = "SELECT rowid FROM message_words WHERE message_words MATCH ?1";
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([asked], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(find("cafe"), [3]);
        assert_eq!(find("\"台\""), [4]);
        connection
            .execute("DELETE FROM message WHERE seq = 3", [])
            .unwrap();
        let whole = "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)";
        connection.execute(whole, []).unwrap();
    }

    #[test]
    fn an_index_that_an_edit_broke_is_mended() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        spaced::register(&connection).unwrap();
        for form in &FORMS[..6] {
            connection.execute_batch(form).unwrap();
        }
        connection.pragma_update(None, "user_version", 6).unwrap();
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 1, 'Ben', 0, x'03');
                 INSERT INTO message (seq, conversation, id, device, person, mine, at_ms,
                 received_ms, kind, text, content, state, read, tick, leaf, n)
                 VALUES (3, 7, x'01', x'02', x'03', 0, 1, 2, 1, 'light', x'', 0, 0, 1, 0, 0);
                 UPDATE message SET text = 'the light' WHERE seq = 3;",
            )
            .unwrap();
        let whole = "INSERT INTO message_words (message_words, rank) VALUES ('integrity-check', 1)";
        assert!(connection.execute(whole, []).is_err());
        run(&mut connection).unwrap();
        connection.execute(whole, []).unwrap();
        connection
            .execute("UPDATE message SET text = 'a light' WHERE seq = 3", [])
            .unwrap();
        connection.execute(whole, []).unwrap();
    }

    #[test]
    fn files_under_way_in_the_fifteenth_form_begin_anew_or_say_that_they_are_to_be_sent_again() {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        spaced::register(&connection).unwrap();
        for form in &FORMS[..15] {
            connection.execute_batch(form).unwrap();
        }
        connection.pragma_update(None, "user_version", 15).unwrap();
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 1, 'Ben', 0, x'03');
                 INSERT INTO transfer (id, conversation, message, sending, key, size, hash, path, stage)
                 VALUES (1, 7, x'01', 1, x'05', 9, x'06', '/out', 1),
                        (2, 7, x'02', 0, x'05', 9, x'06', '/in', 1),
                        (3, 7, x'03', 1, x'', 9, x'', '', 0);
                 INSERT INTO transfer_marks (transfer, done) VALUES (1, x'ff'), (2, x'ff');
                 INSERT INTO transfer_hashes (transfer, hashes) VALUES (1, x'08');",
            )
            .unwrap();
        run(&mut connection).unwrap();
        let mut statement = connection
            .prepare("SELECT stage, problem FROM transfer ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let stages: Vec<(i64, Option<String>)> = rows.unwrap().map(Result::unwrap).collect();
        let changed = Some("file-changed".to_owned());
        assert_eq!(stages, [(5, changed), (1, None), (0, None)]);
        for table in ["transfer_marks", "transfer_hashes"] {
            let count = format!("SELECT count(*) FROM {table}");
            let left: i64 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0, "{table}");
        }
    }

    #[test]
    fn a_file_of_the_seventeenth_form_keeps_its_acknowledgements_and_forgets_who_left_with_what_was_said()
     {
        let mut connection = Connection::open_in_memory().unwrap();
        mls::migrate(&mut connection).unwrap();
        spaced::register(&connection).unwrap();
        for form in &FORMS[..17] {
            connection.execute_batch(form).unwrap();
        }
        connection.pragma_update(None, "user_version", 17).unwrap();
        connection
            .execute_batch(
                "INSERT INTO conversation (id, public, grp, lane, state, title, created_ms, detail)
                 VALUES (7, x'01', x'02', 0, 3, 'Crew', 0, x'03'),
                        (8, x'04', x'05', 0, 3, 'Other', 0, x'06');
                 INSERT INTO ack VALUES (7, x'01', x'02', 1), (7, x'01', x'03', 2);",
            )
            .unwrap();
        run(&mut connection).unwrap();
        let count = |sql: &str| -> i64 {
            let found = connection.query_row(sql, [], |row| row.get(0));
            found.unwrap()
        };
        assert_eq!(count("SELECT count(*) FROM ack"), 2);
        assert_eq!(count("SELECT count(*) FROM former"), 0);
        // Deleted, talked in again, and deleted once more.
        for number in [1, 0, 1] {
            let sql = format!(
                "INSERT OR REPLACE INTO former VALUES (7, x'09', 'Carl'), (8, x'09', 'Carl');
                 INSERT INTO keeping (conversation, what, number, text, set_ms) VALUES (7, 6, {number}, '', 0)
                 ON CONFLICT DO UPDATE SET number = excluded.number;"
            );
            connection.execute_batch(&sql).unwrap();
            let here = count("SELECT count(*) FROM former WHERE conversation = 7");
            assert_eq!(here, 1 - number);
            assert_eq!(
                count("SELECT count(*) FROM former WHERE conversation = 8"),
                1
            );
        }
    }

    #[test]
    fn the_newest_form_is_the_last_file() {
        assert_eq!(i64::try_from(FORMS.len()).unwrap(), NEWEST);
    }
}
