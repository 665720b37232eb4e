-- Files are hashed on their way. What a file that goes out looked like when it was taken up; hashes of chunks by blocks, since few change
-- at a time; and which chunks that came in the disk is known to have. What was coming in begins anew; what was going out failed and is
-- to be sent again, since nobody knows whether it is still what stands on the board.
DELETE FROM transfer_marks;
UPDATE transfer SET stage = 5, problem = 'file-changed' WHERE sending = 1 AND stage <> 0;
ALTER TABLE transfer ADD COLUMN stamp BLOB;
ALTER TABLE transfer_marks ADD COLUMN safe BLOB NOT NULL DEFAULT x'';
DROP TABLE transfer_hashes;
CREATE TABLE transfer_hashes (
    transfer INTEGER NOT NULL REFERENCES transfer(id) ON DELETE CASCADE, block INTEGER NOT NULL, hashes BLOB NOT NULL,
    PRIMARY KEY (transfer, block)
) STRICT;
