-- What others are told, and whether it reached them; points by hand that wait for a second person.

-- What happened, in the words of the API, in the order of writing. Written in the commit of what it
-- tells, and never changed. `at` is when it was recorded.
CREATE TABLE outbox (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    outbox_seq INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    partner TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, outbox_seq)
) STRICT;

CREATE INDEX outbox_by_time ON outbox (tenant_id, at, outbox_seq);

CREATE TRIGGER outbox_is_never_updated BEFORE UPDATE ON outbox
BEGIN
    SELECT RAISE(ABORT, 'rows of outbox are never changed');
END;

CREATE TRIGGER outbox_is_never_deleted BEFORE DELETE ON outbox
BEGIN
    SELECT RAISE(ABORT, 'rows of outbox are never changed');
END;

-- Where news is sent. `kinds` are patterns between blanks, `seen_seq` is up to where the outbox was
-- looked through, `failing_since` is when it stopped answering well. The secret before the last
-- change signs as well until `both_until`.
CREATE TABLE webhook (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    webhook_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    kinds TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('on', 'off', 'failing', 'removed')),
    seen_seq INTEGER NOT NULL,
    secret TEXT NOT NULL,
    secret_before TEXT,
    both_until INTEGER,
    failing_since INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, webhook_id)
) STRICT;

-- A piece of news on its way to one place. `due` is when it is tried next; while somebody tries, it
-- is when somebody else may, should that one never come back. Nothing is due that is over.
CREATE TABLE webhook_delivery (
    tenant_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    outbox_seq INTEGER NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('news', 'replay', 'test')),
    status TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
    attempts INTEGER NOT NULL,
    due INTEGER,
    made_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id)
) STRICT;

CREATE INDEX webhook_delivery_by_due ON webhook_delivery (tenant_id, webhook_id, due)
    WHERE due IS NOT NULL;
CREATE INDEX webhook_delivery_by_webhook
    ON webhook_delivery (tenant_id, webhook_id, delivery_id);

-- What came of trying. `answer` is how the answer began, `failure` why there was none.
CREATE TABLE webhook_attempt (
    tenant_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    took_millis INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    failure TEXT,
    PRIMARY KEY (tenant_id, delivery_id, attempt)
) STRICT;

CREATE TRIGGER webhook_attempt_is_never_updated BEFORE UPDATE ON webhook_attempt
BEGIN
    SELECT RAISE(ABORT, 'rows of webhook_attempt are never changed');
END;

CREATE TRIGGER webhook_attempt_is_never_deleted BEFORE DELETE ON webhook_attempt
BEGIN
    SELECT RAISE(ABORT, 'rows of webhook_attempt are never changed');
END;

-- Points by hand above what one person may give or take: they wait for another one. `body` is the
-- line as JSON.
CREATE TABLE wallet_proposal (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    proposal_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    wallet_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    verb TEXT NOT NULL,
    on_at TEXT NOT NULL,
    partner TEXT NOT NULL,
    unit TEXT NOT NULL,
    amount TEXT NOT NULL,
    reason TEXT,
    body TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
    asked_by TEXT NOT NULL,
    asked_by_id TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_by_id TEXT,
    decided_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant_id, proposal_id),
    UNIQUE (tenant_id, key)
) STRICT;

CREATE INDEX wallet_proposal_by_status ON wallet_proposal (tenant_id, status, proposal_id);
