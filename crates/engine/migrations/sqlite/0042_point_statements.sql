-- Statements of points, and people of companies.

-- A statement of points as it was issued: `body` is what stands on it, as JSON.
CREATE TABLE point_statement (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    statement_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    wallet_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    from_day INTEGER NOT NULL,
    to_day INTEGER NOT NULL,
    every TEXT NOT NULL CHECK (every IN ('month', 'quarter')),
    body TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, wallet_id, partner_id, to_day, every)
) STRICT;

CREATE INDEX point_statement_by_partner
    ON point_statement (tenant_id, partner_id, statement_id);

-- What an account of a wallet moved, for statements of one member.
CREATE INDEX posting_by_debit ON posting (tenant_id, debit_id, posting_seq)
    WHERE cause = 'wallet';
CREATE INDEX posting_by_credit ON posting (tenant_id, credit_id, posting_seq)
    WHERE cause = 'wallet';

-- Which user is which person of its company: the partner that is a member of its own.
CREATE TABLE person_user (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    user_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, partner_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER point_statement_is_never_updated BEFORE UPDATE ON point_statement
BEGIN
    SELECT RAISE(ABORT, 'rows of point_statement are never changed');
END;

CREATE TRIGGER point_statement_is_never_deleted BEFORE DELETE ON point_statement
BEGIN
    SELECT RAISE(ABORT, 'rows of point_statement are never changed');
END;
