-- What others are told, and whether it reached them; points by hand that wait for a second person.

-- What happened, in the words of the API, in the order of writing. Written in the commit of what it
-- tells, and never changed. `at` is when it was recorded.
CREATE TABLE outbox (
    tenant_id bigint NOT NULL REFERENCES tenant,
    outbox_seq bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    kind text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    partner text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, outbox_seq)
);

CREATE INDEX outbox_by_time ON outbox (tenant_id, at, outbox_seq);

CREATE TRIGGER outbox_is_never_updated BEFORE UPDATE OR DELETE ON outbox
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER outbox_is_never_truncated BEFORE TRUNCATE ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where news is sent. `kinds` are patterns between blanks, `seen_seq` is up to where the outbox was
-- looked through, `failing_since` is when it stopped answering well. The secret before the last
-- change signs as well until `both_until`.
CREATE TABLE webhook (
    tenant_id bigint NOT NULL REFERENCES tenant,
    webhook_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    url text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    kinds text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('on', 'off', 'failing', 'removed')),
    seen_seq bigint NOT NULL,
    secret text COLLATE "C" NOT NULL,
    secret_before text COLLATE "C",
    both_until bigint,
    failing_since bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, webhook_id)
);

-- A piece of news on its way to one place. `due` is when it is tried next; while somebody tries, it
-- is when somebody else may, should that one never come back. Nothing is due that is over.
CREATE TABLE webhook_delivery (
    tenant_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    outbox_seq bigint NOT NULL,
    cause text COLLATE "C" NOT NULL CHECK (cause IN ('news', 'replay', 'test')),
    status text COLLATE "C" NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
    attempts bigint NOT NULL,
    due bigint,
    made_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id)
);

CREATE INDEX webhook_delivery_by_due ON webhook_delivery (tenant_id, webhook_id, due)
    WHERE due IS NOT NULL;
CREATE INDEX webhook_delivery_by_webhook
    ON webhook_delivery (tenant_id, webhook_id, delivery_id);

-- What came of trying. `answer` is how the answer began, `failure` why there was none.
CREATE TABLE webhook_attempt (
    tenant_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    attempt bigint NOT NULL,
    at bigint NOT NULL,
    took_millis bigint NOT NULL,
    status bigint,
    answer text COLLATE "C",
    failure text COLLATE "C",
    PRIMARY KEY (tenant_id, delivery_id, attempt)
);

CREATE TRIGGER webhook_attempt_is_never_updated BEFORE UPDATE OR DELETE ON webhook_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER webhook_attempt_is_never_truncated BEFORE TRUNCATE ON webhook_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Points by hand above what one person may give or take: they wait for another one. `body` is the
-- line as JSON.
CREATE TABLE wallet_proposal (
    tenant_id bigint NOT NULL REFERENCES tenant,
    proposal_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    wallet_id bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    verb text COLLATE "C" NOT NULL,
    on_at text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    body text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
    asked_by text COLLATE "C" NOT NULL,
    asked_by_id text COLLATE "C" NOT NULL,
    asked_at bigint NOT NULL,
    decided_by text COLLATE "C",
    decided_by_id text COLLATE "C",
    decided_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, proposal_id),
    UNIQUE (tenant_id, key)
);

CREATE INDEX wallet_proposal_by_status ON wallet_proposal (tenant_id, status, proposal_id);
