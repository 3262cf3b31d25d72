-- Proofs that partners and the vendor attach, what a statement was agreed to, adjustments of one
-- term, and imports that somebody stopped.

-- A file attached to a dispute or to a report. Rows are added, never changed.
CREATE TABLE proof (
    tenant_id INTEGER NOT NULL,
    proof_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('dispute', 'import')),
    subject TEXT NOT NULL,
    partner_id INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('partner', 'vendor')),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    body BLOB NOT NULL,
    added_by TEXT NOT NULL,
    added_by_id TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, proof_id)
) STRICT;

CREATE UNIQUE INDEX proof_by_subject ON proof (tenant_id, subject, content_hash);

CREATE TRIGGER proof_is_never_updated BEFORE UPDATE ON proof
BEGIN
    SELECT RAISE(ABORT, 'rows of proof are never changed');
END;

CREATE TRIGGER proof_is_never_deleted BEFORE DELETE ON proof
BEGIN
    SELECT RAISE(ABORT, 'rows of proof are never changed');
END;

-- A partner's word that a statement is right. Rows are added, never changed.
CREATE TABLE statement_sign_off (
    tenant_id INTEGER NOT NULL,
    statement_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    total TEXT NOT NULL,
    agreed_by TEXT NOT NULL,
    agreed_by_id TEXT NOT NULL,
    agreed_at INTEGER NOT NULL,
    comment TEXT,
    PRIMARY KEY (tenant_id, statement_id)
) STRICT;

CREATE TRIGGER statement_sign_off_is_never_updated BEFORE UPDATE ON statement_sign_off
BEGIN
    SELECT RAISE(ABORT, 'rows of statement_sign_off are never changed');
END;

CREATE TRIGGER statement_sign_off_is_never_deleted BEFORE DELETE ON statement_sign_off
BEGIN
    SELECT RAISE(ABORT, 'rows of statement_sign_off are never changed');
END;

-- The term that an adjustment is about, by its code.
ALTER TABLE adjustment ADD COLUMN term TEXT;

-- Who asked a running import to stop, and when. What was in by then stays.
ALTER TABLE import ADD COLUMN stopped_by TEXT;
ALTER TABLE import ADD COLUMN stopped_at INTEGER;
