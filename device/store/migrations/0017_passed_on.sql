-- A file that is passed on comes from the board and goes back there: key of the chunks it is read from.
ALTER TABLE transfer ADD COLUMN origin BLOB;
