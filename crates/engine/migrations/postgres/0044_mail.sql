-- Mail: letters on their way, what servers said, links that a letter carries, and promotions that
-- are told to their audience.

-- A letter. `key` says what it tells to whom, so that nobody is told twice. `data` is what it is
-- written from; subject and bodies are what was sent, with every link of one use left out. All of
-- these, name and address go when the letter is old. `due` is when it is tried next; while somebody
-- tries, it is when somebody else may. Nothing is due that is over.
CREATE TABLE mail (
    tenant_id bigint NOT NULL REFERENCES tenant,
    mail_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('statement', 'promotion', 'sponsor_low', 'friend',
        'invitation', 'password', 'test')),
    user_id bigint,
    partner_id bigint,
    mailing_id bigint,
    address text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL CHECK (language IN ('en', 'ja')),
    data text COLLATE "C" NOT NULL,
    paper text COLLATE "C",
    subject text COLLATE "C",
    body_text text COLLATE "C",
    body_html text COLLATE "C",
    status text COLLATE "C" NOT NULL CHECK (status IN ('waiting', 'sent', 'failed', 'given_up', 'held')),
    why text COLLATE "C" CHECK (why IN ('no_consent', 'stopped', 'no_user')),
    attempts bigint NOT NULL,
    due bigint,
    made_at bigint NOT NULL,
    ended_at bigint,
    cleared_at bigint,
    PRIMARY KEY (tenant_id, mail_id),
    UNIQUE (tenant_id, key)
);

CREATE INDEX mail_by_due ON mail (tenant_id, due) WHERE due IS NOT NULL;
CREATE INDEX mail_by_status ON mail (tenant_id, status, mail_id);
CREATE INDEX mail_by_mailing ON mail (tenant_id, mailing_id) WHERE mailing_id IS NOT NULL;
CREATE INDEX mail_by_partner ON mail (tenant_id, partner_id, kind, made_at)
    WHERE partner_id IS NOT NULL;
CREATE INDEX mail_by_end ON mail (tenant_id, ended_at) WHERE cleared_at IS NULL;

-- What came of trying. `code` and `answer` are the server's, `failure` why there was no answer.
CREATE TABLE mail_attempt (
    tenant_id bigint NOT NULL,
    mail_id bigint NOT NULL,
    attempt bigint NOT NULL,
    at bigint NOT NULL,
    took_millis bigint NOT NULL,
    code bigint,
    answer text COLLATE "C",
    failure text COLLATE "C",
    PRIMARY KEY (tenant_id, mail_id, attempt)
);

CREATE TRIGGER mail_attempt_is_never_updated BEFORE UPDATE ON mail_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Addresses of people without a user who want no more letters. They are kept as hashes.
CREATE TABLE mail_stop (
    tenant_id bigint NOT NULL REFERENCES tenant,
    address_hash text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, address_hash)
);

-- A link that lets its holder do one thing. What it holds is known as a hash alone.
CREATE TABLE link (
    tenant_id bigint NOT NULL REFERENCES tenant,
    link_id bigint NOT NULL,
    token_hash text COLLATE "C" NOT NULL UNIQUE,
    purpose text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    user_id bigint,
    uses text COLLATE "C" NOT NULL CHECK (uses IN ('once', 'many')),
    made_at bigint NOT NULL,
    until bigint NOT NULL,
    used_at bigint,
    PRIMARY KEY (tenant_id, link_id)
);

CREATE INDEX link_by_subject ON link (tenant_id, purpose, subject);
CREATE INDEX link_by_until ON link (tenant_id, until);

-- A promotion that is told to its audience: in the manager's own words, now or on a day.
-- `left_out` counts, as JSON, who is not told and why.
CREATE TABLE mailing (
    tenant_id bigint NOT NULL REFERENCES tenant,
    mailing_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    wallet_id bigint NOT NULL,
    promotion text COLLATE "C" NOT NULL,
    says_en text COLLATE "C" NOT NULL,
    says_ja text COLLATE "C" NOT NULL,
    on_day bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('planned', 'told', 'withdrawn')),
    left_out text COLLATE "C",
    made_by text COLLATE "C" NOT NULL,
    made_at bigint NOT NULL,
    told_at bigint,
    PRIMARY KEY (tenant_id, mailing_id)
);

CREATE INDEX mailing_by_promotion ON mailing (tenant_id, wallet_id, promotion, mailing_id);
CREATE INDEX mailing_by_status ON mailing (tenant_id, status, on_day);
