-- Settling by several hands: chains of approval, deputies, holds, acknowledged exceptions, disputes,
-- and what partners agreed to.

-- `chain` is the steps as they were when it was asked for, null for one step by whoever may
-- approve. `step` counts what was given in this `round`; a rejection begins the next round.
ALTER TABLE payout ADD COLUMN chain text COLLATE "C";
ALTER TABLE payout ADD COLUMN round bigint NOT NULL DEFAULT 1;
ALTER TABLE payout ADD COLUMN step bigint NOT NULL DEFAULT 0;
ALTER TABLE payout ADD COLUMN due_day bigint;
ALTER TABLE adjustment ADD COLUMN chain text COLLATE "C";
ALTER TABLE adjustment ADD COLUMN step bigint NOT NULL DEFAULT 0;
ALTER TABLE adjustment ADD COLUMN due_day bigint;
ALTER TABLE adjustment ADD COLUMN reason_code text COLLATE "C" NOT NULL DEFAULT 'other';
-- Public id of the dispute it answers.
ALTER TABLE adjustment ADD COLUMN dispute text COLLATE "C";

DROP INDEX payout_by_status;
CREATE INDEX payout_by_queue ON payout (tenant_id, status, chain, step, created_by_id, program_id,
    period_name);

-- Every yes and no about a payout or an adjustment. Rows are added, never changed.
CREATE TABLE decision (
    tenant_id bigint NOT NULL,
    decision_id bigint NOT NULL,
    subject_kind text COLLATE "C" NOT NULL CHECK (subject_kind IN ('payout', 'adjustment')),
    subject text COLLATE "C" NOT NULL,
    round bigint NOT NULL,
    step bigint NOT NULL,
    verdict text COLLATE "C" NOT NULL CHECK (verdict IN ('approved', 'rejected', 'paid')),
    by_id text COLLATE "C" NOT NULL,
    by_name text COLLATE "C" NOT NULL,
    for_id text COLLATE "C",
    for_name text COLLATE "C",
    at bigint NOT NULL,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, decision_id)
);

CREATE INDEX decision_by_subject ON decision (tenant_id, subject, round);

-- Who decides for whom while they are away: first and last day.
CREATE TABLE delegation (
    tenant_id bigint NOT NULL,
    delegation_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    from_user text COLLATE "C" NOT NULL,
    to_user text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    until_day bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    PRIMARY KEY (tenant_id, delegation_id)
);

CREATE INDEX delegation_by_deputy ON delegation (tenant_id, to_user);

-- What is not paid for now: one payout, or everything of a partner.
CREATE TABLE hold (
    tenant_id bigint NOT NULL,
    hold_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    partner_id bigint NOT NULL,
    payout text COLLATE "C",
    reason text COLLATE "C" NOT NULL,
    until_day bigint,
    placed_by text COLLATE "C" NOT NULL,
    placed_at bigint NOT NULL,
    released_by text COLLATE "C",
    released_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, hold_id)
);

CREATE INDEX hold_by_partner ON hold (tenant_id, partner_id);

-- Exceptions that whoever closed a period knew of. Rows are added, never changed.
CREATE TABLE acknowledgement (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    cases bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    comment text COLLATE "C" NOT NULL,
    by_name text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id, period_name, kind)
);

-- `subject` is the id of a payout, the reference of an award, or the key of a fact.
CREATE TABLE dispute (
    tenant_id bigint NOT NULL,
    dispute_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    partner_id bigint NOT NULL,
    program_id bigint NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    subject_kind text COLLATE "C" NOT NULL CHECK (subject_kind IN ('payout', 'award', 'line')),
    subject text COLLATE "C" NOT NULL,
    payout text COLLATE "C",
    reason text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    stated text COLLATE "C" NOT NULL,
    expected text COLLATE "C",
    status text COLLATE "C" NOT NULL CHECK (status IN ('open', 'answered', 'accepted', 'rejected', 'withdrawn')),
    opened_by text COLLATE "C" NOT NULL,
    opened_at bigint NOT NULL,
    due_day bigint NOT NULL,
    decided_by text COLLATE "C",
    decided_at bigint,
    accepted text COLLATE "C",
    adjustment text COLLATE "C",
    PRIMARY KEY (tenant_id, dispute_id)
);

CREATE INDEX dispute_by_partner ON dispute (tenant_id, partner_id, dispute_id);
CREATE INDEX dispute_by_status ON dispute (tenant_id, status, due_day);
CREATE INDEX dispute_by_period ON dispute (tenant_id, program_id, period_name, status);

-- What was written about a dispute. Rows are added, never changed.
CREATE TABLE dispute_message (
    tenant_id bigint NOT NULL,
    dispute_id bigint NOT NULL,
    message_no bigint NOT NULL,
    side text COLLATE "C" NOT NULL CHECK (side IN ('partner', 'vendor')),
    author text COLLATE "C" NOT NULL,
    author_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    step text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, dispute_id, message_no)
);

-- A partner's word that the amount of a payout is right. Rows are added, never changed.
CREATE TABLE sign_off (
    tenant_id bigint NOT NULL,
    payout text COLLATE "C" NOT NULL,
    partner_id bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    agreed_by text COLLATE "C" NOT NULL,
    agreed_by_id text COLLATE "C" NOT NULL,
    agreed_at bigint NOT NULL,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, payout)
);

CREATE TRIGGER decision_is_never_updated BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER decision_is_never_truncated BEFORE TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER acknowledgement_is_never_updated BEFORE UPDATE OR DELETE ON acknowledgement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER acknowledgement_is_never_truncated BEFORE TRUNCATE ON acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER dispute_message_is_never_updated BEFORE UPDATE OR DELETE ON dispute_message
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER dispute_message_is_never_truncated BEFORE TRUNCATE ON dispute_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sign_off_is_never_updated BEFORE UPDATE OR DELETE ON sign_off
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER sign_off_is_never_truncated BEFORE TRUNCATE ON sign_off
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
