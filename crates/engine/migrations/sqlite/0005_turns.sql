-- Who changed the totals last: a process that finds itself here may trust what it remembers of them.
CREATE TABLE totals_turn (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenant,
    holder TEXT NOT NULL
) STRICT;
