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
    by_way TEXT NOT NULL CHECK (by_way IN ('portal', 'mail')),
    body TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, statement_id),
    UNIQUE (tenant_id, wallet_id, partner_id, to_day, every)
) STRICT;

CREATE INDEX point_statement_by_partner
    ON point_statement (tenant_id, partner_id, statement_id);

-- A statement on its way to somebody by mail. `due` is when it is tried next.
CREATE TABLE point_statement_mail (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    statement_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'failed')),
    attempts INTEGER NOT NULL,
    due INTEGER,
    failure TEXT,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, statement_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX point_statement_mail_by_due ON point_statement_mail (tenant_id, due)
    WHERE due IS NOT NULL;

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
