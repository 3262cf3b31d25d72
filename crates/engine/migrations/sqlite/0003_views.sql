-- Lists of a term and period read this index alone: its rows by what is worth most, with all that
-- counts, filters and sums look at.
DROP INDEX award_by_period;
CREATE INDEX award_by_standing ON award (tenant_id, program_id, term, period_day, worth_sort, tier,
    gap_sort, qualifier_sort, amount_sort, amount, measure, baseline, facts);
