-- Bytes of what goes out and has no file of its own: a voice note lies here alone until it is out, sealed like its transfer.
CREATE TABLE transfer_bytes (
    transfer INTEGER PRIMARY KEY REFERENCES transfer(id) ON DELETE CASCADE, bytes BLOB NOT NULL
) STRICT;
