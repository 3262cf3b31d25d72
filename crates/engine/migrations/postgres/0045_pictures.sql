-- Pictures of rewards, vouchers and promotions, each kept once by the hash of its bytes.
CREATE TABLE picture (
    tenant_id bigint NOT NULL REFERENCES tenant,
    hash text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    width bigint NOT NULL,
    height bigint NOT NULL,
    bytes bigint NOT NULL,
    body bytea NOT NULL,
    added_by text COLLATE "C" NOT NULL,
    added_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);

CREATE TRIGGER picture_is_never_updated BEFORE UPDATE ON picture
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Packed already.
ALTER TABLE picture ALTER COLUMN body SET STORAGE EXTERNAL;

-- Which picture something has, and what is said of it to whoever does not see it. Without words it
-- is there for its looks alone.
CREATE TABLE picture_of (
    tenant_id bigint NOT NULL REFERENCES tenant,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('reward', 'voucher', 'promotion')),
    code text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    alt_en text COLLATE "C",
    alt_ja text COLLATE "C",
    changed_by text COLLATE "C" NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, code),
    FOREIGN KEY (tenant_id, hash) REFERENCES picture
);

CREATE INDEX picture_of_by_hash ON picture_of (tenant_id, hash);
