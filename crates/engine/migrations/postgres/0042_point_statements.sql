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
    body text COLLATE "C" NOT NULL,
    issued_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, wallet_id, partner_id, to_day, every)
);

CREATE INDEX point_statement_by_partner
    ON point_statement (tenant_id, partner_id, statement_id);

-- What an account of a wallet moved, for statements of one member.
CREATE INDEX posting_by_debit ON posting (tenant_id, debit_id, posting_seq)
    WHERE cause = 'wallet';
CREATE INDEX posting_by_credit ON posting (tenant_id, credit_id, posting_seq)
    WHERE cause = 'wallet';

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
