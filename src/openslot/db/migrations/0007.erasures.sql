-- Receipts of erasures: that, when and how much was erased; nothing in them tells of whom (ADR 0015).
CREATE TABLE erasures (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    -- How many different addresses were asked for
    addresses integer NOT NULL CHECK (addresses > 0),
    -- Rows that were changed or deleted, by table; tables without any are left out
    counts jsonb NOT NULL,
    -- How many invitees of events to come were canceled
    canceled integer NOT NULL,
    -- NULL: the operator, on the command line
    asked_by_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX erasures_by_creation ON erasures (organization_id, created_at, id);

-- Invitees have theirs: who is looked for comes as a guest too.
CREATE INDEX guests_by_email ON guests (organization_id, lower(email));
