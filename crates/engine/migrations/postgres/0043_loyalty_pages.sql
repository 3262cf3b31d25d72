-- Movements are found by the accounts that somebody owns: what was received, what pools and vouchers
-- moved. Other postings are not in these.
CREATE INDEX posting_by_wallet_debit ON posting (tenant_id, debit_id, posting_seq)
    WHERE cause = 'wallet';
CREATE INDEX posting_by_wallet_credit ON posting (tenant_id, credit_id, posting_seq)
    WHERE cause = 'wallet';

-- Why people do something by hand: what their forms let them choose from. A reason that is used no
-- more stays for the lines that name it.
CREATE TABLE wallet_reason (
    tenant_id bigint NOT NULL REFERENCES tenant,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('adjustment', 'cancellation', 'floor', 'badge')),
    code text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    name_en text COLLATE "C",
    name_ja text COLLATE "C",
    status text COLLATE "C" NOT NULL CHECK (status IN ('used', 'retired')),
    changed_by text COLLATE "C" NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, code)
);
