-- A line waits in a term for everything it lacks, a price and a rate, not for one of them.

CREATE TABLE waiting_anew (
    tenant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    program_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, key, program_id, term, reason)
) STRICT, WITHOUT ROWID;

INSERT INTO waiting_anew SELECT tenant_id, key, program_id, term, reason FROM waiting;

DROP TABLE waiting;

ALTER TABLE waiting_anew RENAME TO waiting;
