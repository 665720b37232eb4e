-- Messages a person wants to find again, and people they want to hear nothing from: each with when that was set,
-- so that the later of two can win.
CREATE TABLE star (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, starred INTEGER NOT NULL, set_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX star_set ON star (set_ms, message) WHERE starred = 1;
CREATE TABLE blocked (
    person BLOB PRIMARY KEY, name TEXT NOT NULL, blocked INTEGER NOT NULL, set_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A message that says nothing any more is nothing to be found again.
CREATE TRIGGER star_less AFTER UPDATE OF deleted, hidden ON message WHEN new.deleted OR new.hidden BEGIN
    DELETE FROM star WHERE conversation = new.conversation AND message = new.id;
END;
CREATE TRIGGER star_gone AFTER DELETE ON message BEGIN
    DELETE FROM star WHERE conversation = old.conversation AND message = old.id;
END;
