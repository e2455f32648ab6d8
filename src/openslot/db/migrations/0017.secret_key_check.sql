-- What the secret key of this database opens and no other one does: by it a lost or changed key is noticed at the start,
-- and not when the first webhook can't be signed. Empty until a service that knows it has started.
CREATE TABLE secret_key_check (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sealed bytea NOT NULL,
    recorded_at timestamptz NOT NULL
);
