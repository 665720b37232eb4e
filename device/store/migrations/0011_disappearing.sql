-- Keys that can be destroyed: they stand in a file of their own, by number, and are written over in place. Here is only which are
-- free (0), in use (1), or spent (2) and still to be written over. What a key seals names it; when nothing names it any more, it is spent.
CREATE TABLE erasable_key (n INTEGER PRIMARY KEY, state INTEGER NOT NULL) STRICT;
CREATE INDEX erasable_key_free ON erasable_key (n) WHERE state = 0;
CREATE INDEX erasable_key_spent ON erasable_key (n) WHERE state = 2;

-- `timer_s`: how long it stays once it is read or sent, 0 for good. `due_ms`: when it goes.
ALTER TABLE message ADD COLUMN sealed_by INTEGER;
ALTER TABLE message ADD COLUMN timer_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN due_ms INTEGER;
ALTER TABLE annotation ADD COLUMN sealed_by INTEGER;
ALTER TABLE annotation ADD COLUMN due_ms INTEGER;
ALTER TABLE outbox ADD COLUMN sealed_by INTEGER;
ALTER TABLE keeping ADD COLUMN sealed_by INTEGER;
ALTER TABLE keeping ADD COLUMN due_ms INTEGER;
ALTER TABLE transfer ADD COLUMN sealed_by INTEGER;
-- How a cleaned picture is read out of the file; null for a file that goes as it is.
ALTER TABLE transfer ADD COLUMN recipe BLOB;
ALTER TABLE chain ADD COLUMN sealed_by INTEGER;
CREATE INDEX message_due ON message (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX annotation_due ON annotation (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX keeping_due ON keeping (due_ms) WHERE due_ms IS NOT NULL;
CREATE INDEX message_sealed ON message (sealed_by) WHERE sealed_by IS NOT NULL;
CREATE INDEX annotation_sealed ON annotation (sealed_by) WHERE sealed_by IS NOT NULL;
CREATE INDEX outbox_sealed_by ON outbox (sealed_by) WHERE sealed_by IS NOT NULL;
CREATE INDEX keeping_sealed ON keeping (sealed_by) WHERE sealed_by IS NOT NULL;
CREATE INDEX transfer_sealed ON transfer (sealed_by) WHERE sealed_by IS NOT NULL;
CREATE INDEX chain_sealed ON chain (sealed_by) WHERE sealed_by IS NOT NULL;

CREATE VIEW sealed_thing AS
    SELECT sealed_by FROM message WHERE sealed_by IS NOT NULL
    UNION ALL SELECT sealed_by FROM annotation WHERE sealed_by IS NOT NULL
    UNION ALL SELECT sealed_by FROM outbox WHERE sealed_by IS NOT NULL
    UNION ALL SELECT sealed_by FROM keeping WHERE sealed_by IS NOT NULL
    UNION ALL SELECT sealed_by FROM transfer WHERE sealed_by IS NOT NULL
    UNION ALL SELECT sealed_by FROM chain WHERE sealed_by IS NOT NULL;
CREATE TRIGGER message_key_gone AFTER DELETE ON message WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER message_key_other AFTER UPDATE OF sealed_by ON message
WHEN old.sealed_by IS NOT NULL AND old.sealed_by IS NOT new.sealed_by BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER annotation_key_gone AFTER DELETE ON annotation WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER outbox_key_gone AFTER DELETE ON outbox WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER keeping_key_gone AFTER DELETE ON keeping WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER keeping_key_other AFTER UPDATE OF sealed_by ON keeping
WHEN old.sealed_by IS NOT NULL AND old.sealed_by IS NOT new.sealed_by BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER transfer_key_gone AFTER DELETE ON transfer WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER chain_key_gone AFTER DELETE ON chain WHEN old.sealed_by IS NOT NULL BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;
CREATE TRIGGER chain_key_other AFTER UPDATE OF sealed_by ON chain
WHEN old.sealed_by IS NOT NULL AND old.sealed_by IS NOT new.sealed_by BEGIN
    UPDATE erasable_key SET state = 2
    WHERE n = old.sealed_by AND NOT EXISTS (SELECT 1 FROM sealed_thing WHERE sealed_by = old.sealed_by);
END;

-- Words that a key seals never stand in an index on the disk.
DROP TRIGGER message_words_new;
DROP TRIGGER message_words_gone;
DROP TRIGGER message_words_other;
DROP VIEW message_spaced;
CREATE VIEW message_spaced AS SELECT
    seq, spaced(text) AS text, 'c' || conversation || ' p' || hex(person) AS scope
FROM message WHERE text IS NOT NULL AND sealed_by IS NULL;
CREATE TRIGGER message_words_new AFTER INSERT ON message
WHEN new.text IS NOT NULL AND new.sealed_by IS NULL BEGIN
    INSERT INTO message_words (rowid, text, scope)
    VALUES (new.seq, spaced(new.text), 'c' || new.conversation || ' p' || hex(new.person));
END;
CREATE TRIGGER message_words_gone AFTER DELETE ON message
WHEN old.text IS NOT NULL AND old.sealed_by IS NULL BEGIN
    INSERT INTO message_words (message_words, rowid, text, scope)
    VALUES ('delete', old.seq, spaced(old.text), 'c' || old.conversation || ' p' || hex(old.person));
END;
CREATE TRIGGER message_words_other AFTER UPDATE OF text ON message WHEN old.text IS NOT new.text BEGIN
    INSERT INTO message_words (message_words, rowid, text, scope)
    SELECT 'delete', old.seq, spaced(old.text), 'c' || old.conversation || ' p' || hex(old.person)
    WHERE old.text IS NOT NULL AND old.sealed_by IS NULL;
    INSERT INTO message_words (rowid, text, scope)
    SELECT new.seq, spaced(new.text), 'c' || new.conversation || ' p' || hex(new.person)
    WHERE new.text IS NOT NULL AND new.sealed_by IS NULL;
END;
