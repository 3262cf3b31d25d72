-- Who wrote a draft, told apart by more than a name: somebody else lets it act.
ALTER TABLE program_version ADD COLUMN author_id TEXT;

-- What was handed in to be activated, and what became of it. Only ever added to and decided once.
CREATE TABLE program_review (
    tenant_id INTEGER NOT NULL,
    review_id INTEGER NOT NULL,
    program_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('submitted', 'returned', 'activated', 'withdrawn')),
    text TEXT NOT NULL,
    note TEXT,
    asked_by TEXT NOT NULL,
    asked_by_id TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    comment TEXT,
    PRIMARY KEY (tenant_id, review_id),
    FOREIGN KEY (tenant_id, program_id, version) REFERENCES program_version
) STRICT;
CREATE UNIQUE INDEX program_review_open ON program_review (tenant_id, program_id, version)
    WHERE status = 'submitted';
CREATE INDEX program_review_by_version ON program_review (tenant_id, program_id, version);
