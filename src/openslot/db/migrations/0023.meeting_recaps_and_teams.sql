-- What was said in a meeting, as one of its hosts has it (contract, behaviours 7): like contacts, a user's own.
CREATE TABLE meeting_recaps (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    status text NOT NULL CHECK (status IN ('available', 'processing', 'unavailable')),
    summary_md text,
    action_items_md text,
    discussion_md text,
    transcript text,
    share_link text,
    -- When it was available for the first time, which subscribers were told
    announced_at timestamptz CHECK (announced_at IS NOT NULL OR status <> 'available'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, scheduled_event_id, user_id),
    FOREIGN KEY (organization_id, scheduled_event_id) REFERENCES scheduled_events (organization_id, id)
);
CREATE INDEX meeting_recaps_by_creation ON meeting_recaps (organization_id, user_id, created_at, id);

-- Members who show themselves on one page.
CREATE TABLE teams (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    -- Of the page, beside those of users: who sets either holds the lock of the slug
    slug text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX teams_by_creation ON teams (organization_id, created_at, id);

CREATE TABLE team_members (
    organization_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    -- In the order in which the page shows them
    position integer NOT NULL,
    PRIMARY KEY (organization_id, team_id, user_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX team_members_by_user ON team_members (organization_id, user_id);
