-- Targets, fixed baselines and forecasts. An empty partner code, period name or group means all;
-- `group_key` is a JSON object of group names and values.
CREATE TABLE figure (
    tenant_id bigint NOT NULL REFERENCES tenant,
    table_name text COLLATE "C" NOT NULL,
    partner_code text COLLATE "C" NOT NULL,
    period_name text COLLATE "C" NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    value text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, table_name, partner_code, period_name, group_key, from_day)
);

CREATE INDEX figure_by_partner ON figure (tenant_id, partner_code);

-- What a product costs by a list, from a day on.
CREATE TABLE price (
    tenant_id bigint NOT NULL REFERENCES tenant,
    list_name text COLLATE "C" NOT NULL,
    product_code text COLLATE "C" NOT NULL,
    from_day bigint NOT NULL,
    currency text NOT NULL,
    price text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, list_name, product_code, from_day)
);

-- Who said so, and when; zero where that was before it was kept.
ALTER TABLE exchange_rate ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;
ALTER TABLE exchange_rate ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE unit_factor ADD COLUMN updated_at bigint NOT NULL DEFAULT 0;
ALTER TABLE unit_factor ADD COLUMN updated_by text NOT NULL DEFAULT '';
ALTER TABLE code_list ADD COLUMN updated_by text NOT NULL DEFAULT '';

-- Imports bring reference data too: the column loses its list of words. As in SQLite, which cannot
-- do it in place, so that both have the columns in one order.
ALTER TABLE import ADD COLUMN fed text NOT NULL DEFAULT 'facts';
UPDATE import SET fed = target;
ALTER TABLE import DROP COLUMN target;
ALTER TABLE import RENAME COLUMN fed TO target;
