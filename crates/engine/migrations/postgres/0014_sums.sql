-- On how many days of the period an award is behind the same days of the year before: from the
-- first of these numbers of days on, up to the other, which is out.
ALTER TABLE award ADD COLUMN behind_from bigint NOT NULL DEFAULT 0;
ALTER TABLE award ADD COLUMN behind_until bigint NOT NULL DEFAULT 0;

-- Sums over the awards of a term and period, kept up by whatever changes awards. Those in no tier
-- have the tier 0. A sum that no decimal can hold is null.
CREATE TABLE award_sum (
    tenant_id bigint NOT NULL REFERENCES tenant,
    program_id bigint NOT NULL,
    term bigint NOT NULL,
    period_day bigint NOT NULL,
    tier bigint NOT NULL,
    near bigint NOT NULL,
    behind_from bigint NOT NULL,
    behind_until bigint NOT NULL,
    awards bigint NOT NULL,
    facts bigint NOT NULL,
    amount text COLLATE "C",
    measure text COLLATE "C",
    PRIMARY KEY (tenant_id, program_id, term, period_day, tier, near, behind_from, behind_until)
) WITH (fillfactor = 50);

-- All awards are evaluated anew, which sums them up.
INSERT INTO stale (tenant_id, program_id, partner_id, term, period_day)
    SELECT DISTINCT tenant_id, program_id, partner_id, term, period_day FROM award
    ON CONFLICT (tenant_id, program_id, partner_id, term, period_day) DO NOTHING;
DELETE FROM award;

-- Nothing is added up over all awards any more; what is listed by worth is read in its order.
DROP INDEX award_by_standing;
CREATE INDEX award_by_worth ON award (tenant_id, program_id, term, period_day, worth_sort,
    partner_id, group_key);

-- Partners by name, as lists sort them in each language.
CREATE INDEX partner_by_name_en ON partner (tenant_id, LOWER(COALESCE(
    (CAST(names AS jsonb) ->> 'en'), (CAST(names AS jsonb) ->> 'en'), code)));
CREATE INDEX partner_by_name_ja ON partner (tenant_id, LOWER(COALESCE(
    (CAST(names AS jsonb) ->> 'ja'), (CAST(names AS jsonb) ->> 'en'), code)));
