-- Files on their way. The key stands here and, once it is said, in the content of the message; the words of that content wait here until
-- the last chunk is stored. Marks of chunks have a table of their own: they are written often and are short.
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    message BLOB NOT NULL, sending INTEGER NOT NULL, key BLOB NOT NULL, size INTEGER NOT NULL, hash BLOB NOT NULL,
    path TEXT NOT NULL, content BLOB, stage INTEGER NOT NULL, problem TEXT,
    UNIQUE (conversation, message)
) STRICT;
CREATE TABLE transfer_marks (
    transfer INTEGER PRIMARY KEY REFERENCES transfer(id) ON DELETE CASCADE, done BLOB NOT NULL
) STRICT;
CREATE TABLE transfer_hashes (
    transfer INTEGER PRIMARY KEY REFERENCES transfer(id) ON DELETE CASCADE, hashes BLOB NOT NULL
) STRICT;
CREATE INDEX message_file ON message (seq) WHERE kind = 6;
