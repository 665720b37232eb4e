-- Messages that name somebody, the newest first, without reading all others.
CREATE INDEX message_mentioning ON message (seq) WHERE mentions <> x'';
