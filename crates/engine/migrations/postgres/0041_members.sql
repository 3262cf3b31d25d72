-- Members: their numbers, what they chose, what they agreed to, and whom they brought.

-- The number of a membership, given with the first thing that is said of it.
CREATE TABLE member_number (
    tenant_id bigint NOT NULL REFERENCES tenant,
    wallet_id bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, owner),
    UNIQUE (tenant_id, wallet_id, number)
);

-- What a member chose: how often it is issued a statement, and whether it may be told of
-- promotions. The newest row holds.
CREATE TABLE member_choice (
    tenant_id bigint NOT NULL REFERENCES tenant,
    choice_seq bigint NOT NULL,
    wallet_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    every text COLLATE "C" NOT NULL CHECK (every IN ('none', 'month', 'quarter')),
    promotions bigint NOT NULL,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, choice_seq)
);

CREATE INDEX member_choice_by_partner
    ON member_choice (tenant_id, partner_id, wallet_id, choice_seq);

-- What people are asked when they agree to be written to. A new wording is a new version; version 0
-- is the product's own.
CREATE TABLE consent_wording (
    tenant_id bigint NOT NULL REFERENCES tenant,
    version bigint NOT NULL,
    text_en text COLLATE "C" NOT NULL,
    text_ja text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

-- What somebody said of a channel: a user, or a partner without one. The newest row holds.
CREATE TABLE consent (
    tenant_id bigint NOT NULL REFERENCES tenant,
    consent_seq bigint NOT NULL,
    subject_kind text COLLATE "C" NOT NULL CHECK (subject_kind IN ('user', 'partner')),
    subject_id bigint NOT NULL,
    channel text COLLATE "C" NOT NULL CHECK (channel IN ('mail', 'phone', 'messaging', 'post')),
    given bigint NOT NULL,
    wording bigint NOT NULL,
    note text COLLATE "C",
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, consent_seq)
);

CREATE INDEX consent_by_subject ON consent (tenant_id, subject_kind, subject_id, consent_seq);

-- The code with which a member brings others.
CREATE TABLE referral_code (
    tenant_id bigint NOT NULL REFERENCES tenant,
    partner_id bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    UNIQUE (tenant_id, code)
);

-- Somebody whom a member brings, or means to. `name` and `contact` are what the member wrote.
CREATE TABLE referral (
    tenant_id bigint NOT NULL REFERENCES tenant,
    referral_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    advocate_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    contact text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, referral_id)
);

CREATE INDEX referral_by_advocate ON referral (tenant_id, advocate_id, referral_id);

-- Who came of it. Nobody is brought twice.
CREATE TABLE referral_friend (
    tenant_id bigint NOT NULL REFERENCES tenant,
    friend_id bigint NOT NULL,
    referral_id bigint NOT NULL,
    day bigint NOT NULL,
    PRIMARY KEY (tenant_id, friend_id),
    UNIQUE (tenant_id, referral_id)
);

-- How far it went, step by step. `happened` is the business day of the step.
CREATE TABLE referral_step (
    tenant_id bigint NOT NULL REFERENCES tenant,
    referral_id bigint NOT NULL,
    stage text COLLATE "C" NOT NULL CHECK (stage IN ('invited', 'registered', 'qualified')),
    happened bigint NOT NULL,
    fact text COLLATE "C",
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, referral_id, stage)
);

CREATE TRIGGER member_number_is_never_updated BEFORE UPDATE OR DELETE ON member_number
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_number_is_never_truncated BEFORE TRUNCATE ON member_number
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_choice_is_never_updated BEFORE UPDATE OR DELETE ON member_choice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_choice_is_never_truncated BEFORE TRUNCATE ON member_choice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consent_wording_is_never_updated BEFORE UPDATE OR DELETE ON consent_wording
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consent_wording_is_never_truncated BEFORE TRUNCATE ON consent_wording
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consent_is_never_updated BEFORE UPDATE OR DELETE ON consent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consent_is_never_truncated BEFORE TRUNCATE ON consent
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_code_is_never_updated BEFORE UPDATE OR DELETE ON referral_code
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_code_is_never_truncated BEFORE TRUNCATE ON referral_code
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_is_never_updated BEFORE UPDATE OR DELETE ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_is_never_truncated BEFORE TRUNCATE ON referral
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_friend_is_never_updated BEFORE UPDATE OR DELETE ON referral_friend
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_friend_is_never_truncated BEFORE TRUNCATE ON referral_friend
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_step_is_never_updated BEFORE UPDATE OR DELETE ON referral_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER referral_step_is_never_truncated BEFORE TRUNCATE ON referral_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
