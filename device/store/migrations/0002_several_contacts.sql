-- Several people can be on their way into one group.
CREATE TABLE contact_of_form_2 (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    detail BLOB NOT NULL
) STRICT;
INSERT INTO contact_of_form_2 SELECT id, conversation, detail FROM contact;
DROP TABLE contact;
ALTER TABLE contact_of_form_2 RENAME TO contact;
CREATE INDEX contact_by_conversation ON contact(conversation);
