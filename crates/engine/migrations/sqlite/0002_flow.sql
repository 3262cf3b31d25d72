-- The flow: imports, journal, programs, totals, awards, ledger, settlement.
-- `fact`, `posting` and `closing` are ground state and never change. `total`, `stale`, `award`,
-- `accrued`, `due`, `waiting` and `balance` are derived from them and may be dropped and rebuilt.

-- A file or request on its way in. `rows_read` is how far it is durable: a run that was killed goes
-- on from there. `headers` is a JSON array, `mapping` the JSON of the mapping as it was.
CREATE TABLE import (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    import_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL CHECK (target IN ('facts', 'partners', 'products')),
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    mapping TEXT NOT NULL,
    mapping_name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    bytes_total INTEGER NOT NULL,
    rows_read INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    known INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    encoding TEXT,
    delimiter TEXT,
    headers TEXT,
    failure TEXT,
    actor_name TEXT NOT NULL,
    partner_id INTEGER,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    finished_at INTEGER,
    PRIMARY KEY (tenant_id, import_id)
) STRICT;

CREATE INDEX import_by_content ON import (tenant_id, content_hash);
CREATE INDEX import_by_partner ON import (tenant_id, partner_id) WHERE partner_id IS NOT NULL;

-- Rows as they stood in the source, compressed: what an explanation ends at.
CREATE TABLE import_chunk (
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant_id, import_id, first_row),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
) STRICT;

CREATE TABLE import_rejection (
    tenant_id INTEGER NOT NULL,
    import_id INTEGER NOT NULL,
    row_number INTEGER NOT NULL,
    reason TEXT NOT NULL,
    column_name TEXT,
    value TEXT,
    raw TEXT NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row_number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
) STRICT;

-- The journal. `happened` is the local date and time in microseconds as if it were UTC. `change` is
-- 0 for a fact that came, 1 for one taken back by a correction or cancellation.
CREATE TABLE fact (
    tenant_id INTEGER NOT NULL,
    fact_seq INTEGER NOT NULL,
    change INTEGER NOT NULL,
    key TEXT NOT NULL,
    kind INTEGER NOT NULL,
    happened INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    of_key TEXT,
    partner_id INTEGER,
    product_id INTEGER,
    quantity TEXT,
    unit TEXT,
    amount TEXT,
    currency TEXT,
    order_no TEXT,
    line_no TEXT,
    channel TEXT,
    activity_type TEXT,
    parties TEXT,
    attributes TEXT,
    hash BLOB NOT NULL,
    import_id INTEGER,
    row_number INTEGER,
    PRIMARY KEY (tenant_id, fact_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX fact_by_key ON fact (tenant_id, key);
CREATE INDEX fact_by_sale ON fact (tenant_id, of_key) WHERE of_key IS NOT NULL;
CREATE INDEX fact_by_partner ON fact (tenant_id, partner_id, happened);

CREATE TRIGGER fact_is_never_updated BEFORE UPDATE ON fact
BEGIN
    SELECT RAISE(ABORT, 'rows of fact are never changed');
END;

CREATE TRIGGER fact_is_never_deleted BEFORE DELETE ON fact
BEGIN
    SELECT RAISE(ABORT, 'rows of fact are never changed');
END;

CREATE TABLE program (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    program_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id),
    UNIQUE (tenant_id, code)
) STRICT;

-- A version is a draft until it is activated; then its text never changes.
CREATE TABLE program_version (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'inactive')),
    text TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    activated_by TEXT,
    activated_at INTEGER,
    PRIMARY KEY (tenant_id, program_id, version),
    FOREIGN KEY (tenant_id, program_id) REFERENCES program
) STRICT;

-- Grows with every activation and close, so that a cache knows when to load again.
CREATE TABLE rules_version (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenant,
    version INTEGER NOT NULL
) STRICT;

INSERT INTO rules_version (tenant_id, version) VALUES (1, 0);

CREATE TABLE total (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    version INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    part_day INTEGER NOT NULL,
    payout_day INTEGER NOT NULL,
    accounting_day INTEGER NOT NULL,
    late INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    total TEXT NOT NULL,
    facts INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, version, slot, part_day,
        payout_day, accounting_day, late, group_key)
) STRICT, WITHOUT ROWID;

-- What changed in the totals since its awards were last evaluated.
CREATE TABLE stale (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day)
) STRICT, WITHOUT ROWID;

-- Facts that count for nothing in a term until something arrives.
CREATE TABLE waiting (
    tenant_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    program_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant_id, key, program_id, term)
) STRICT, WITHOUT ROWID;

-- Awards as evaluated from the totals. Decimals are text; the `…_sort` columns are the same in
-- hundredths, cut to 64 bits, to sort and filter by.
CREATE TABLE award (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    period_end INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    amount_sort INTEGER NOT NULL,
    tier INTEGER,
    tier_name TEXT,
    qualifier TEXT,
    qualifier_total TEXT NOT NULL,
    qualifier_sort INTEGER NOT NULL,
    measure TEXT,
    measure_sort INTEGER NOT NULL,
    baseline TEXT,
    facts INTEGER NOT NULL,
    next_tier INTEGER,
    next_name TEXT,
    next_opens TEXT,
    gap TEXT,
    gap_sort INTEGER,
    worth TEXT,
    worth_sort INTEGER,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX award_by_partner ON award (tenant_id, partner_id, period_day);
CREATE INDEX award_by_period ON award (tenant_id, program_id, term, period_day, amount_sort);

-- What was posted as accrual, by award, accounting period and kind.
CREATE TABLE accrued (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    accounting_day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind)
) STRICT, WITHOUT ROWID;

-- What each payout period books for an award.
CREATE TABLE due (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    payout_day INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payout_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    partner_id INTEGER,
    PRIMARY KEY (tenant_id, account_id),
    UNIQUE (tenant_id, name)
) STRICT;

-- The ledger: one row is one balanced posting, `amount` of `unit` from `credit` to `debit`, above
-- zero. What it is for is named as in `award`.
CREATE TABLE posting (
    tenant_id INTEGER NOT NULL,
    posting_seq INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('accrual', 'close', 'adjustment', 'lapse', 'payment')),
    debit_id INTEGER NOT NULL,
    credit_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    program_id INTEGER,
    partner_id INTEGER,
    term INTEGER,
    period_day INTEGER,
    group_key TEXT,
    booked_day INTEGER,
    kind TEXT,
    subject TEXT,
    PRIMARY KEY (tenant_id, posting_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX posting_by_partner ON posting (tenant_id, partner_id, posting_seq);
CREATE INDEX posting_by_program ON posting (tenant_id, program_id, posting_seq);

CREATE TRIGGER posting_is_never_updated BEFORE UPDATE ON posting
BEGIN
    SELECT RAISE(ABORT, 'rows of posting are never changed');
END;

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
BEGIN
    SELECT RAISE(ABORT, 'rows of posting are never changed');
END;

-- Sums of the postings of an account.
CREATE TABLE balance (
    tenant_id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    PRIMARY KEY (tenant_id, account_id, unit)
) STRICT, WITHOUT ROWID;

-- A closed payout period stays closed.
CREATE TABLE closing (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    period_day INTEGER NOT NULL,
    period_end INTEGER NOT NULL,
    closed_at INTEGER NOT NULL,
    closed_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, period_name)
) STRICT;

CREATE TRIGGER closing_is_never_updated BEFORE UPDATE ON closing
BEGIN
    SELECT RAISE(ABORT, 'rows of closing are never changed');
END;

CREATE TRIGGER closing_is_never_deleted BEFORE DELETE ON closing
BEGIN
    SELECT RAISE(ABORT, 'rows of closing are never changed');
END;

CREATE TABLE payout (
    tenant_id INTEGER NOT NULL,
    payout_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    period_day INTEGER NOT NULL,
    unit TEXT NOT NULL,
    calculated TEXT NOT NULL,
    prior_period TEXT NOT NULL,
    adjustments TEXT NOT NULL,
    carried_in TEXT NOT NULL,
    carried_out TEXT NOT NULL,
    lapsed TEXT NOT NULL,
    amount TEXT NOT NULL,
    amount_sort INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paid')),
    created_by TEXT NOT NULL,
    created_by_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    comment TEXT,
    paid_by TEXT,
    paid_at INTEGER,
    PRIMARY KEY (tenant_id, payout_id),
    UNIQUE (tenant_id, program_id, period_name, partner_id)
) STRICT;

CREATE INDEX payout_by_partner ON payout (tenant_id, partner_id, period_day);
CREATE INDEX payout_by_status ON payout (tenant_id, status);

CREATE TABLE adjustment (
    tenant_id INTEGER NOT NULL,
    adjustment_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    asked_by TEXT NOT NULL,
    asked_by_id TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant_id, adjustment_id)
) STRICT;

CREATE INDEX adjustment_by_period ON adjustment (tenant_id, program_id, period_name, partner_id);
CREATE INDEX adjustment_by_status ON adjustment (tenant_id, status);

-- The first answer to a request that may be sent again.
CREATE TABLE idempotency (
    tenant_id INTEGER NOT NULL,
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, actor, key)
) STRICT;
