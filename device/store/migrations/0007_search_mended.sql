-- SQLite does not say in which order two triggers of one event run. Of the two that changed a text in the index, the
-- one that writes could come first; then the other took the new words out, and searches failed. One trigger has one order.
DROP TRIGGER message_words_less;
DROP TRIGGER message_words_more;
CREATE TRIGGER message_words_other AFTER UPDATE OF text ON message WHEN old.text IS NOT new.text BEGIN
    INSERT INTO message_words (message_words, rowid, text, scope)
    SELECT 'delete', old.seq, spaced(old.text), 'c' || old.conversation || ' p' || hex(old.person)
    WHERE old.text IS NOT NULL;
    INSERT INTO message_words (rowid, text, scope)
    SELECT new.seq, spaced(new.text), 'c' || new.conversation || ' p' || hex(new.person)
    WHERE new.text IS NOT NULL;
END;
INSERT INTO message_words (message_words) VALUES ('rebuild');
