-- The flow: imports, journal, programs, totals, awards, ledger, settlement.
-- `fact`, `posting` and `closing` are ground state and never change. `total`, `stale`, `award`,
-- `accrued`, `due`, `waiting` and `balance` are derived from them and may be dropped and rebuilt.

-- A file or request on its way in. `rows_read` is how far it is durable: a run that was killed goes
-- on from there. `headers` is a JSON array, `mapping` the JSON of the mapping as it was.
CREATE TABLE import (
    tenant_id bigint NOT NULL REFERENCES tenant,
    import_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    target text COLLATE "C" NOT NULL CHECK (target IN ('facts', 'partners', 'products')),
    source text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    mapping text COLLATE "C" NOT NULL,
    mapping_name text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    bytes_total bigint NOT NULL,
    rows_read bigint NOT NULL,
    accepted bigint NOT NULL,
    known bigint NOT NULL,
    rejected bigint NOT NULL,
    encoding text COLLATE "C",
    delimiter text COLLATE "C",
    headers text COLLATE "C",
    failure text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    partner_id bigint,
    started_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    finished_at bigint,
    PRIMARY KEY (tenant_id, import_id)
);

CREATE INDEX import_by_content ON import (tenant_id, content_hash);
CREATE INDEX import_by_partner ON import (tenant_id, partner_id) WHERE partner_id IS NOT NULL;

-- Rows as they stood in the source, compressed: what an explanation ends at.
CREATE TABLE import_chunk (
    tenant_id bigint NOT NULL,
    import_id bigint NOT NULL,
    first_row bigint NOT NULL,
    last_row bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant_id, import_id, first_row),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
);

CREATE TABLE import_rejection (
    tenant_id bigint NOT NULL,
    import_id bigint NOT NULL,
    row_number bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    column_name text COLLATE "C",
    value text COLLATE "C",
    raw text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, import_id, row_number),
    FOREIGN KEY (tenant_id, import_id) REFERENCES import
);

-- The journal. `happened` is the local date and time in microseconds as if it were UTC. `change` is
-- 0 for a fact that came, 1 for one taken back by a correction or cancellation.
CREATE TABLE fact (
    tenant_id bigint NOT NULL,
    fact_seq bigint NOT NULL,
    change bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    kind bigint NOT NULL,
    happened bigint NOT NULL,
    recorded bigint NOT NULL,
    of_key text COLLATE "C",
    partner_id bigint,
    product_id bigint,
    quantity text COLLATE "C",
    unit text COLLATE "C",
    amount text COLLATE "C",
    currency text COLLATE "C",
    order_no text COLLATE "C",
    line_no text COLLATE "C",
    channel text COLLATE "C",
    activity_type text COLLATE "C",
    parties text COLLATE "C",
    attributes text COLLATE "C",
    hash bytea NOT NULL,
    import_id bigint,
    row_number bigint,
    PRIMARY KEY (tenant_id, fact_seq)
);

CREATE INDEX fact_by_key ON fact (tenant_id, key);
CREATE INDEX fact_by_sale ON fact (tenant_id, of_key) WHERE of_key IS NOT NULL;
CREATE INDEX fact_by_partner ON fact (tenant_id, partner_id, happened);

CREATE TRIGGER fact_is_never_updated BEFORE UPDATE OR DELETE ON fact
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER fact_is_never_truncated BEFORE TRUNCATE ON fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE program (
    tenant_id bigint NOT NULL REFERENCES tenant,
    program_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id),
    UNIQUE (tenant_id, code)
);

-- A version is a draft until it is activated; then its text never changes.
CREATE TABLE program_version (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    version bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'inactive')),
    text text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    activated_by text COLLATE "C",
    activated_at bigint,
    PRIMARY KEY (tenant_id, program_id, version),
    FOREIGN KEY (tenant_id, program_id) REFERENCES program
);

-- Grows with every activation and close, so that a cache knows when to load again.
CREATE TABLE rules_version (
    tenant_id bigint NOT NULL PRIMARY KEY REFERENCES tenant,
    version bigint NOT NULL
);

INSERT INTO rules_version (tenant_id, version) VALUES (1, 0);

CREATE TABLE total (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    version bigint NOT NULL,
    slot bigint NOT NULL,
    part_day bigint NOT NULL,
    payout_day bigint NOT NULL,
    accounting_day bigint NOT NULL,
    late bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    total text COLLATE "C" NOT NULL,
    facts bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, version, slot, part_day,
        payout_day, accounting_day, late, group_key)
);

-- What changed in the totals since its awards were last evaluated.
CREATE TABLE stale (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day)
);

-- Facts that count for nothing in a term until something arrives.
CREATE TABLE waiting (
    tenant_id bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    program_id bigint NOT NULL,
    term bigint NOT NULL,
    reason text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, key, program_id, term)
);

-- Awards as evaluated from the totals. Decimals are text; the `…_sort` columns are the same in
-- hundredths, cut to 64 bits, to sort and filter by.
CREATE TABLE award (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    period_end bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    amount_sort bigint NOT NULL,
    tier bigint,
    tier_name text COLLATE "C",
    qualifier text COLLATE "C",
    qualifier_total text COLLATE "C" NOT NULL,
    qualifier_sort bigint NOT NULL,
    measure text COLLATE "C",
    measure_sort bigint NOT NULL,
    baseline text COLLATE "C",
    facts bigint NOT NULL,
    next_tier bigint,
    next_name text COLLATE "C",
    next_opens text COLLATE "C",
    gap text COLLATE "C",
    gap_sort bigint,
    worth text COLLATE "C",
    worth_sort bigint,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key)
);

CREATE INDEX award_by_partner ON award (tenant_id, partner_id, period_day);
CREATE INDEX award_by_period ON award (tenant_id, program_id, term, period_day, amount_sort);

-- What was posted as accrual, by award, accounting period and kind.
CREATE TABLE accrued (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    accounting_day bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind)
);

-- What each payout period books for an award.
CREATE TABLE due (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    payout_day bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payout_day)
);

CREATE TABLE account (
    tenant_id bigint NOT NULL REFERENCES tenant,
    account_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    partner_id bigint,
    PRIMARY KEY (tenant_id, account_id),
    UNIQUE (tenant_id, name)
);

-- The ledger: one row is one balanced posting, `amount` of `unit` from `credit` to `debit`, above
-- zero. What it is for is named as in `award`.
CREATE TABLE posting (
    tenant_id bigint NOT NULL,
    posting_seq bigint NOT NULL,
    recorded bigint NOT NULL,
    cause text COLLATE "C" NOT NULL CHECK (cause IN ('accrual', 'close', 'adjustment', 'lapse', 'payment')),
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    program_id bigint,
    partner_id bigint,
    term bigint,
    period_day bigint,
    group_key text COLLATE "C",
    booked_day bigint,
    kind text COLLATE "C",
    subject text COLLATE "C",
    PRIMARY KEY (tenant_id, posting_seq)
);

CREATE INDEX posting_by_partner ON posting (tenant_id, partner_id, posting_seq);
CREATE INDEX posting_by_program ON posting (tenant_id, program_id, posting_seq);

CREATE TRIGGER posting_is_never_updated BEFORE UPDATE OR DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER posting_is_never_truncated BEFORE TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Sums of the postings of an account.
CREATE TABLE balance (
    tenant_id bigint NOT NULL,
    account_id bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    debit text COLLATE "C" NOT NULL,
    credit text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, account_id, unit)
);

-- A closed payout period stays closed.
CREATE TABLE closing (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    period_day bigint NOT NULL,
    period_end bigint NOT NULL,
    closed_at bigint NOT NULL,
    closed_by text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, period_name)
);

CREATE TRIGGER closing_is_never_updated BEFORE UPDATE OR DELETE ON closing
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER closing_is_never_truncated BEFORE TRUNCATE ON closing
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE payout (
    tenant_id bigint NOT NULL,
    payout_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    period_day bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    calculated text COLLATE "C" NOT NULL,
    prior_period text COLLATE "C" NOT NULL,
    adjustments text COLLATE "C" NOT NULL,
    carried_in text COLLATE "C" NOT NULL,
    carried_out text COLLATE "C" NOT NULL,
    lapsed text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    amount_sort bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'paid')),
    created_by text COLLATE "C" NOT NULL,
    created_by_id text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    decided_by text COLLATE "C",
    decided_at bigint,
    comment text COLLATE "C",
    paid_by text COLLATE "C",
    paid_at bigint,
    PRIMARY KEY (tenant_id, payout_id),
    UNIQUE (tenant_id, program_id, period_name, partner_id)
);

CREATE INDEX payout_by_partner ON payout (tenant_id, partner_id, period_day);
CREATE INDEX payout_by_status ON payout (tenant_id, status);

CREATE TABLE adjustment (
    tenant_id bigint NOT NULL,
    adjustment_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    asked_by text COLLATE "C" NOT NULL,
    asked_by_id text COLLATE "C" NOT NULL,
    asked_at bigint NOT NULL,
    decided_by text COLLATE "C",
    decided_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, adjustment_id)
);

CREATE INDEX adjustment_by_period ON adjustment (tenant_id, program_id, period_name, partner_id);
CREATE INDEX adjustment_by_status ON adjustment (tenant_id, status);

-- The first answer to a request that may be sent again.
CREATE TABLE idempotency (
    tenant_id bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    request_hash text COLLATE "C" NOT NULL,
    answer text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, actor, key)
);
