-- How a person keeps a conversation: each thing with when it was set, so that the later of two can win.
CREATE TABLE keeping (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    what INTEGER NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, set_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation, what)
) STRICT, WITHOUT ROWID;
