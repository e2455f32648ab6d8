-- Writes of the API that were sent with an Idempotency-Key, so that the same one sent again does nothing more (ADR 0037).
-- Swept after a day.
CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    user_id uuid NOT NULL,
    -- SHA-256 of the key, which the client has made up
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- SHA-256 of the key with method, path, query and body: whether the second time asks for anything else
    request bytea NOT NULL CHECK (octet_length(request) = 32),
    -- Status, headers and body, encrypted: they hold personal data, and may hold secrets. NULL while the write is under
    -- way, and after an erasure in the organization.
    answer bytea,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id, digest)
);
CREATE INDEX idempotency_keys_by_use ON idempotency_keys (used_at);
