-- What a payout is for: a closed period of a program, or an order of a reward that gives money.

-- `program_id` is null where no program owes it. `source_key` is the key of what it is for, and
-- `source` the rest of it.
ALTER TABLE payout ALTER COLUMN program_id DROP NOT NULL;
ALTER TABLE payout ADD COLUMN source_kind text COLLATE "C" NOT NULL DEFAULT 'period'
    CHECK (source_kind IN ('period', 'reward'));
ALTER TABLE payout ALTER COLUMN source_kind DROP DEFAULT;
ALTER TABLE payout ADD COLUMN source_key text COLLATE "C";
ALTER TABLE payout ADD COLUMN source text COLLATE "C";
ALTER TABLE payout ADD CHECK ((source_kind = 'period') = (program_id IS NOT NULL));
ALTER TABLE payout ADD CHECK ((source_kind = 'period') = (source_key IS NULL));
ALTER TABLE payout DROP CONSTRAINT payout_status_check;
ALTER TABLE payout ADD CONSTRAINT payout_status_check
    CHECK (status IN ('pending', 'approved', 'rejected', 'paid', 'withdrawn'));
CREATE INDEX payout_by_source ON payout (tenant_id, source_kind, source_key)
    WHERE source_key IS NOT NULL;
