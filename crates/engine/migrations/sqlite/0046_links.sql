-- Members: their memberships at the companies that share a wallet, and who looks after people.

-- A member is known at a sponsor of the wallet by a number of its own. Facts that name it are the
-- member's.
CREATE TABLE member_link (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    link_id INTEGER NOT NULL,
    wallet_id INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    sponsor TEXT NOT NULL,
    number TEXT,
    attributes TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, link_id)
) STRICT;

CREATE INDEX member_link_by_partner ON member_link (tenant_id, partner_id, link_id);
CREATE INDEX member_link_by_number ON member_link (tenant_id, number, sponsor);

-- It ended: from `end_day` on it is no more.
CREATE TABLE member_link_end (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    link_id INTEGER NOT NULL,
    end_day INTEGER NOT NULL,
    reason TEXT,
    note TEXT,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, link_id)
) STRICT, WITHOUT ROWID;

-- Who looks after the people of a company. The newest row of a user holds.
CREATE TABLE people_lead (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    lead_seq INTEGER NOT NULL,
    partner_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, lead_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX people_lead_by_partner ON people_lead (tenant_id, partner_id, lead_seq);

CREATE TRIGGER member_link_is_never_updated BEFORE UPDATE ON member_link
BEGIN
    SELECT RAISE(ABORT, 'rows of member_link are never changed');
END;

CREATE TRIGGER member_link_is_never_deleted BEFORE DELETE ON member_link
BEGIN
    SELECT RAISE(ABORT, 'rows of member_link are never changed');
END;

CREATE TRIGGER member_link_end_is_never_updated BEFORE UPDATE ON member_link_end
BEGIN
    SELECT RAISE(ABORT, 'rows of member_link_end are never changed');
END;

CREATE TRIGGER member_link_end_is_never_deleted BEFORE DELETE ON member_link_end
BEGIN
    SELECT RAISE(ABORT, 'rows of member_link_end are never changed');
END;

CREATE TRIGGER people_lead_is_never_updated BEFORE UPDATE ON people_lead
BEGIN
    SELECT RAISE(ABORT, 'rows of people_lead are never changed');
END;

CREATE TRIGGER people_lead_is_never_deleted BEFORE DELETE ON people_lead
BEGIN
    SELECT RAISE(ABORT, 'rows of people_lead are never changed');
END;
