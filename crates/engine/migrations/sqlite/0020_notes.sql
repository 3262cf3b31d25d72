-- Settled without a transfer, and money that comes back: credit notes, demands, returned transfers;
-- and why somebody activated a version over its warnings.

-- A credit note or a demand about one statement. `body` is what it says beside the statement, as
-- JSON. Rows move on; what was handed out stays.
CREATE TABLE settlement_note (
    tenant_id INTEGER NOT NULL,
    note_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('credit', 'debit')),
    statement_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    total TEXT NOT NULL,
    issued_day INTEGER NOT NULL,
    due_day INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('issued', 'received', 'void')),
    body TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    received_day INTEGER,
    ended_by TEXT,
    ended_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant_id, note_id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement
) STRICT;

CREATE UNIQUE INDEX settlement_note_once ON settlement_note (tenant_id, statement_id)
    WHERE status <> 'void';
CREATE INDEX settlement_note_by_partner ON settlement_note (tenant_id, partner_id, note_id);

-- A transfer of a paid file that the bank sent back.
ALTER TABLE payment ADD COLUMN returned_day INTEGER;
ALTER TABLE payment ADD COLUMN returned_reason TEXT;
ALTER TABLE payment ADD COLUMN returned_by TEXT;
ALTER TABLE payment ADD COLUMN returned_at INTEGER;

ALTER TABLE program_version ADD COLUMN activation_reason TEXT;
