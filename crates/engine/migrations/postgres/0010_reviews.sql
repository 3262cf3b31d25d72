-- Who wrote a draft, told apart by more than a name: somebody else lets it act.
ALTER TABLE program_version ADD COLUMN author_id text COLLATE "C";

-- What was handed in to be activated, and what became of it. Only ever added to and decided once.
CREATE TABLE program_review (
    tenant_id bigint NOT NULL,
    review_id bigint NOT NULL,
    program_id bigint NOT NULL,
    version bigint NOT NULL,
    status text COLLATE "C" NOT NULL
        CHECK (status IN ('submitted', 'returned', 'activated', 'withdrawn')),
    text text COLLATE "C" NOT NULL,
    note text COLLATE "C",
    asked_by text COLLATE "C" NOT NULL,
    asked_by_id text COLLATE "C" NOT NULL,
    asked_at bigint NOT NULL,
    decided_by text COLLATE "C",
    decided_at bigint,
    comment text COLLATE "C",
    PRIMARY KEY (tenant_id, review_id),
    FOREIGN KEY (tenant_id, program_id, version) REFERENCES program_version
);
CREATE UNIQUE INDEX program_review_open ON program_review (tenant_id, program_id, version)
    WHERE status = 'submitted';
CREATE INDEX program_review_by_version ON program_review (tenant_id, program_id, version);
