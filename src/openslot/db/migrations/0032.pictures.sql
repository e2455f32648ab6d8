-- Pictures of users and logos of organizations, as they are shown (ADR 0047): one of each
CREATE TABLE pictures (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    -- NULL: the organization's logo
    user_id uuid REFERENCES users (id),
    -- The last part of the address: 128 random bits, others for each upload
    name text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    content bytea NOT NULL CHECK (octet_length(content) <= 49152),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, name),
    UNIQUE NULLS NOT DISTINCT (organization_id, user_id)
);
-- It is packed already
ALTER TABLE pictures ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX pictures_by_name ON pictures (name);
CREATE INDEX pictures_by_user ON pictures (user_id) WHERE user_id IS NOT NULL;

COMMENT ON COLUMN users.avatar_url IS
    'The path of a picture of this installation, such as /pictures/{name}, or the whole address of another';
