-- Several currencies in one program, and periods that end when somebody ends them.

-- A payout is of one currency, so a partner may have several in a period.
ALTER TABLE payout DROP CONSTRAINT payout_tenant_id_program_id_period_name_partner_id_key;
ALTER TABLE payout ADD UNIQUE (tenant_id, program_id, period_name, partner_id, unit);

-- Exceptions are counted for each currency. Those known so far were of their program's, which an
-- empty unit stands for.
ALTER TABLE acknowledgement ADD COLUMN unit text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE acknowledgement ALTER COLUMN unit DROP DEFAULT;
ALTER TABLE acknowledgement DROP CONSTRAINT acknowledgement_pkey;
ALTER TABLE acknowledgement ADD PRIMARY KEY (tenant_id, program_id, period_name, kind, unit);

-- Whether the close ended the period, which had been open until somebody would.
ALTER TABLE closing ADD COLUMN on_demand bigint NOT NULL DEFAULT 0 CHECK (on_demand IN (0, 1));
