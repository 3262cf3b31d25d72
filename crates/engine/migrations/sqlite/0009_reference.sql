-- Targets, fixed baselines and forecasts. An empty partner code, period name or group means all;
-- `group_key` is a JSON object of group names and values.
CREATE TABLE figure (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    table_name TEXT NOT NULL,
    partner_code TEXT NOT NULL,
    period_name TEXT NOT NULL,
    group_key TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, table_name, partner_code, period_name, group_key, from_day)
) STRICT;

CREATE INDEX figure_by_partner ON figure (tenant_id, partner_code);

-- What a product costs by a list, from a day on.
CREATE TABLE price (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    list_name TEXT NOT NULL,
    product_code TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    currency TEXT NOT NULL,
    price TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, list_name, product_code, from_day)
) STRICT;

-- Who said so, and when; zero where that was before it was kept.
ALTER TABLE exchange_rate ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE exchange_rate ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE unit_factor ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unit_factor ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';
ALTER TABLE code_list ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

-- Imports bring reference data too: the column loses its list of words, which cannot be done in
-- place.
ALTER TABLE import ADD COLUMN fed TEXT NOT NULL DEFAULT 'facts';
UPDATE import SET fed = target;
ALTER TABLE import DROP COLUMN target;
ALTER TABLE import RENAME COLUMN fed TO target;
