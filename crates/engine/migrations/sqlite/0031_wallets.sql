-- Wallets: what is declared of points, tiers, vouchers and rewards, what was asked of them, and what
-- everybody holds.

-- A wallet by its code, and its texts. What was activated never changes; the newest active version
-- is what holds.
CREATE TABLE wallet (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    wallet_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id),
    UNIQUE (tenant_id, code)
) STRICT;

CREATE TABLE wallet_version (
    tenant_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'active')),
    text TEXT NOT NULL,
    created_by TEXT NOT NULL,
    author_id TEXT,
    created_at INTEGER NOT NULL,
    activated_by TEXT,
    activated_at INTEGER,
    PRIMARY KEY (tenant_id, wallet_id, version),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet
) STRICT;

-- Every line that was asked, taken or refused: the journal of wallets. `body` is the command as JSON,
-- `on_at` the day or instant it is for, by the clocks of the wallet.
CREATE TABLE wallet_line (
    tenant_id INTEGER NOT NULL,
    wallet_line_seq INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    verb TEXT NOT NULL,
    on_at TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    owner TEXT,
    body TEXT NOT NULL,
    refusal TEXT,
    PRIMARY KEY (tenant_id, wallet_line_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_line_by_key ON wallet_line (tenant_id, key, wallet_line_seq);
CREATE INDEX wallet_line_by_owner ON wallet_line (tenant_id, owner, wallet_line_seq)
    WHERE owner IS NOT NULL;

CREATE TRIGGER wallet_line_is_never_updated BEFORE UPDATE ON wallet_line
BEGIN
    SELECT RAISE(ABORT, 'rows of wallet_line are never changed');
END;

CREATE TRIGGER wallet_line_is_never_deleted BEFORE DELETE ON wallet_line
BEGIN
    SELECT RAISE(ABORT, 'rows of wallet_line are never changed');
END;

-- The pieces of the book: lots of an owner in a unit, vouchers, redemptions, tiers. `body` is the
-- piece as JSON, the other columns find it. `due` is when it changes by itself next, by the clocks
-- of the wallet; `live` pieces are needed for whatever their owner does.
CREATE TABLE wallet_piece (
    tenant_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT,
    alias TEXT,
    made_by TEXT,
    live INTEGER NOT NULL,
    due TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_piece_by_owner ON wallet_piece (tenant_id, owner, live) WHERE owner IS NOT NULL;
CREATE INDEX wallet_piece_by_name ON wallet_piece (tenant_id, name);
CREATE INDEX wallet_piece_by_alias ON wallet_piece (tenant_id, alias) WHERE alias IS NOT NULL;
CREATE INDEX wallet_piece_by_maker ON wallet_piece (tenant_id, made_by) WHERE made_by IS NOT NULL;
CREATE INDEX wallet_piece_by_due ON wallet_piece (tenant_id, due) WHERE due IS NOT NULL;

-- What an owner holds of a unit, added up. `due` is when it changes by itself next.
CREATE TABLE wallet_balance (
    tenant_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    owner TEXT NOT NULL,
    amount TEXT NOT NULL,
    escrow TEXT NOT NULL,
    reserved TEXT NOT NULL,
    arrears TEXT NOT NULL,
    liability TEXT NOT NULL,
    sort_amount INTEGER NOT NULL,
    due TEXT,
    PRIMARY KEY (tenant_id, wallet_id, unit, owner)
) STRICT, WITHOUT ROWID;

CREATE INDEX wallet_balance_by_owner ON wallet_balance (tenant_id, owner);
CREATE INDEX wallet_balance_by_amount ON wallet_balance (tenant_id, wallet_id, unit, sort_amount);

-- What limits count: vouchers issued, rewards taken, by name.
CREATE TABLE wallet_tally (
    tenant_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, name)
) STRICT, WITHOUT ROWID;

-- What awards have credited so far: `award` is the key of the credit, `name` what its
-- lots go by, `happened` the moment of its fact by the clocks of the source.
CREATE TABLE wallet_award (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    payee_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    award TEXT NOT NULL,
    unit TEXT NOT NULL,
    name TEXT NOT NULL,
    amount TEXT NOT NULL,
    happened TEXT,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, payee_id)
) STRICT, WITHOUT ROWID;

-- What was booked of awards that wallets hold, by accounting period: what is closed stays. As in
-- `accrued`, but no posting says it.
CREATE TABLE wallet_accrued (
    tenant_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    term INTEGER NOT NULL,
    period_day INTEGER NOT NULL,
    group_key TEXT NOT NULL,
    accounting_day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payee_id INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (tenant_id, program_id, partner_id, term, period_day, group_key, accounting_day,
        kind, payee_id)
) STRICT, WITHOUT ROWID;

-- What a partner was for the facts of a day that were recorded after a moment: something done on
-- that day moved it, a tier that was reached.
CREATE TABLE partner_within (
    tenant_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    day INTEGER NOT NULL,
    after INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (tenant_id, partner_id, day, after)
) STRICT, WITHOUT ROWID;

-- Postings of wallets have a cause of their own.
CREATE TABLE posting_anew (
    tenant_id INTEGER NOT NULL,
    posting_seq INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    cause TEXT NOT NULL
        CHECK (cause IN ('accrual', 'close', 'adjustment', 'lapse', 'payment', 'wallet')),
    debit_id INTEGER NOT NULL,
    credit_id INTEGER NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    program_id INTEGER,
    partner_id INTEGER,
    term INTEGER,
    period_day INTEGER,
    group_key TEXT,
    booked_day INTEGER,
    kind TEXT,
    subject TEXT,
    earner_id INTEGER,
    PRIMARY KEY (tenant_id, posting_seq)
) STRICT, WITHOUT ROWID;

INSERT INTO posting_anew SELECT tenant_id, posting_seq, recorded, cause, debit_id, credit_id, unit,
    amount, program_id, partner_id, term, period_day, group_key, booked_day, kind, subject, earner_id
    FROM posting;

DROP TRIGGER posting_is_never_updated;
DROP TRIGGER posting_is_never_deleted;
DROP TABLE posting;
ALTER TABLE posting_anew RENAME TO posting;

CREATE INDEX posting_by_partner ON posting (tenant_id, partner_id, posting_seq);
CREATE INDEX posting_by_program ON posting (tenant_id, program_id, posting_seq);
CREATE INDEX posting_by_earner ON posting (tenant_id, earner_id, posting_seq)
    WHERE earner_id IS NOT NULL;
CREATE INDEX posting_by_subject ON posting (tenant_id, subject, posting_seq)
    WHERE cause = 'wallet';

CREATE TRIGGER posting_is_never_updated BEFORE UPDATE ON posting
BEGIN
    SELECT RAISE(ABORT, 'rows of posting are never changed');
END;

CREATE TRIGGER posting_is_never_deleted BEFORE DELETE ON posting
BEGIN
    SELECT RAISE(ABORT, 'rows of posting are never changed');
END;
