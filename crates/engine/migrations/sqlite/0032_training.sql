-- Training: courses, what people read and answered, and the certificates they gained. And what
-- people say of themselves.

CREATE TABLE user_profile (
    tenant_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    job TEXT NOT NULL,
    phone TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;

-- A course by its code, and its texts. What was activated never changes; the newest active version
-- is what people read.
CREATE TABLE course (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    course_id INTEGER NOT NULL,
    public_id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    PRIMARY KEY (tenant_id, course_id),
    UNIQUE (tenant_id, code)
) STRICT;

CREATE TABLE course_version (
    tenant_id INTEGER NOT NULL,
    course_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'active')),
    text TEXT NOT NULL,
    created_by TEXT NOT NULL,
    author_id TEXT,
    created_at INTEGER NOT NULL,
    activated_by TEXT,
    activated_at INTEGER,
    PRIMARY KEY (tenant_id, course_id, version),
    FOREIGN KEY (tenant_id, course_id) REFERENCES course
) STRICT;

-- A page that somebody read. Who renews a certificate reads again, in the next round.
CREATE TABLE course_visit (
    tenant_id INTEGER NOT NULL,
    course_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    round INTEGER NOT NULL,
    page TEXT NOT NULL,
    version INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round, page)
) STRICT, WITHOUT ROWID;

-- What somebody answered. `answers` are the options of each question by their places in the text of
-- the version, as JSON.
CREATE TABLE quiz_attempt (
    tenant_id INTEGER NOT NULL,
    course_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    round INTEGER NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    answers TEXT NOT NULL,
    right_count INTEGER NOT NULL,
    of_count INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round, number)
) STRICT, WITHOUT ROWID;

-- A course that somebody finished, and what arrived in wallets by it in the same commit, as JSON.
CREATE TABLE course_finish (
    tenant_id INTEGER NOT NULL,
    course_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    round INTEGER NOT NULL,
    version INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    arrived TEXT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round)
) STRICT, WITHOUT ROWID;

-- Certificates by the code that stands on them. Days are whole days; the last one is inclusive.
CREATE TABLE certificate (
    tenant_id INTEGER NOT NULL,
    certificate_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    course_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    round INTEGER NOT NULL,
    version INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    from_day INTEGER NOT NULL,
    last_day INTEGER,
    remind_day INTEGER,
    PRIMARY KEY (tenant_id, certificate_id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, course_id, user_id, round)
) STRICT;

CREATE INDEX certificate_by_reminder ON certificate (tenant_id, remind_day)
    WHERE remind_day IS NOT NULL;

-- Certificates of which it was said that they are about to lapse.
CREATE TABLE certificate_told (
    tenant_id INTEGER NOT NULL,
    certificate_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, certificate_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER course_visit_is_never_updated BEFORE UPDATE ON course_visit
BEGIN
    SELECT RAISE(ABORT, 'rows of course_visit are never changed');
END;

CREATE TRIGGER course_visit_is_never_deleted BEFORE DELETE ON course_visit
BEGIN
    SELECT RAISE(ABORT, 'rows of course_visit are never changed');
END;

CREATE TRIGGER quiz_attempt_is_never_updated BEFORE UPDATE ON quiz_attempt
BEGIN
    SELECT RAISE(ABORT, 'rows of quiz_attempt are never changed');
END;

CREATE TRIGGER quiz_attempt_is_never_deleted BEFORE DELETE ON quiz_attempt
BEGIN
    SELECT RAISE(ABORT, 'rows of quiz_attempt are never changed');
END;

CREATE TRIGGER course_finish_is_never_updated BEFORE UPDATE ON course_finish
BEGIN
    SELECT RAISE(ABORT, 'rows of course_finish are never changed');
END;

CREATE TRIGGER course_finish_is_never_deleted BEFORE DELETE ON course_finish
BEGIN
    SELECT RAISE(ABORT, 'rows of course_finish are never changed');
END;

CREATE TRIGGER certificate_is_never_updated BEFORE UPDATE ON certificate
BEGIN
    SELECT RAISE(ABORT, 'rows of certificate are never changed');
END;

CREATE TRIGGER certificate_is_never_deleted BEFORE DELETE ON certificate
BEGIN
    SELECT RAISE(ABORT, 'rows of certificate are never changed');
END;

CREATE TRIGGER certificate_told_is_never_updated BEFORE UPDATE ON certificate_told
BEGIN
    SELECT RAISE(ABORT, 'rows of certificate_told are never changed');
END;

CREATE TRIGGER certificate_told_is_never_deleted BEFORE DELETE ON certificate_told
BEGIN
    SELECT RAISE(ABORT, 'rows of certificate_told are never changed');
END;
