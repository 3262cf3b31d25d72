-- Orders and invoices are looked for by their number, whoever the partner is.
CREATE INDEX fact_by_order ON fact (tenant_id, order_no) WHERE order_no IS NOT NULL;
