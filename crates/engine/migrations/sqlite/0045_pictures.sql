-- Pictures of rewards, vouchers and promotions, each kept once by the hash of its bytes.
CREATE TABLE picture (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    hash TEXT NOT NULL,
    media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body BLOB NOT NULL,
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

CREATE TRIGGER picture_is_never_updated BEFORE UPDATE ON picture
BEGIN
    SELECT RAISE(ABORT, 'rows of picture are never changed');
END;

-- Which picture something has, and what is said of it to whoever does not see it. Without words it
-- is there for its looks alone.
CREATE TABLE picture_of (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    kind TEXT NOT NULL CHECK (kind IN ('reward', 'voucher', 'promotion')),
    code TEXT NOT NULL,
    hash TEXT NOT NULL,
    alt_en TEXT,
    alt_ja TEXT,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, code),
    FOREIGN KEY (tenant_id, hash) REFERENCES picture
) STRICT;

CREATE INDEX picture_of_by_hash ON picture_of (tenant_id, hash);
