-- By the payee first: an index that begins as the key does would be taken for the key.
DROP INDEX due_by_payee;
CREATE INDEX due_by_payee ON due (tenant_id, payee_id, program_id);
