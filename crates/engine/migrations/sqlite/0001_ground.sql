-- The ground: tenant, settings, master data, users and their access, audit.
-- Instants are microseconds UTC, business dates days since 1970-01-01, decimals text.
-- `…_id` joins inside the database, `public_id` names a thing outside.

CREATE TABLE tenant (
    tenant_id INTEGER NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO tenant (tenant_id, public_id, name, created_at)
VALUES (1, 'tnt_00000000000070008000000000000001', 'Default', 0);

CREATE TABLE setting (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key)
) STRICT;

-- Grows with every change of master data, so that a cache knows when to load again.
CREATE TABLE master_version (
    tenant_id INTEGER NOT NULL PRIMARY KEY REFERENCES tenant,
    version INTEGER NOT NULL
) STRICT;

INSERT INTO master_version (tenant_id, version) VALUES (1, 0);

-- A ship-to site is a partner whose parent is the partner it belongs to.
-- `names` and `fields` are JSON objects; `fields` is the newest state. `search` is lower case.
CREATE TABLE partner (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    partner_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    names TEXT NOT NULL,
    parent_code TEXT,
    fields TEXT NOT NULL,
    search TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    UNIQUE (tenant_id, code)
) STRICT;

CREATE INDEX partner_by_parent ON partner (tenant_id, parent_code) WHERE parent_code IS NOT NULL;

-- What a partner was from a day on. The first state is from -4371587, the beginning.
CREATE TABLE partner_state (
    tenant_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    from_day INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (tenant_id, partner_id, from_day),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
) STRICT;

-- `category` is the path from the widest to the narrowest, joined by ` / `.
CREATE TABLE product (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    product_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    names TEXT NOT NULL,
    category TEXT,
    fields TEXT NOT NULL,
    search TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, code)
) STRICT;

CREATE INDEX product_by_category ON product (tenant_id, category);

-- One `unit` holds that many `of_unit`; an empty product code means all products.
CREATE TABLE unit_factor (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    product_code TEXT NOT NULL,
    unit TEXT NOT NULL,
    of_unit TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    holds TEXT NOT NULL,
    PRIMARY KEY (tenant_id, product_code, unit, of_unit, from_day)
) STRICT;

-- One `of_currency` is `rate` `to_currency` from a day on.
CREATE TABLE exchange_rate (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    of_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    rate TEXT NOT NULL,
    PRIMARY KEY (tenant_id, of_currency, to_currency, from_day)
) STRICT;

-- Named lists of codes; `codes` is a JSON array.
CREATE TABLE code_list (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    name TEXT NOT NULL,
    codes TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT;

-- How columns of a source become fields. `target` is what a row becomes: facts, partners, products.
CREATE TABLE mapping (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    mapping_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, mapping_id),
    UNIQUE (tenant_id, name)
) STRICT;

-- `login` is lower case. A partner's user sees that partner only.
CREATE TABLE user_account (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    user_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('administrator', 'incentive_manager', 'finance', 'partner')),
    partner_id INTEGER,
    language TEXT NOT NULL,
    theme TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, login),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner,
    CHECK ((role = 'partner') = (partner_id IS NOT NULL))
) STRICT;

-- Only the hash of what the browser holds.
CREATE TABLE session (
    tenant_id INTEGER NOT NULL,
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL,
    csrf TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
) STRICT;

CREATE INDEX session_by_user ON session (tenant_id, user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- `shown` is the beginning of the token, to tell it by; `scopes` are words between spaces.
CREATE TABLE api_token (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    token_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    shown TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    partner_id INTEGER,
    created_by INTEGER,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (tenant_id, token_id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner,
    FOREIGN KEY (tenant_id, created_by) REFERENCES user_account
) STRICT;

-- Failed sign-ins of the last while, to slow down who guesses.
CREATE TABLE sign_in_attempt (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    attempt_id INTEGER NOT NULL,
    login TEXT NOT NULL,
    address TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, attempt_id)
) STRICT;

CREATE INDEX sign_in_attempt_by_login ON sign_in_attempt (tenant_id, login, at);
CREATE INDEX sign_in_attempt_by_address ON sign_in_attempt (tenant_id, address, at);
CREATE INDEX sign_in_attempt_by_time ON sign_in_attempt (tenant_id, at);

-- Who changed what. Rows are added, never changed or deleted.
CREATE TABLE audit (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    audit_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (tenant_id, audit_id)
) STRICT;

CREATE INDEX audit_by_subject ON audit (tenant_id, subject_kind, subject_id, audit_id);

CREATE TRIGGER audit_is_never_updated BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'rows of audit are never changed');
END;

CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'rows of audit are never changed');
END;
