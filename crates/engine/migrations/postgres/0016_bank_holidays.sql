-- Days on which the banks of a country do not pay. `names` is a JSON object of languages and names.
CREATE TABLE bank_holiday (
    tenant_id bigint NOT NULL REFERENCES tenant,
    country text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    names text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, country, day)
);
