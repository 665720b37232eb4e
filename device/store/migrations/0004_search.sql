-- Words of messages. The text itself stays in one place: the index reads it through the view. `scope` has a
-- word for the conversation and one for the person, so that a narrowed search reads what it is narrowed to.
CREATE VIEW message_spaced AS SELECT
    seq, spaced(text) AS text, 'c' || conversation || ' p' || hex(person) AS scope
FROM message WHERE text IS NOT NULL;
CREATE VIRTUAL TABLE message_words USING fts5(
    text, scope, content = 'message_spaced', content_rowid = 'seq', prefix = '1 2 3',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So'"
);
-- What is deleted leaves the index's own pages too, and not only when they are merged.
INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1);
INSERT INTO message_words (message_words) VALUES ('rebuild');

CREATE TRIGGER message_words_new AFTER INSERT ON message WHEN new.text IS NOT NULL BEGIN
    INSERT INTO message_words (rowid, text, scope)
    VALUES (new.seq, spaced(new.text), 'c' || new.conversation || ' p' || hex(new.person));
END;
CREATE TRIGGER message_words_gone AFTER DELETE ON message WHEN old.text IS NOT NULL BEGIN
    INSERT INTO message_words (message_words, rowid, text, scope)
    VALUES ('delete', old.seq, spaced(old.text), 'c' || old.conversation || ' p' || hex(old.person));
END;
CREATE TRIGGER message_words_less AFTER UPDATE OF text ON message
WHEN old.text IS NOT NULL AND old.text IS NOT new.text BEGIN
    INSERT INTO message_words (message_words, rowid, text, scope)
    VALUES ('delete', old.seq, spaced(old.text), 'c' || old.conversation || ' p' || hex(old.person));
END;
CREATE TRIGGER message_words_more AFTER UPDATE OF text ON message
WHEN new.text IS NOT NULL AND old.text IS NOT new.text BEGIN
    INSERT INTO message_words (rowid, text, scope)
    VALUES (new.seq, spaced(new.text), 'c' || new.conversation || ' p' || hex(new.person));
END;

-- Which messages a date can mean: times are the senders' own and follow no order here.
CREATE INDEX message_at ON message (at_ms, seq);
