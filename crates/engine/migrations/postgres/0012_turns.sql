-- How often the awards of a program have changed: sums over them are remembered with it.
CREATE TABLE award_turn (
    tenant_id bigint NOT NULL REFERENCES tenant,
    program_id bigint NOT NULL,
    turn bigint NOT NULL,
    PRIMARY KEY (tenant_id, program_id)
) WITH (fillfactor = 50);

-- The page of a program opens with those who earned most.
CREATE INDEX award_by_earned ON award (tenant_id, program_id, term, period_day, amount_sort);
