-- What a payout is for: a closed period of a program, or an order of a reward that gives money.

-- `program_id` is null where no program owes it. `source_key` is the key of what it is for, and
-- `source` the rest of it.
CREATE TABLE payout_of_source (
    tenant_id INTEGER NOT NULL,
    payout_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    program_id INTEGER,
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
    status TEXT NOT NULL
        CHECK (status IN ('pending', 'approved', 'rejected', 'paid', 'withdrawn')),
    created_by TEXT NOT NULL,
    created_by_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    comment TEXT,
    paid_by TEXT,
    paid_at INTEGER,
    payment_run TEXT,
    chain TEXT,
    round INTEGER NOT NULL DEFAULT 1,
    step INTEGER NOT NULL DEFAULT 0,
    due_day INTEGER,
    source_kind TEXT NOT NULL CHECK (source_kind IN ('period', 'reward')),
    source_key TEXT,
    source TEXT,
    PRIMARY KEY (tenant_id, payout_id),
    UNIQUE (tenant_id, program_id, period_name, partner_id, unit),
    CHECK ((source_kind = 'period') = (program_id IS NOT NULL)),
    CHECK ((source_kind = 'period') = (source_key IS NULL))
) STRICT;
INSERT INTO payout_of_source
SELECT tenant_id, payout_id, public_id, program_id, partner_id, period_name, period_day, unit,
    calculated, prior_period, adjustments, carried_in, carried_out, lapsed, amount, amount_sort,
    status, created_by, created_by_id, created_at, decided_by, decided_at, comment, paid_by,
    paid_at, payment_run, chain, round, step, due_day, 'period', NULL, NULL FROM payout;
DROP TABLE payout;
ALTER TABLE payout_of_source RENAME TO payout;
CREATE INDEX payout_by_partner ON payout (tenant_id, partner_id, period_day);
CREATE INDEX payout_by_queue ON payout (tenant_id, status, chain, step, created_by_id, program_id,
    period_name);
CREATE INDEX payout_by_source ON payout (tenant_id, source_kind, source_key)
    WHERE source_key IS NOT NULL;
