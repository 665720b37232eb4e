-- The picture of a group as its context holds it, so that it can be shown without reading the group.
CREATE TABLE group_picture (
    conversation INTEGER PRIMARY KEY REFERENCES conversation(id) ON DELETE CASCADE, picture BLOB NOT NULL
) STRICT;
