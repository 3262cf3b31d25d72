-- Days on which the banks of a country do not pay. `names` is a JSON object of languages and names.
CREATE TABLE bank_holiday (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    country TEXT NOT NULL,
    day INTEGER NOT NULL,
    names TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL,
    PRIMARY KEY (tenant_id, country, day)
) STRICT;
