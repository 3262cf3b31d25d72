-- Settled without a transfer, and money that comes back: credit notes, demands, returned transfers;
-- and why somebody activated a version over its warnings.

-- A credit note or a demand about one statement. `body` is what it says beside the statement, as
-- JSON. Rows move on; what was handed out stays.
CREATE TABLE settlement_note (
    tenant_id bigint NOT NULL,
    note_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    number text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('credit', 'debit')),
    statement_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    total text COLLATE "C" NOT NULL,
    issued_day bigint NOT NULL,
    due_day bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('issued', 'received', 'void')),
    body text COLLATE "C" NOT NULL,
    issued_by text COLLATE "C" NOT NULL,
    issued_at bigint NOT NULL,
    received_day bigint,
    ended_by text COLLATE "C",
    ended_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, note_id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement
);

CREATE UNIQUE INDEX settlement_note_once ON settlement_note (tenant_id, statement_id)
    WHERE status <> 'void';
CREATE INDEX settlement_note_by_partner ON settlement_note (tenant_id, partner_id, note_id);

-- A transfer of a paid file that the bank sent back.
ALTER TABLE payment ADD COLUMN returned_day bigint;
ALTER TABLE payment ADD COLUMN returned_reason text COLLATE "C";
ALTER TABLE payment ADD COLUMN returned_by text COLLATE "C";
ALTER TABLE payment ADD COLUMN returned_at bigint;

ALTER TABLE program_version ADD COLUMN activation_reason text COLLATE "C";
