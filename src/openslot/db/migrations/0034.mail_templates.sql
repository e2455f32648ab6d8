-- What an organization writes in its mails in place of our words, by what a mail is about and who gets it.
CREATE TABLE mail_templates (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    kind text NOT NULL,
    recipient text NOT NULL CHECK (recipient IN ('host', 'invitee', 'guest')),
    -- Code of the readers' language; empty: of all others
    language text NOT NULL,
    -- NULL: ours
    subject text,
    -- Above the facts; NULL: nothing
    opening text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, kind, recipient, language)
);
