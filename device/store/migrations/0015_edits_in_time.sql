-- An edit may change messages from this time on (Unix milliseconds), where a group lets edit for a while only.
ALTER TABLE annotation ADD COLUMN oldest_ms INTEGER;
