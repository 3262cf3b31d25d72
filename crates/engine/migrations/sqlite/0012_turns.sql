-- How often the awards of a program have changed: sums over them are remembered with it.
CREATE TABLE award_turn (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    program_id INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, program_id)
) STRICT;

-- The page of a program opens with those who earned most.
CREATE INDEX award_by_earned ON award (tenant_id, program_id, term, period_day, amount_sort);
