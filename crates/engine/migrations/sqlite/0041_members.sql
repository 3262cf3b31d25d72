-- Members: their numbers, what they chose, what they agreed to, and whom they brought.

-- The number of a membership, given with the first thing that is said of it.
CREATE TABLE member_number (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    wallet_id INTEGER NOT NULL,
    owner TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, owner),
    UNIQUE (tenant_id, wallet_id, number)
) STRICT, WITHOUT ROWID;

-- What a member chose: how often it is issued a statement, and whether it may be told of
-- promotions. The newest row holds.
CREATE TABLE member_choice (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    choice_seq INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    every TEXT NOT NULL CHECK (every IN ('none', 'month', 'quarter')),
    promotions INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, choice_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_choice_by_partner
    ON member_choice (tenant_id, partner_id, wallet_id, choice_seq);

-- What people are asked when they agree to be written to. A new wording is a new version; version 0
-- is the product's own.
CREATE TABLE consent_wording (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    version INTEGER NOT NULL,
    text_en TEXT NOT NULL,
    text_ja TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
) STRICT, WITHOUT ROWID;

-- What somebody said of a channel: a user, or a partner without one. The newest row holds.
CREATE TABLE consent (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    consent_seq INTEGER NOT NULL,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user', 'partner')),
    subject_id INTEGER NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'phone', 'messaging', 'post')),
    given INTEGER NOT NULL,
    wording INTEGER NOT NULL,
    note TEXT,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, consent_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX consent_by_subject ON consent (tenant_id, subject_kind, subject_id, consent_seq);

-- The code with which a member brings others.
CREATE TABLE referral_code (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    partner_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    UNIQUE (tenant_id, code)
) STRICT, WITHOUT ROWID;

-- Somebody whom a member brings, or means to. `name` and `contact` are what the member wrote.
CREATE TABLE referral (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    referral_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    advocate_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, referral_id)
) STRICT;

CREATE INDEX referral_by_advocate ON referral (tenant_id, advocate_id, referral_id);

-- Who came of it. Nobody is brought twice.
CREATE TABLE referral_friend (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    friend_id INTEGER NOT NULL,
    referral_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, friend_id),
    UNIQUE (tenant_id, referral_id)
) STRICT, WITHOUT ROWID;

-- How far it went, step by step. `happened` is the business day of the step.
CREATE TABLE referral_step (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    referral_id INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('invited', 'registered', 'qualified')),
    happened INTEGER NOT NULL,
    fact TEXT,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, referral_id, stage)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER member_number_is_never_updated BEFORE UPDATE ON member_number
BEGIN
    SELECT RAISE(ABORT, 'rows of member_number are never changed');
END;

CREATE TRIGGER member_number_is_never_deleted BEFORE DELETE ON member_number
BEGIN
    SELECT RAISE(ABORT, 'rows of member_number are never changed');
END;

CREATE TRIGGER member_choice_is_never_updated BEFORE UPDATE ON member_choice
BEGIN
    SELECT RAISE(ABORT, 'rows of member_choice are never changed');
END;

CREATE TRIGGER member_choice_is_never_deleted BEFORE DELETE ON member_choice
BEGIN
    SELECT RAISE(ABORT, 'rows of member_choice are never changed');
END;

CREATE TRIGGER consent_wording_is_never_updated BEFORE UPDATE ON consent_wording
BEGIN
    SELECT RAISE(ABORT, 'rows of consent_wording are never changed');
END;

CREATE TRIGGER consent_wording_is_never_deleted BEFORE DELETE ON consent_wording
BEGIN
    SELECT RAISE(ABORT, 'rows of consent_wording are never changed');
END;

CREATE TRIGGER consent_is_never_updated BEFORE UPDATE ON consent
BEGIN
    SELECT RAISE(ABORT, 'rows of consent are never changed');
END;

CREATE TRIGGER consent_is_never_deleted BEFORE DELETE ON consent
BEGIN
    SELECT RAISE(ABORT, 'rows of consent are never changed');
END;

CREATE TRIGGER referral_code_is_never_updated BEFORE UPDATE ON referral_code
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_code are never changed');
END;

CREATE TRIGGER referral_code_is_never_deleted BEFORE DELETE ON referral_code
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_code are never changed');
END;

CREATE TRIGGER referral_is_never_updated BEFORE UPDATE ON referral
BEGIN
    SELECT RAISE(ABORT, 'rows of referral are never changed');
END;

CREATE TRIGGER referral_is_never_deleted BEFORE DELETE ON referral
BEGIN
    SELECT RAISE(ABORT, 'rows of referral are never changed');
END;

CREATE TRIGGER referral_friend_is_never_updated BEFORE UPDATE ON referral_friend
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_friend are never changed');
END;

CREATE TRIGGER referral_friend_is_never_deleted BEFORE DELETE ON referral_friend
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_friend are never changed');
END;

CREATE TRIGGER referral_step_is_never_updated BEFORE UPDATE ON referral_step
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_step are never changed');
END;

CREATE TRIGGER referral_step_is_never_deleted BEFORE DELETE ON referral_step
BEGIN
    SELECT RAISE(ABORT, 'rows of referral_step are never changed');
END;
