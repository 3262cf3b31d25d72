-- A line waits in a term for everything it lacks, a price and a rate, not for one of them.

ALTER TABLE waiting DROP CONSTRAINT waiting_pkey;

ALTER TABLE waiting ADD PRIMARY KEY (tenant_id, key, program_id, term, reason);
