-- Sessions of members in a browser
CREATE TABLE sessions (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX sessions_user ON sessions (organization_id, user_id);
CREATE INDEX sessions_used_at ON sessions (used_at);

-- Applications that members may let act for them. Their ids are unique beyond the organization: clients name no other.
CREATE TABLE oauth_applications (
    id uuid PRIMARY KEY,
    -- NULL: it registered itself, and serves the members of any organization
    organization_id uuid REFERENCES organizations (id),
    name text NOT NULL,
    -- NULL: it can keep no secret, and must use PKCE
    secret_digest bytea,
    redirect_uris text[] NOT NULL CHECK (cardinality(redirect_uris) > 0),
    is_native boolean NOT NULL,
    -- NULL: every scope
    scopes text[],
    -- Signs the webhooks of the subscriptions made by the application; sealed
    signing_key bytea,
    created_at timestamptz NOT NULL,
    -- When the application last began an authorization, so that those which nobody uses can be removed
    used_at timestamptz
);
CREATE INDEX oauth_applications_organization ON oauth_applications (organization_id, created_at, id);

-- What a user has allowed an application to do: every code and token of it hangs on this
CREATE TABLE oauth_grants (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    application_id uuid NOT NULL REFERENCES oauth_applications (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id),
    scopes text[],
    -- Of the code that it began with
    code_digest bytea NOT NULL UNIQUE,
    redirect_uri text NOT NULL,
    -- Whether the request named the redirect URI, so that the exchange has to name it again
    names_redirect_uri boolean NOT NULL,
    code_challenge text,
    code_expires_at timestamptz NOT NULL,
    code_used_at timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX oauth_grants_user ON oauth_grants (organization_id, user_id, created_at, id);
CREATE INDEX oauth_grants_application ON oauth_grants (application_id);

CREATE TABLE oauth_refresh_tokens (
    digest bytea PRIMARY KEY,
    organization_id uuid NOT NULL,
    grant_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    -- When it was exchanged for the next one
    used_at timestamptz,
    FOREIGN KEY (organization_id, grant_id) REFERENCES oauth_grants (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX oauth_refresh_tokens_grant ON oauth_refresh_tokens (organization_id, grant_id);

-- NULL: a personal access token
ALTER TABLE access_tokens
    ADD COLUMN grant_id uuid,
    ADD FOREIGN KEY (organization_id, grant_id) REFERENCES oauth_grants (organization_id, id) ON DELETE CASCADE;
CREATE INDEX access_tokens_grant ON access_tokens (organization_id, grant_id) WHERE grant_id IS NOT NULL;
