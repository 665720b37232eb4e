-- People who were in a conversation and are no more, by the name they had last: for what they said.
CREATE TABLE former (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    person BLOB NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;
-- Where everything that was said is deleted on this device (`what` 6), nobody is named any more who only said something there.
CREATE TRIGGER former_forgotten AFTER INSERT ON keeping WHEN new.what = 6 AND new.number = 1 BEGIN
    DELETE FROM former WHERE conversation = new.conversation;
END;
CREATE TRIGGER former_forgotten_again AFTER UPDATE OF number ON keeping WHEN new.what = 6 AND new.number = 1 BEGIN
    DELETE FROM former WHERE conversation = new.conversation;
END;
-- Level 0 in `ack` is a device that is waited for, 2 is the furthest. What somebody who goes leaves open is found by this.
CREATE INDEX ack_open ON ack (conversation, device) WHERE level < 2;
