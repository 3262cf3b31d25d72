-- Two indexes stood twice, under two names.
DROP INDEX posting_by_wallet_debit;
DROP INDEX posting_by_wallet_credit;

-- What wallets post names no program.
DROP INDEX posting_by_program;
CREATE INDEX posting_by_program ON posting (tenant_id, program_id, posting_seq)
    WHERE program_id IS NOT NULL;
