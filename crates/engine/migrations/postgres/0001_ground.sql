-- The ground: tenant, settings, master data, users and their access, audit.
-- Instants are microseconds UTC, business dates days since 1970-01-01, decimals text.
-- `…_id` joins inside the database, `public_id` names a thing outside.

CREATE TABLE tenant (
    tenant_id bigint NOT NULL PRIMARY KEY,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL
);

INSERT INTO tenant (tenant_id, public_id, name, created_at)
VALUES (1, 'tnt_00000000000070008000000000000001', 'Default', 0);

CREATE TABLE setting (
    tenant_id bigint NOT NULL REFERENCES tenant,
    key text COLLATE "C" NOT NULL,
    value text NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- Grows with every change of master data, so that a cache knows when to load again.
CREATE TABLE master_version (
    tenant_id bigint NOT NULL PRIMARY KEY REFERENCES tenant,
    version bigint NOT NULL
);

INSERT INTO master_version (tenant_id, version) VALUES (1, 0);

-- A ship-to site is a partner whose parent is the partner it belongs to.
-- `names` and `fields` are JSON objects; `fields` is the newest state. `search` is lower case.
CREATE TABLE partner (
    tenant_id bigint NOT NULL REFERENCES tenant,
    partner_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    names text NOT NULL,
    parent_code text COLLATE "C",
    fields text NOT NULL,
    search text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    UNIQUE (tenant_id, code)
);

CREATE INDEX partner_by_parent ON partner (tenant_id, parent_code) WHERE parent_code IS NOT NULL;

-- What a partner was from a day on. The first state is from -4371587, the beginning.
CREATE TABLE partner_state (
    tenant_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    from_day bigint NOT NULL,
    fields text NOT NULL,
    PRIMARY KEY (tenant_id, partner_id, from_day),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner
);

-- `category` is the path from the widest to the narrowest, joined by ` / `.
CREATE TABLE product (
    tenant_id bigint NOT NULL REFERENCES tenant,
    product_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    names text NOT NULL,
    category text COLLATE "C",
    fields text NOT NULL,
    search text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (tenant_id, code)
);

CREATE INDEX product_by_category ON product (tenant_id, category);

-- One `unit` holds that many `of_unit`; an empty product code means all products.
CREATE TABLE unit_factor (
    tenant_id bigint NOT NULL REFERENCES tenant,
    product_code text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    of_unit text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    holds text NOT NULL,
    PRIMARY KEY (tenant_id, product_code, unit, of_unit, from_day)
);

-- One `of_currency` is `rate` `to_currency` from a day on.
CREATE TABLE exchange_rate (
    tenant_id bigint NOT NULL REFERENCES tenant,
    of_currency text COLLATE "C" NOT NULL,
    to_currency text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    rate text NOT NULL,
    PRIMARY KEY (tenant_id, of_currency, to_currency, from_day)
);

-- Named lists of codes; `codes` is a JSON array.
CREATE TABLE code_list (
    tenant_id bigint NOT NULL REFERENCES tenant,
    name text COLLATE "C" NOT NULL,
    codes text NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- How columns of a source become fields. `target` is what a row becomes: facts, partners, products.
CREATE TABLE mapping (
    tenant_id bigint NOT NULL REFERENCES tenant,
    mapping_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    body text NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, mapping_id),
    UNIQUE (tenant_id, name)
);

-- `login` is lower case. A partner's user sees that partner only.
CREATE TABLE user_account (
    tenant_id bigint NOT NULL REFERENCES tenant,
    user_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    login text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    password_hash text NOT NULL,
    role text COLLATE "C" NOT NULL CHECK (role IN ('administrator', 'incentive_manager', 'finance', 'partner')),
    partner_id bigint,
    language text COLLATE "C" NOT NULL,
    theme text COLLATE "C" NOT NULL,
    disabled bigint NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, login),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner,
    CHECK ((role = 'partner') = (partner_id IS NOT NULL))
);

-- Only the hash of what the browser holds.
CREATE TABLE session (
    tenant_id bigint NOT NULL,
    token_hash text COLLATE "C" NOT NULL PRIMARY KEY,
    user_id bigint NOT NULL,
    csrf text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES user_account
);

CREATE INDEX session_by_user ON session (tenant_id, user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- `shown` is the beginning of the token, to tell it by; `scopes` are words between spaces.
CREATE TABLE api_token (
    tenant_id bigint NOT NULL REFERENCES tenant,
    token_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    shown text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    scopes text COLLATE "C" NOT NULL,
    partner_id bigint,
    created_by bigint,
    created_at bigint NOT NULL,
    used_at bigint,
    expires_at bigint,
    revoked_at bigint,
    PRIMARY KEY (tenant_id, token_id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner,
    FOREIGN KEY (tenant_id, created_by) REFERENCES user_account
);

-- Failed sign-ins of the last while, to slow down who guesses.
CREATE TABLE sign_in_attempt (
    tenant_id bigint NOT NULL REFERENCES tenant,
    attempt_id bigint NOT NULL,
    login text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, attempt_id)
);

CREATE INDEX sign_in_attempt_by_login ON sign_in_attempt (tenant_id, login, at);
CREATE INDEX sign_in_attempt_by_address ON sign_in_attempt (tenant_id, address, at);
CREATE INDEX sign_in_attempt_by_time ON sign_in_attempt (tenant_id, at);

-- Who changed what. Rows are added, never changed or deleted.
CREATE TABLE audit (
    tenant_id bigint NOT NULL REFERENCES tenant,
    audit_id bigint NOT NULL,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    subject_kind text COLLATE "C" NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    before text,
    after text,
    PRIMARY KEY (tenant_id, audit_id)
);

CREATE INDEX audit_by_subject ON audit (tenant_id, subject_kind, subject_id, audit_id);

-- Raises for tables whose rows are only ever added.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER audit_is_never_updated BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER audit_is_never_truncated BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
