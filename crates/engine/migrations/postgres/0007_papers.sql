-- The papers of settlement: who is paid and where, statements, payment files, the books' journal.

-- What the vendor says of itself on papers (`company`) and in its books (`accounting`), as JSON.
CREATE TABLE paper_setting (
    tenant_id bigint NOT NULL REFERENCES tenant,
    name text COLLATE "C" NOT NULL CHECK (name IN ('company', 'accounting')),
    body text COLLATE "C" NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- Who is paid. `details` and the accounts are JSON. `asked` is an account that one person entered
-- and another has to confirm before anything is paid to it.
CREATE TABLE payee (
    tenant_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    details text COLLATE "C" NOT NULL,
    account text COLLATE "C",
    asked text COLLATE "C",
    asked_by text COLLATE "C",
    asked_by_id text COLLATE "C",
    asked_at bigint,
    confirmed_by text COLLATE "C",
    confirmed_at bigint,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
);

-- A statement as it was handed out; `body` is its content, packed. `to_day` is the last day.
CREATE TABLE statement (
    tenant_id bigint NOT NULL,
    statement_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    number text COLLATE "C" NOT NULL,
    partner_id bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    to_day bigint NOT NULL,
    due_day bigint NOT NULL,
    net text COLLATE "C" NOT NULL,
    tax text COLLATE "C" NOT NULL,
    total text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('issued', 'void')),
    run_id bigint,
    body bytea NOT NULL,
    issued_by text COLLATE "C" NOT NULL,
    issued_at bigint NOT NULL,
    voided_by text COLLATE "C",
    voided_at bigint,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
);

CREATE INDEX statement_by_partner ON statement (tenant_id, partner_id, statement_id);
CREATE INDEX statement_by_run ON statement (tenant_id, run_id) WHERE run_id IS NOT NULL;

-- Which payouts a statement holds, by their public ids. A payout is on one that is not void.
CREATE TABLE statement_payout (
    tenant_id bigint NOT NULL,
    statement_id bigint NOT NULL,
    payout text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    tax text COLLATE "C" NOT NULL,
    is_live bigint NOT NULL CHECK (is_live IN (0, 1)),
    PRIMARY KEY (tenant_id, statement_id, payout),
    FOREIGN KEY (tenant_id, statement_id) REFERENCES statement
);

CREATE UNIQUE INDEX statement_payout_once ON statement_payout (tenant_id, payout)
    WHERE is_live = 1;

-- A payment file as it was made.
CREATE TABLE payment_run (
    tenant_id bigint NOT NULL REFERENCES tenant,
    run_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    number text COLLATE "C" NOT NULL,
    format text COLLATE "C" NOT NULL CHECK (format IN ('pain001', 'zengin')),
    account text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    execution_day bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('filed', 'paid', 'withdrawn')),
    payments bigint NOT NULL,
    total text COLLATE "C" NOT NULL,
    file_name text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_by_id text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    ended_by text COLLATE "C",
    ended_at bigint,
    PRIMARY KEY (tenant_id, run_id),
    UNIQUE (tenant_id, number)
);

-- The transfers of a payment file, in its order.
CREATE TABLE payment (
    tenant_id bigint NOT NULL,
    run_id bigint NOT NULL,
    position bigint NOT NULL,
    partner_id bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, run_id, position),
    FOREIGN KEY (tenant_id, run_id) REFERENCES payment_run
);

-- Which postings were handed to the books, and by which chart: JSON, as it was.
CREATE TABLE accounting_export (
    tenant_id bigint NOT NULL REFERENCES tenant,
    export_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    number text COLLATE "C" NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    entries bigint NOT NULL,
    chart text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, export_id),
    UNIQUE (tenant_id, first_seq)
);

-- The payment file a payout stands in; it takes no other step until that is paid or withdrawn.
ALTER TABLE payout ADD COLUMN payment_run text COLLATE "C";

-- Packed already, or read as a whole.
ALTER TABLE statement ALTER COLUMN body SET STORAGE EXTERNAL;
