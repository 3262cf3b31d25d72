-- Who is behind last year is told from the index by what was earned, without the awards.
DROP INDEX award_by_earned;
CREATE INDEX award_by_earned ON award (tenant_id, program_id, term, period_day, amount_sort,
    behind_from, behind_until);
-- The few who are near the next tier, as lists ask for them. The sign keeps planners from taking
-- the index by worth instead.
CREATE INDEX award_near ON award (tenant_id, program_id, term, period_day, amount_sort)
    WHERE gap_sort > 0 AND +worth_sort > 0 AND gap_sort <= qualifier_sort / 9;

-- By the payee alone: while the planner has no statistics, it would read any index that begins as
-- the key does for each key of a batch, from one end to the other.
DROP INDEX due_by_payee;
CREATE INDEX due_by_payee ON due (payee_id);
