-- Links that sign a member in once. What is used, or has expired, is deleted.
CREATE TABLE sign_in_links (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    digest bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_links_user ON sign_in_links (organization_id, user_id);
CREATE INDEX sign_in_links_expires_at ON sign_in_links (expires_at);
