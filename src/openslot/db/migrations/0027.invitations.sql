-- Invitations into an organization, by e-mail. What became of one is kept; a revoked one is gone.
CREATE TABLE invitations (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    email text NOT NULL,
    -- The same for all spellings of the address.
    email_key text NOT NULL,
    -- What who accepts becomes
    role text NOT NULL CHECK (role IN ('admin', 'user')),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'declined')),
    invited_by_id uuid NOT NULL REFERENCES users (id),
    -- Who accepted
    user_id uuid REFERENCES users (id),
    -- Of the secret in the link that was sent last
    digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_sent_at timestamptz NOT NULL,
    -- Of the link; nothing happens then but that it leads nowhere
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK ((status = 'accepted') = (user_id IS NOT NULL))
);
-- Nobody is invited twice at a time.
CREATE UNIQUE INDEX invitations_pending ON invitations (organization_id, email_key) WHERE status = 'pending';
-- The orders of the list.
CREATE INDEX invitations_by_creation ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_by_email ON invitations (organization_id, email, id);
-- The filter by address.
CREATE INDEX invitations_by_key ON invitations (organization_id, email_key);
