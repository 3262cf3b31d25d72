-- Members: their memberships at the companies that share a wallet, and who looks after people.

-- A member is known at a sponsor of the wallet by a number of its own. Facts that name it are the
-- member's.
CREATE TABLE member_link (
    tenant_id bigint NOT NULL REFERENCES tenant,
    link_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    partner_id bigint NOT NULL,
    sponsor text COLLATE "C" NOT NULL,
    number text COLLATE "C",
    attributes text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, link_id)
);

CREATE INDEX member_link_by_partner ON member_link (tenant_id, partner_id, link_id);
CREATE INDEX member_link_by_number ON member_link (tenant_id, number, sponsor);

-- It ended: from `end_day` on it is no more.
CREATE TABLE member_link_end (
    tenant_id bigint NOT NULL REFERENCES tenant,
    link_id bigint NOT NULL,
    end_day bigint NOT NULL,
    reason text COLLATE "C",
    note text COLLATE "C",
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, link_id)
);

-- Who looks after the people of a company. The newest row of a user holds.
CREATE TABLE people_lead (
    tenant_id bigint NOT NULL REFERENCES tenant,
    lead_seq bigint NOT NULL,
    partner_id bigint NOT NULL,
    user_id bigint NOT NULL,
    looks bigint NOT NULL,
    at bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, lead_seq)
);

CREATE INDEX people_lead_by_partner ON people_lead (tenant_id, partner_id, lead_seq);

CREATE TRIGGER member_link_is_never_updated BEFORE UPDATE OR DELETE ON member_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_link_is_never_truncated BEFORE TRUNCATE ON member_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_link_end_is_never_updated BEFORE UPDATE OR DELETE ON member_link_end
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER member_link_end_is_never_truncated BEFORE TRUNCATE ON member_link_end
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER people_lead_is_never_updated BEFORE UPDATE OR DELETE ON people_lead
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER people_lead_is_never_truncated BEFORE TRUNCATE ON people_lead
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
