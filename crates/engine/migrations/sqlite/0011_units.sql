-- Several currencies in one program, and periods that end when somebody ends them.

-- A payout is of one currency, so a partner may have several in a period.
CREATE TABLE payout_of_unit (
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
    payment_run TEXT,
    chain TEXT,
    round INTEGER NOT NULL DEFAULT 1,
    step INTEGER NOT NULL DEFAULT 0,
    due_day INTEGER,
    PRIMARY KEY (tenant_id, payout_id),
    UNIQUE (tenant_id, program_id, period_name, partner_id, unit)
) STRICT;
INSERT INTO payout_of_unit
SELECT tenant_id, payout_id, public_id, program_id, partner_id, period_name, period_day, unit,
    calculated, prior_period, adjustments, carried_in, carried_out, lapsed, amount, amount_sort,
    status, created_by, created_by_id, created_at, decided_by, decided_at, comment, paid_by,
    paid_at, payment_run, chain, round, step, due_day FROM payout;
DROP TABLE payout;
ALTER TABLE payout_of_unit RENAME TO payout;
CREATE INDEX payout_by_partner ON payout (tenant_id, partner_id, period_day);
CREATE INDEX payout_by_queue ON payout (tenant_id, status, chain, step, created_by_id, program_id,
    period_name);

-- Exceptions are counted for each currency. Those known so far were of their program's, which an
-- empty unit stands for.
DROP TRIGGER acknowledgement_is_never_updated;
DROP TRIGGER acknowledgement_is_never_deleted;
CREATE TABLE acknowledgement_of_unit (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    cases INTEGER NOT NULL,
    amount TEXT NOT NULL,
    comment TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id, period_name, kind, unit)
) STRICT;
INSERT INTO acknowledgement_of_unit
SELECT tenant_id, program_id, period_name, kind, '', cases, amount, comment, by_name, at
FROM acknowledgement;
DROP TABLE acknowledgement;
ALTER TABLE acknowledgement_of_unit RENAME TO acknowledgement;

CREATE TRIGGER acknowledgement_is_never_updated BEFORE UPDATE ON acknowledgement
BEGIN
    SELECT RAISE(ABORT, 'rows of acknowledgement are never changed');
END;

CREATE TRIGGER acknowledgement_is_never_deleted BEFORE DELETE ON acknowledgement
BEGIN
    SELECT RAISE(ABORT, 'rows of acknowledgement are never changed');
END;

-- Whether the close ended the period, which had been open until somebody would.
ALTER TABLE closing ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0 CHECK (on_demand IN (0, 1));
