-- A user's own contacts (contract, behaviours 7): what one host knows of a person is not a colleague's to read.
CREATE TABLE contacts (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    creation_source text NOT NULL CHECK (creation_source IN ('api', 'booking')),
    name text NOT NULL,
    -- E.164
    phone_numbers text[] NOT NULL DEFAULT '{}',
    timezone text,
    job_title text,
    company text,
    country text CHECK (country ~ '^[A-Z]{2}$'),
    state text,
    city text,
    linkedin text,
    -- Values by the id of their definition.
    custom_fields jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(custom_fields) = 'object'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX contacts_by_creation ON contacts (organization_id, user_id, created_at, id);
CREATE INDEX contacts_by_update ON contacts (organization_id, user_id, updated_at, id);

-- Nobody has two contacts with one address; the key is the same for all of its spellings.
CREATE TABLE contact_emails (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    key text NOT NULL,
    contact_id uuid NOT NULL,
    email text NOT NULL,
    is_primary boolean NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (organization_id, user_id, key),
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_emails_by_contact ON contact_emails (organization_id, contact_id);
CREATE INDEX contact_emails_by_email ON contact_emails (organization_id, lower(email));

CREATE TABLE contact_field_definitions (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    label text NOT NULL,
    -- The label without case: no two of a user's have the same.
    label_key text NOT NULL,
    field_type text NOT NULL CHECK (field_type IN ('text', 'number', 'currency', 'tags', 'date', 'single_select')),
    -- What a single_select offers.
    options jsonb CHECK ((options IS NOT NULL) = (field_type = 'single_select')),
    -- ISO 4217
    currency text CHECK (currency ~ '^[A-Z]{3}$' AND (currency IS NOT NULL) = (field_type = 'currency')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, user_id, label_key)
);

CREATE TABLE contact_lists (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    -- The name without case, accents and outer blanks: no two of a user's have the same.
    name_key text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, user_id, name_key)
);

CREATE TABLE contact_list_members (
    organization_id uuid NOT NULL,
    contact_list_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, contact_list_id, contact_id),
    FOREIGN KEY (organization_id, contact_list_id) REFERENCES contact_lists (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX contact_list_members_by_contact ON contact_list_members (organization_id, contact_id);

CREATE TABLE contact_notes (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    contact_id uuid NOT NULL,
    title text,
    body text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, contact_id) REFERENCES contacts (organization_id, id) ON DELETE CASCADE,
    CHECK (title IS NOT NULL OR body IS NOT NULL)
);
CREATE INDEX contact_notes_by_contact ON contact_notes (organization_id, contact_id, updated_at DESC, id);
