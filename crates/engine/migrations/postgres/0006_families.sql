-- Names under which the totals of a scope are kept: a group of partners, a category, everybody.
-- Ids are below zero, beside those of partners.
CREATE TABLE scope (
    tenant_id bigint NOT NULL REFERENCES tenant,
    scope_id bigint NOT NULL CHECK (scope_id < 0),
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, scope_id),
    UNIQUE (tenant_id, name)
);

-- The day on which a program's awards were last looked at because a day had passed.
CREATE TABLE day_passed (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    day bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id)
);

-- Amounts that somebody else computed, for terms that take such amounts. The newest of a partner,
-- period and group counts; each difference is booked by when it came.
CREATE TABLE external_award (
    tenant_id bigint NOT NULL,
    external_seq bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    program_id bigint NOT NULL,
    term text COLLATE "C" NOT NULL,
    partner_id bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    recorded bigint NOT NULL,
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, external_seq),
    UNIQUE (tenant_id, key),
    FOREIGN KEY (tenant_id, program_id) REFERENCES program
);

CREATE INDEX external_award_by_program ON external_award (tenant_id, program_id, external_seq);

CREATE TRIGGER external_award_is_never_updated BEFORE UPDATE OR DELETE ON external_award
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER external_award_is_never_truncated BEFORE TRUNCATE ON external_award
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who earned what a posting is for, where somebody else is paid of it.
ALTER TABLE posting ADD COLUMN earner_id bigint;
CREATE INDEX posting_by_earner ON posting (tenant_id, earner_id, posting_seq)
    WHERE earner_id IS NOT NULL;

-- Who is paid stands beside who earned.
CREATE TABLE accrued_to (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    accounting_day bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    payee_id bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind, payee_id)
) WITH (fillfactor = 70);
INSERT INTO accrued_to
SELECT tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day, kind,
    partner_id, amount FROM accrued;
DROP TABLE accrued;
ALTER TABLE accrued_to RENAME TO accrued;
ALTER INDEX accrued_to_pkey RENAME TO accrued_pkey;

CREATE TABLE due_to (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    payout_day bigint NOT NULL,
    payee_id bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payout_day,
        payee_id)
);
INSERT INTO due_to
SELECT tenant_id, program_id, partner_id, term, period_day, group_key, payout_day, partner_id,
    amount FROM due;
DROP TABLE due;
ALTER TABLE due_to RENAME TO due;
ALTER INDEX due_to_pkey RENAME TO due_pkey;
CREATE INDEX due_by_payee ON due (tenant_id, program_id, payee_id);
