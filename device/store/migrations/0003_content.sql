-- What people say about messages: replies, reactions, other texts, deletions.
ALTER TABLE message ADD COLUMN in_reply_to BLOB;
ALTER TABLE message ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;

-- Board order is (tick, leaf, n), as of messages. The message meant need not be here yet.
CREATE TABLE annotation (
    seq INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    id BLOB NOT NULL, target BLOB NOT NULL, device BLOB NOT NULL, person BLOB NOT NULL,
    mine INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind INTEGER NOT NULL, body TEXT NOT NULL,
    state INTEGER NOT NULL, tick INTEGER NOT NULL, leaf INTEGER NOT NULL, n INTEGER NOT NULL,
    UNIQUE (conversation, device, id)
) STRICT;
CREATE INDEX annotation_target ON annotation (conversation, target, tick, leaf, n, seq);
CREATE INDEX annotation_person ON annotation (conversation, person, tick, leaf, n, seq);
CREATE INDEX annotation_id ON annotation (id);
