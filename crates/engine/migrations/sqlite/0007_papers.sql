-- The papers of settlement: who is paid and where, statements, payment files, the books' journal.

-- What the vendor says of itself on papers (`company`) and in its books (`accounting`), as JSON.
CREATE TABLE paper_setting (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    name TEXT NOT NULL CHECK (name IN ('company', 'accounting')),
    body TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

-- Who is paid. `details` and the accounts are JSON. `asked` is an account that one person entered
-- and another has to confirm before anything is paid to it.
CREATE TABLE payee (
    tenant_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    details TEXT NOT NULL,
    account TEXT,
    asked TEXT,
    asked_by TEXT,
    asked_by_id TEXT,
    asked_at INTEGER,
    confirmed_by TEXT,
    confirmed_at INTEGER,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
) STRICT;

-- A statement as it was handed out; `body` is its content, packed. `to_day` is the last day.
CREATE TABLE statement (
    tenant_id INTEGER NOT NULL,
    statement_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    partner_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    to_day INTEGER NOT NULL,
    due_day INTEGER NOT NULL,
    net TEXT NOT NULL,
    tax TEXT NOT NULL,
    total TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('issued', 'void')),
    run_id INTEGER,
    body BLOB NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    voided_by TEXT,
    voided_at INTEGER,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
) STRICT;

CREATE INDEX statement_by_partner ON statement (tenant_id, partner_id, statement_id);
CREATE INDEX statement_by_run ON statement (tenant_id, run_id) WHERE run_id IS NOT NULL;

-- Which payouts a statement holds, by their public ids. A payout is on one that is not void.
CREATE TABLE statement_payout (
    tenant_id INTEGER NOT NULL,
    statement_id INTEGER NOT NULL,
    payout TEXT NOT NULL,
    amount TEXT NOT NULL,
    tax TEXT NOT NULL,
    is_live INTEGER NOT NULL CHECK (is_live IN (0, 1)),
    PRIMARY KEY (tenant_id, statement_id, payout),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement
) STRICT;

CREATE UNIQUE INDEX statement_payout_once ON statement_payout (tenant_id, payout)
    WHERE is_live = 1;

-- A payment file as it was made.
CREATE TABLE payment_run (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    run_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    format TEXT NOT NULL CHECK (format IN ('pain001', 'zengin')),
    account TEXT NOT NULL,
    unit TEXT NOT NULL,
    execution_day INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('filed', 'paid', 'withdrawn')),
    payments INTEGER NOT NULL,
    total TEXT NOT NULL,
    file_name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    body BLOB NOT NULL,
    created_by TEXT NOT NULL,
    created_by_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_by TEXT,
    ended_at INTEGER,
    PRIMARY KEY (tenant_id, run_id),
    UNIQUE (tenant_id, number)
) STRICT;

-- The transfers of a payment file, in its order.
CREATE TABLE payment (
    tenant_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    amount TEXT NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (tenant_id, run_id, position),
    FOREIGN KEY (tenant_id, run_id) REFERENCES payment_run
) STRICT;

-- Which postings were handed to the books, and by which chart: JSON, as it was.
CREATE TABLE accounting_export (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    export_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    number TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    chart TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, export_id),
    UNIQUE (tenant_id, first_seq)
) STRICT;

-- The payment file a payout stands in; it takes no other step until that is paid or withdrawn.
ALTER TABLE payout ADD COLUMN payment_run TEXT;
