-- Who changed the totals last: a process that finds itself here may trust what it remembers of them.
CREATE TABLE totals_turn (
    tenant_id bigint NOT NULL PRIMARY KEY REFERENCES tenant,
    holder text COLLATE "C" NOT NULL
);

-- Rows that change with every batch leave room on their pages, so that a change stays on its page
-- and touches no index.
ALTER TABLE total SET (fillfactor = 70);
ALTER TABLE accrued SET (fillfactor = 70);
ALTER TABLE balance SET (fillfactor = 70);

-- Packed already.
ALTER TABLE import_chunk ALTER COLUMN body SET STORAGE EXTERNAL;
