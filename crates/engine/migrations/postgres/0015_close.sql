-- Sums of accounts change with every posting: room for them beside the old ones.
ALTER TABLE balance SET (fillfactor = 50);
-- Each account would look its tenant up.
ALTER TABLE account DROP CONSTRAINT account_tenant_id_fkey;

-- By the payee first: an index that begins as the key does would be taken for the key.
DROP INDEX due_by_payee;
CREATE INDEX due_by_payee ON due (tenant_id, payee_id, program_id);
