-- Reports of partners that wait for the vendor's word, and the rows of a file that were there before.

-- The state of an import has more words now: 'running', 'review', 'returned', 'done', 'failed'. The
-- column loses its list of words, which cannot be done in place.
ALTER TABLE import ADD COLUMN state text NOT NULL DEFAULT 'running';
UPDATE import SET state = status;
ALTER TABLE import DROP COLUMN status;
ALTER TABLE import RENAME COLUMN state TO status;

-- Who took or returned a report, when, and what was said to the partner.
ALTER TABLE import ADD COLUMN reviewed_by text;
ALTER TABLE import ADD COLUMN reviewed_at bigint;
ALTER TABLE import ADD COLUMN review_comment text;

-- The file of a report that waits. It goes when the report was read to its end.
CREATE TABLE import_held (
    tenant_id bigint NOT NULL,
    import_id bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, import_id),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
);

-- Rows that were there before, packed as those of `import_chunk`; of one file the first ones.
CREATE TABLE import_known (
    tenant_id bigint NOT NULL,
    import_id bigint NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    row_count bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, import_id, first_row),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
);
