-- Settling by several hands: chains of approval, deputies, holds, acknowledged exceptions, disputes,
-- and what partners agreed to.

-- `chain` is the steps as they were when it was asked for, null for one step by whoever may
-- approve. `step` counts what was given in this `round`; a rejection begins the next round.
ALTER TABLE payout ADD COLUMN chain TEXT;
ALTER TABLE payout ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE payout ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payout ADD COLUMN due_day INTEGER;
ALTER TABLE adjustment ADD COLUMN chain TEXT;
ALTER TABLE adjustment ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE adjustment ADD COLUMN due_day INTEGER;
ALTER TABLE adjustment ADD COLUMN reason_code TEXT NOT NULL DEFAULT 'other';
-- Public id of the dispute it answers.
ALTER TABLE adjustment ADD COLUMN dispute TEXT;

DROP INDEX payout_by_status;
CREATE INDEX payout_by_queue ON payout (tenant_id, status, chain, step, created_by_id, program_id,
    period_name);

-- Every yes and no about a payout or an adjustment. Rows are added, never changed.
CREATE TABLE decision (
    tenant_id INTEGER NOT NULL,
    decision_id INTEGER NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('payout', 'adjustment')),
    subject TEXT NOT NULL,
    round INTEGER NOT NULL,
    step INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('approved', 'rejected', 'paid')),
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    for_id TEXT,
    for_name TEXT,
    at INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (tenant_id, decision_id)
) STRICT;

CREATE INDEX decision_by_subject ON decision (tenant_id, subject, round);

-- Who decides for whom while they are away: first and last day.
CREATE TABLE delegation (
    tenant_id INTEGER NOT NULL,
    delegation_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    from_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    until_day INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (tenant_id, delegation_id)
) STRICT;

CREATE INDEX delegation_by_deputy ON delegation (tenant_id, to_user);

-- What is not paid for now: one payout, or everything of a partner.
CREATE TABLE hold (
    tenant_id INTEGER NOT NULL,
    hold_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    partner_id INTEGER NOT NULL,
    payout TEXT,
    reason TEXT NOT NULL,
    until_day INTEGER,
    placed_by TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    released_by TEXT,
    released_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant_id, hold_id)
) STRICT;

CREATE INDEX hold_by_partner ON hold (tenant_id, partner_id);

-- Exceptions that whoever closed a period knew of. Rows are added, never changed.
CREATE TABLE acknowledgement (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    cases INTEGER NOT NULL,
    amount TEXT NOT NULL,
    comment TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id, period_name, kind)
) STRICT;

-- `subject` is the id of a payout, the reference of an award, or the key of a fact.
CREATE TABLE dispute (
    tenant_id INTEGER NOT NULL,
    dispute_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    partner_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    period_name TEXT NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('payout', 'award', 'line')),
    subject TEXT NOT NULL,
    payout TEXT,
    reason TEXT NOT NULL,
    unit TEXT NOT NULL,
    stated TEXT NOT NULL,
    expected TEXT,
    status TEXT NOT NULL CHECK (status IN ('open', 'answered', 'accepted', 'rejected', 'withdrawn')),
    opened_by TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    due_day INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    accepted TEXT,
    adjustment TEXT,
    PRIMARY KEY (tenant_id, dispute_id)
) STRICT;

CREATE INDEX dispute_by_partner ON dispute (tenant_id, partner_id, dispute_id);
CREATE INDEX dispute_by_status ON dispute (tenant_id, status, due_day);
CREATE INDEX dispute_by_period ON dispute (tenant_id, program_id, period_name, status);

-- What was written about a dispute. Rows are added, never changed.
CREATE TABLE dispute_message (
    tenant_id INTEGER NOT NULL,
    dispute_id INTEGER NOT NULL,
    message_no INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('partner', 'vendor')),
    author TEXT NOT NULL,
    author_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    step TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (tenant_id, dispute_id, message_no)
) STRICT;

-- A partner's word that the amount of a payout is right. Rows are added, never changed.
CREATE TABLE sign_off (
    tenant_id INTEGER NOT NULL,
    payout TEXT NOT NULL,
    partner_id INTEGER NOT NULL,
    amount TEXT NOT NULL,
    agreed_by TEXT NOT NULL,
    agreed_by_id TEXT NOT NULL,
    agreed_at INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (tenant_id, payout)
) STRICT;

CREATE TRIGGER decision_is_never_updated BEFORE UPDATE ON decision
BEGIN
    SELECT RAISE(ABORT, 'rows of decision are never changed');
END;

CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
BEGIN
    SELECT RAISE(ABORT, 'rows of decision are never changed');
END;

CREATE TRIGGER acknowledgement_is_never_updated BEFORE UPDATE ON acknowledgement
BEGIN
    SELECT RAISE(ABORT, 'rows of acknowledgement are never changed');
END;

CREATE TRIGGER acknowledgement_is_never_deleted BEFORE DELETE ON acknowledgement
BEGIN
    SELECT RAISE(ABORT, 'rows of acknowledgement are never changed');
END;

CREATE TRIGGER dispute_message_is_never_updated BEFORE UPDATE ON dispute_message
BEGIN
    SELECT RAISE(ABORT, 'rows of dispute_message are never changed');
END;

CREATE TRIGGER dispute_message_is_never_deleted BEFORE DELETE ON dispute_message
BEGIN
    SELECT RAISE(ABORT, 'rows of dispute_message are never changed');
END;

CREATE TRIGGER sign_off_is_never_updated BEFORE UPDATE ON sign_off
BEGIN
    SELECT RAISE(ABORT, 'rows of sign_off are never changed');
END;

CREATE TRIGGER sign_off_is_never_deleted BEFORE DELETE ON sign_off
BEGIN
    SELECT RAISE(ABORT, 'rows of sign_off are never changed');
END;
