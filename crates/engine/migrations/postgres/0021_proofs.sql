-- Proofs that partners and the vendor attach, what a statement was agreed to, adjustments of one
-- term, and imports that somebody stopped.

-- A file attached to a dispute or to a report. Rows are added, never changed.
CREATE TABLE proof (
    tenant_id bigint NOT NULL,
    proof_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    subject_kind text COLLATE "C" NOT NULL CHECK (subject_kind IN ('dispute', 'import')),
    subject text COLLATE "C" NOT NULL,
    partner_id bigint NOT NULL,
    side text COLLATE "C" NOT NULL CHECK (side IN ('partner', 'vendor')),
    name text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    bytes bigint NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    added_by text COLLATE "C" NOT NULL,
    added_by_id text COLLATE "C" NOT NULL,
    added_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, proof_id)
);

CREATE UNIQUE INDEX proof_by_subject ON proof (tenant_id, subject, content_hash);

CREATE TRIGGER proof_is_never_updated BEFORE UPDATE OR DELETE ON proof
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER proof_is_never_truncated BEFORE TRUNCATE ON proof
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Packed already.
ALTER TABLE proof ALTER COLUMN body SET STORAGE EXTERNAL;

-- A partner's word that a statement is right. Rows are added, never changed.
CREATE TABLE statement_sign_off (
    tenant_id bigint NOT NULL,
    statement_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    total text COLLATE "C" NOT NULL,
    agreed_by text COLLATE "C" NOT NULL,
    agreed_by_id text COLLATE "C" NOT NULL,
    agreed_at bigint NOT NULL,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, statement_id)
);

CREATE TRIGGER statement_sign_off_is_never_updated BEFORE UPDATE OR DELETE ON statement_sign_off
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER statement_sign_off_is_never_truncated BEFORE TRUNCATE ON statement_sign_off
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The term that an adjustment is about, by its code.
ALTER TABLE adjustment ADD COLUMN term text COLLATE "C";

-- Who asked a running import to stop, and when. What was in by then stays.
ALTER TABLE import ADD COLUMN stopped_by text COLLATE "C";
ALTER TABLE import ADD COLUMN stopped_at bigint;
