-- The first form of a profile's database. A column's meaning never changes; later forms are later files.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE position (lane INTEGER PRIMARY KEY, head BLOB NOT NULL, hour INTEGER NOT NULL) STRICT;
CREATE TABLE tick_hash (
    lane INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (lane, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY, public BLOB NOT NULL UNIQUE, grp BLOB NOT NULL UNIQUE,
    lane INTEGER NOT NULL, state INTEGER NOT NULL, title TEXT NOT NULL,
    created_ms INTEGER NOT NULL, detail BLOB NOT NULL
) STRICT;

CREATE TABLE member (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    leaf INTEGER NOT NULL, person BLOB NOT NULL, device BLOB NOT NULL,
    name TEXT NOT NULL, level INTEGER NOT NULL,
    PRIMARY KEY (conversation, leaf)
) STRICT, WITHOUT ROWID;

-- Board order is (tick, leaf, n); what has no place yet comes last, in the order it was written.
CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    id BLOB NOT NULL, device BLOB NOT NULL, person BLOB NOT NULL, mine INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, kind INTEGER NOT NULL,
    text TEXT, content BLOB NOT NULL, state INTEGER NOT NULL, read INTEGER NOT NULL,
    tick INTEGER NOT NULL, leaf INTEGER NOT NULL, n INTEGER NOT NULL,
    UNIQUE (conversation, device, id)
) STRICT;
CREATE INDEX message_order ON message (conversation, tick, leaf, n, seq);
CREATE INDEX message_id ON message (id);
CREATE INDEX message_unread ON message (conversation) WHERE read = 0 AND mine = 0;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, kind INTEGER NOT NULL, content BLOB NOT NULL, outgoing BLOB
) STRICT;
CREATE INDEX outbox_unsealed ON outbox (conversation, seq) WHERE outgoing IS NULL;
CREATE INDEX outbox_sealed ON outbox (conversation, seq) WHERE outgoing IS NOT NULL;

CREATE TABLE cell_out (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, label BLOB NOT NULL UNIQUE, lane INTEGER NOT NULL,
    keep INTEGER NOT NULL, erase_hash BLOB NOT NULL, body BLOB NOT NULL,
    purpose INTEGER NOT NULL, owner INTEGER NOT NULL, stored INTEGER NOT NULL
) STRICT;
CREATE INDEX cell_out_owner ON cell_out (purpose, owner, seq);
CREATE INDEX cell_out_unstored ON cell_out (seq) WHERE stored = 0;

CREATE TABLE epoch (
    conversation INTEGER PRIMARY KEY REFERENCES conversation(id) ON DELETE CASCADE,
    sender BLOB NOT NULL, slots BLOB NOT NULL
) STRICT;
CREATE TABLE chain (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    leaf INTEGER NOT NULL, state BLOB NOT NULL, partial BLOB,
    PRIMARY KEY (conversation, leaf)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending_commit (
    conversation INTEGER PRIMARY KEY REFERENCES conversation(id) ON DELETE CASCADE,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE contact (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL UNIQUE REFERENCES conversation(id) ON DELETE CASCADE,
    detail BLOB NOT NULL
) STRICT;
CREATE TABLE card (id INTEGER PRIMARY KEY, detail BLOB NOT NULL, revoked INTEGER NOT NULL) STRICT;

CREATE TABLE erasure (
    label BLOB PRIMARY KEY, lane INTEGER NOT NULL, key BLOB NOT NULL,
    claim BLOB NOT NULL, due_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_due ON erasure (due_ms);
CREATE TABLE sent_cell (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, label BLOB NOT NULL,
    PRIMARY KEY (conversation, message, label)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt_due (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, device BLOB NOT NULL, kind INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    PRIMARY KEY (conversation, message, device, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_due_at ON receipt_due (due_ms);
CREATE TABLE ack (
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, device BLOB NOT NULL, level INTEGER NOT NULL,
    PRIMARY KEY (conversation, message, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarm (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, detail BLOB NOT NULL, at_ms INTEGER NOT NULL,
    UNIQUE (kind, detail)
) STRICT;
