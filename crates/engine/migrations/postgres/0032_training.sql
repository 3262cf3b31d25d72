-- Training: courses, what people read and answered, and the certificates they gained. And what
-- people say of themselves.

CREATE TABLE user_profile (
    tenant_id bigint NOT NULL,
    user_id bigint NOT NULL,
    job text COLLATE "C" NOT NULL,
    phone text COLLATE "C" NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);

-- A course by its code, and its texts. What was activated never changes; the newest active version
-- is what people read.
CREATE TABLE course (
    tenant_id bigint NOT NULL REFERENCES tenant,
    course_id bigint NOT NULL,
    public_id text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, course_id),
    UNIQUE (tenant_id, code)
);

CREATE TABLE course_version (
    tenant_id bigint NOT NULL,
    course_id bigint NOT NULL,
    version bigint NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active')),
    text text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    author_id text COLLATE "C",
    created_at bigint NOT NULL,
    activated_by text COLLATE "C",
    activated_at bigint,
    PRIMARY KEY (tenant_id, course_id, version),
    FOREIGN KEY (tenant_id, course_id) REFERENCES course
);

-- A page that somebody read. Who renews a certificate reads again, in the next round.
CREATE TABLE course_visit (
    tenant_id bigint NOT NULL,
    course_id bigint NOT NULL,
    user_id bigint NOT NULL,
    round bigint NOT NULL,
    page text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    partner_id bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round, page)
);

-- What somebody answered. `answers` are the options of each question by their places in the text of
-- the version, as JSON.
CREATE TABLE quiz_attempt (
    tenant_id bigint NOT NULL,
    course_id bigint NOT NULL,
    user_id bigint NOT NULL,
    round bigint NOT NULL,
    number bigint NOT NULL,
    version bigint NOT NULL,
    partner_id bigint NOT NULL,
    at bigint NOT NULL,
    answers text COLLATE "C" NOT NULL,
    right_count bigint NOT NULL,
    of_count bigint NOT NULL,
    passed bigint NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round, number)
);

-- A course that somebody finished, and what arrived in wallets by it in the same commit, as JSON.
CREATE TABLE course_finish (
    tenant_id bigint NOT NULL,
    course_id bigint NOT NULL,
    user_id bigint NOT NULL,
    round bigint NOT NULL,
    version bigint NOT NULL,
    partner_id bigint NOT NULL,
    at bigint NOT NULL,
    day bigint NOT NULL,
    arrived text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, course_id, user_id, round)
);

-- Certificates by the code that stands on them. Days are whole days; the last one is inclusive.
CREATE TABLE certificate (
    tenant_id bigint NOT NULL,
    certificate_id bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    course_id bigint NOT NULL,
    user_id bigint NOT NULL,
    round bigint NOT NULL,
    version bigint NOT NULL,
    partner_id bigint NOT NULL,
    from_day bigint NOT NULL,
    last_day bigint,
    remind_day bigint,
    PRIMARY KEY (tenant_id, certificate_id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, course_id, user_id, round)
);

CREATE INDEX certificate_by_reminder ON certificate (tenant_id, remind_day)
    WHERE remind_day IS NOT NULL;

-- Certificates of which it was said that they are about to lapse.
CREATE TABLE certificate_told (
    tenant_id bigint NOT NULL,
    certificate_id bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (tenant_id, certificate_id)
);

CREATE TRIGGER course_visit_is_never_updated BEFORE UPDATE OR DELETE ON course_visit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER course_visit_is_never_truncated BEFORE TRUNCATE ON course_visit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER quiz_attempt_is_never_updated BEFORE UPDATE OR DELETE ON quiz_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER quiz_attempt_is_never_truncated BEFORE TRUNCATE ON quiz_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER course_finish_is_never_updated BEFORE UPDATE OR DELETE ON course_finish
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER course_finish_is_never_truncated BEFORE TRUNCATE ON course_finish
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER certificate_is_never_updated BEFORE UPDATE OR DELETE ON certificate
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER certificate_is_never_truncated BEFORE TRUNCATE ON certificate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER certificate_told_is_never_updated BEFORE UPDATE OR DELETE ON certificate_told
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER certificate_told_is_never_truncated BEFORE TRUNCATE ON certificate_told
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
