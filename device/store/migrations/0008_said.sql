-- Pins, and the people that a text names: ids of 32 bytes, one after the other, of the text that stands.
ALTER TABLE message ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN mentions BLOB NOT NULL DEFAULT x'';
ALTER TABLE annotation ADD COLUMN mentions BLOB NOT NULL DEFAULT x'';
CREATE INDEX message_pinned ON message (conversation, tick, leaf, n, seq) WHERE pinned = 1;
CREATE INDEX message_naming ON message (conversation) WHERE read = 0 AND mentions <> x'';
