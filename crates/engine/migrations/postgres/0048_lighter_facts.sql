-- Two indexes stood twice, under two names.
DROP INDEX posting_by_wallet_debit;
DROP INDEX posting_by_wallet_credit;

-- What wallets post names no program.
DROP INDEX posting_by_program;
CREATE INDEX posting_by_program ON posting (tenant_id, program_id, posting_seq)
    WHERE program_id IS NOT NULL;

-- Awards that are worth something next are read in that order; the others in that of partners.
DROP INDEX award_by_worth;
CREATE INDEX award_by_worth ON award (tenant_id, program_id, term, period_day, worth_sort,
    partner_id, group_key) WHERE worth_sort IS NOT NULL;
