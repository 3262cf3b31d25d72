-- Names under which the totals of a scope are kept: a group of partners, a category, everybody.
-- Ids are below zero, beside those of partners.
CREATE TABLE scope (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    scope_id INTEGER NOT NULL CHECK (scope_id < 0),
    name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, scope_id),
    UNIQUE (tenant_id, name)
) STRICT;

-- The day on which a program's awards were last looked at because a day had passed.
CREATE TABLE day_passed (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id)
) STRICT, WITHOUT ROWID;

-- Amounts that somebody else computed, for terms that take such amounts. The newest of a partner,
-- period and group counts; each difference is booked by when it came.
CREATE TABLE external_award (
    tenant_id INTEGER NOT NULL,
    external_seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    program_id INTEGER NOT NULL,
    term TEXT NOT NULL,
    partner_id INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    amount TEXT NOT NULL,
    reason TEXT,
    recorded INTEGER NOT NULL,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, external_seq),
    UNIQUE (tenant_id, key),
    FOREIGN KEY (tenant_id, program_id) REFERENCES program
) STRICT;

CREATE INDEX external_award_by_program ON external_award (tenant_id, program_id, external_seq);

CREATE TRIGGER external_award_is_never_updated BEFORE UPDATE ON external_award
BEGIN
    SELECT RAISE(ABORT, 'rows of external_award are never changed');
END;

CREATE TRIGGER external_award_is_never_deleted BEFORE DELETE ON external_award
BEGIN
    SELECT RAISE(ABORT, 'rows of external_award are never changed');
END;

-- Who earned what a posting is for, where somebody else is paid of it.
ALTER TABLE posting ADD COLUMN earner_id INTEGER;
CREATE INDEX posting_by_earner ON posting (tenant_id, earner_id, posting_seq)
    WHERE earner_id IS NOT NULL;

-- Who is paid stands beside who earned.
CREATE TABLE accrued_to (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    accounting_day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payee_id INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind, payee_id)
) STRICT, WITHOUT ROWID;
INSERT INTO accrued_to
SELECT tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day, kind,
    partner_id, amount FROM accrued;
DROP TABLE accrued;
ALTER TABLE accrued_to RENAME TO accrued;

CREATE TABLE due_to (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    payout_day INTEGER NOT NULL,
    payee_id INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payout_day,
        payee_id)
) STRICT, WITHOUT ROWID;
INSERT INTO due_to
SELECT tenant_id, program_id, partner_id, term, period_day, group_key, payout_day, partner_id,
    amount FROM due;
DROP TABLE due;
ALTER TABLE due_to RENAME TO due;
CREATE INDEX due_by_payee ON due (tenant_id, program_id, payee_id);
