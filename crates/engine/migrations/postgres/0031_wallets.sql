-- Wallets: what is declared of points, tiers, vouchers and rewards, what was asked of them, and what
-- everybody holds.

-- A wallet by its code, and its texts. What was activated never changes; the newest active version
-- is what holds.
CREATE TABLE wallet (
    tenant_id bigint NOT NULL REFERENCES tenant,
    wallet_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id),
    UNIQUE (tenant_id, code)
);

CREATE TABLE wallet_version (
    tenant_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    version bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active')),
    text text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    author_id text COLLATE "C",
    created_at bigint NOT NULL,
    activated_by text COLLATE "C",
    activated_at bigint,
    PRIMARY KEY (tenant_id, wallet_id, version),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet
);

-- Every line that was asked, taken or refused: the journal of wallets. `body` is the command as JSON,
-- `on_at` the day or instant it is for, by the clocks of the wallet.
CREATE TABLE wallet_line (
    tenant_id bigint NOT NULL,
    wallet_line_seq bigint NOT NULL,
    wallet_id bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    verb text COLLATE "C" NOT NULL,
    on_at text COLLATE "C" NOT NULL,
    recorded bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    owner text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    refusal text COLLATE "C",
    PRIMARY KEY (tenant_id, wallet_line_seq)
);

CREATE INDEX wallet_line_by_key ON wallet_line (tenant_id, key, wallet_line_seq);
CREATE INDEX wallet_line_by_owner ON wallet_line (tenant_id, owner, wallet_line_seq)
    WHERE owner IS NOT NULL;

CREATE TRIGGER wallet_line_is_never_updated BEFORE UPDATE OR DELETE ON wallet_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER wallet_line_is_never_truncated BEFORE TRUNCATE ON wallet_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The pieces of the book: lots of an owner in a unit, vouchers, redemptions, tiers. `body` is the
-- piece as JSON, the other columns find it. `due` is when it changes by itself next, by the clocks
-- of the wallet; `live` pieces are needed for whatever their owner does.
CREATE TABLE wallet_piece (
    tenant_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    owner text COLLATE "C",
    alias text COLLATE "C",
    made_by text COLLATE "C",
    live bigint NOT NULL,
    due text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, kind, name)
);

CREATE INDEX wallet_piece_by_owner ON wallet_piece (tenant_id, owner, live) WHERE owner IS NOT NULL;
CREATE INDEX wallet_piece_by_name ON wallet_piece (tenant_id, name);
CREATE INDEX wallet_piece_by_alias ON wallet_piece (tenant_id, alias) WHERE alias IS NOT NULL;
CREATE INDEX wallet_piece_by_maker ON wallet_piece (tenant_id, made_by) WHERE made_by IS NOT NULL;
CREATE INDEX wallet_piece_by_due ON wallet_piece (tenant_id, due) WHERE due IS NOT NULL;

-- What an owner holds of a unit, added up. `due` is when it changes by itself next.
CREATE TABLE wallet_balance (
    tenant_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    unit text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    escrow text COLLATE "C" NOT NULL,
    reserved text COLLATE "C" NOT NULL,
    arrears text COLLATE "C" NOT NULL,
    liability text COLLATE "C" NOT NULL,
    sort_amount bigint NOT NULL,
    due text COLLATE "C",
    PRIMARY KEY (tenant_id, wallet_id, unit, owner)
);

CREATE INDEX wallet_balance_by_owner ON wallet_balance (tenant_id, owner);
CREATE INDEX wallet_balance_by_amount ON wallet_balance (tenant_id, wallet_id, unit, sort_amount);

-- What limits count: vouchers issued, rewards taken, by name.
CREATE TABLE wallet_tally (
    tenant_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, name)
);

-- What awards have credited so far: `award` is the key of the credit, `name` what its
-- lots go by, `happened` the moment of its fact by the clocks of the source.
CREATE TABLE wallet_award (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    payee_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    award text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    happened text COLLATE "C",
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payee_id)
);

-- What was booked of awards that wallets hold, by accounting period: what is closed stays. As in
-- `accrued`, but no posting says it.
CREATE TABLE wallet_accrued (
    tenant_id bigint NOT NULL,
    program_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    accounting_day bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    payee_id bigint NOT NULL,
    amount text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind, payee_id)
);

-- What a partner was for the facts of a day that were recorded after a moment: something done on
-- that day moved it, a tier that was reached.
CREATE TABLE partner_within (
    tenant_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    day bigint NOT NULL,
    after bigint NOT NULL,
    fields text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, partner_id, day, after)
);

-- Postings of wallets have a cause of their own.
ALTER TABLE posting DROP CONSTRAINT posting_cause_check;
ALTER TABLE posting ADD CONSTRAINT posting_cause_check
    CHECK (cause IN ('accrual', 'close', 'adjustment', 'lapse', 'payment', 'wallet'));
CREATE INDEX posting_by_subject ON posting (tenant_id, subject, posting_seq)
    WHERE cause = 'wallet';
