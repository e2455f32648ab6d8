-- Organizations to try things out in: each has a clock of its own, and sends nothing unless it may.
CREATE TABLE sandboxes (
    organization_id uuid PRIMARY KEY REFERENCES organizations (id),
    -- How far its clock is ahead of the real one; negative: behind
    clock_ahead interval NOT NULL DEFAULT '0',
    sends_mail boolean NOT NULL DEFAULT false,
    sends_webhooks boolean NOT NULL DEFAULT false,
    -- The plan of Calendly that it imitates; NULL: nothing is refused for a plan
    plan text CHECK (plan IN ('free', 'standard', 'teams', 'enterprise')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Mail of sandboxes that was not sent; its times are those of the sandbox's clock.
CREATE TABLE kept_mails (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX kept_mails_by_creation ON kept_mails (organization_id, created_at, id);
