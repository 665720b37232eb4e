-- People who ask, by a link, to be let into a group; those turned away are kept, so that they need not be answered again.
CREATE TABLE ask (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    person BLOB NOT NULL, name TEXT NOT NULL, card TEXT NOT NULL, at_ms INTEGER NOT NULL, refused INTEGER NOT NULL,
    PRIMARY KEY (conversation, person)
) STRICT, WITHOUT ROWID;
