-- Statements of points, and people of companies.

-- A statement of points as it was issued: `body` is what stands on it, as JSON.
CREATE TABLE point_statement (
    tenant_id bigint NOT NULL REFERENCES tenant,
    statement_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    wallet_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    from_day bigint NOT NULL,
    to_day bigint NOT NULL,
    every text COLLATE "C" NOT NULL CHECK (every IN ('month', 'quarter')),
    by_way text COLLATE "C" NOT NULL CHECK (by_way IN ('portal', 'mail')),
    body text COLLATE "C" NOT NULL,
    issued_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, wallet_id, partner_id, to_day, every)
);

CREATE INDEX point_statement_by_partner
    ON point_statement (tenant_id, partner_id, statement_id);

-- A statement on its way to somebody by mail. `due` is when it is tried next.
CREATE TABLE point_statement_mail (
    tenant_id bigint NOT NULL REFERENCES tenant,
    statement_id bigint NOT NULL,
    user_id bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts bigint NOT NULL,
    due bigint,
    failure text COLLATE "C",
    changed_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, statement_id, user_id)
);

CREATE INDEX point_statement_mail_by_due ON point_statement_mail (tenant_id, due)
    WHERE due IS NOT NULL;

-- Which user is which person of its company: the partner that is a member of its own.
CREATE TABLE person_user (
    tenant_id bigint NOT NULL REFERENCES tenant,
    user_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, partner_id)
);

CREATE TRIGGER point_statement_is_never_updated BEFORE UPDATE OR DELETE ON point_statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER point_statement_is_never_truncated BEFORE TRUNCATE ON point_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
