-- Mail: letters on their way, what servers said, links that a letter carries, and promotions that
-- are told to their audience.

-- A letter. `key` says what it tells to whom, so that nobody is told twice. `data` is what it is
-- written from; subject and bodies are what was sent, with every link of one use left out. All of
-- these, name and address go when the letter is old. `due` is when it is tried next; while somebody
-- tries, it is when somebody else may. Nothing is due that is over.
CREATE TABLE mail (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    mail_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('statement', 'promotion', 'sponsor_low', 'friend',
        'invitation', 'password', 'test')),
    user_id INTEGER,
    partner_id INTEGER,
    mailing_id INTEGER,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'ja')),
    data TEXT NOT NULL,
    paper TEXT,
    subject TEXT,
    body_text TEXT,
    body_html TEXT,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'sent', 'failed', 'given_up', 'held')),
    why TEXT CHECK (why IN ('no_consent', 'stopped', 'no_user')),
    attempts INTEGER NOT NULL,
    due INTEGER,
    made_at INTEGER NOT NULL,
    ended_at INTEGER,
    cleared_at INTEGER,
    PRIMARY KEY (tenant_id, mail_id),
    UNIQUE (tenant_id, key)
) STRICT;

CREATE INDEX mail_by_due ON mail (tenant_id, due) WHERE due IS NOT NULL;
CREATE INDEX mail_by_status ON mail (tenant_id, status, mail_id);
CREATE INDEX mail_by_mailing ON mail (tenant_id, mailing_id) WHERE mailing_id IS NOT NULL;
CREATE INDEX mail_by_partner ON mail (tenant_id, partner_id, kind, made_at)
    WHERE partner_id IS NOT NULL;
CREATE INDEX mail_by_end ON mail (tenant_id, ended_at) WHERE cleared_at IS NULL;

-- What came of trying. `code` and `answer` are the server's, `failure` why there was no answer.
CREATE TABLE mail_attempt (
    tenant_id INTEGER NOT NULL,
    mail_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    took_millis INTEGER NOT NULL,
    code INTEGER,
    answer TEXT,
    failure TEXT,
    PRIMARY KEY (tenant_id, mail_id, attempt)
) STRICT;

CREATE TRIGGER mail_attempt_is_never_updated BEFORE UPDATE ON mail_attempt
BEGIN
    SELECT RAISE(ABORT, 'rows of mail_attempt are never changed');
END;

-- Addresses of people without a user who want no more letters. They are kept as hashes.
CREATE TABLE mail_stop (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    address_hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, address_hash)
) STRICT, WITHOUT ROWID;

-- A link that lets its holder do one thing. What it holds is known as a hash alone.
CREATE TABLE link (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    link_id INTEGER NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id INTEGER,
    uses TEXT NOT NULL CHECK (uses IN ('once', 'many')),
    made_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (tenant_id, link_id)
) STRICT;

CREATE INDEX link_by_subject ON link (tenant_id, purpose, subject);
CREATE INDEX link_by_until ON link (tenant_id, until);

-- A promotion that is told to its audience: in the manager's own words, now or on a day.
-- `left_out` counts, as JSON, who is not told and why.
CREATE TABLE mailing (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    mailing_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    wallet_id INTEGER NOT NULL,
    promotion TEXT NOT NULL,
    says_en TEXT NOT NULL,
    says_ja TEXT NOT NULL,
    on_day INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('planned', 'told', 'withdrawn')),
    left_out TEXT,
    made_by TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    told_at INTEGER,
    PRIMARY KEY (tenant_id, mailing_id)
) STRICT;

CREATE INDEX mailing_by_promotion ON mailing (tenant_id, wallet_id, promotion, mailing_id);
CREATE INDEX mailing_by_status ON mailing (tenant_id, status, on_day);
