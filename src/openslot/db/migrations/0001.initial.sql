-- The tables of tier core. Conventions:
--   * every row that can grow carries organization_id, and it leads the keys: one organization's rows can move to a
--     shard of their own (design, section 9);
--   * times are timestamptz, in UTC on every connection; ids are uuid;
--   * jsonb columns hold the API's own shapes.

CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Users are global: one person may leave an organization and join another.
CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- The small number of a host: the high bits of occupancy.span.
    number integer GENERATED ALWAYS AS IDENTITY UNIQUE CHECK (number < 536870912),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    email text NOT NULL,
    timezone text NOT NULL,
    time_notation text NOT NULL DEFAULT '12h' CHECK (time_notation IN ('12h', '24h')),
    locale text NOT NULL DEFAULT 'en',
    avatar_url text,
    password_hash text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (lower(email));
CREATE INDEX users_organization ON users (organization_id);

CREATE TABLE organization_memberships (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'user')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, user_id)
);

CREATE TABLE access_tokens (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    -- NULL: every scope
    scopes text[],
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE availability_schedules (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    timezone text NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    rules jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX availability_schedules_default
    ON availability_schedules (organization_id, user_id) WHERE is_default;

CREATE TABLE event_types (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    -- The user whose profile offers it. Team profiles come with pooling.
    owner_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL,
    slug text NOT NULL,
    active boolean NOT NULL DEFAULT false,
    kind text NOT NULL DEFAULT 'solo' CHECK (kind IN ('solo', 'group')),
    pooling_type text CHECK (pooling_type IN ('round_robin', 'collective', 'multi_pool')),
    type text NOT NULL DEFAULT 'StandardEventType' CHECK (type IN ('StandardEventType', 'AdhocEventType')),
    booking_method text NOT NULL DEFAULT 'instant' CHECK (booking_method IN ('instant', 'poll')),
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 720),
    duration_options integer[],
    color text NOT NULL DEFAULT '#0069ff' CHECK (color ~ '^#[0-9a-f]{6}$'),
    internal_note text,
    description_plain text,
    description_html text,
    secret boolean NOT NULL DEFAULT false,
    admin_managed boolean NOT NULL DEFAULT false,
    is_paid boolean NOT NULL DEFAULT false,
    position integer NOT NULL DEFAULT 0,
    locale text NOT NULL DEFAULT 'en',
    locations jsonb NOT NULL DEFAULT '[]',
    custom_questions jsonb NOT NULL DEFAULT '[]',
    buffer_before_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_before_minutes BETWEEN 0 AND 1440),
    buffer_after_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_after_minutes BETWEEN 0 AND 1440),
    notice_minutes integer NOT NULL DEFAULT 240 CHECK (notice_minutes >= 0),
    increment_minutes integer NOT NULL DEFAULT 30 CHECK (increment_minutes BETWEEN 1 AND 720),
    -- Whole days in the schedule's zone: rolling counts from today, fixed has both ends included.
    range_kind text NOT NULL DEFAULT 'rolling' CHECK (range_kind IN ('indefinite', 'rolling', 'fixed')),
    range_days integer DEFAULT 60,
    range_first date,
    range_last date,
    seats integer NOT NULL DEFAULT 1 CHECK (seats BETWEEN 1 AND 9999),
    -- NULL: the host's default schedule
    availability_schedule_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, availability_schedule_id) REFERENCES availability_schedules (organization_id, id)
);
CREATE UNIQUE INDEX event_types_slug ON event_types (organization_id, owner_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX event_types_by_name ON event_types (organization_id, name, id) WHERE deleted_at IS NULL;

CREATE TABLE event_type_hosts (
    organization_id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    position integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, event_type_id, user_id),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);

CREATE TABLE scheduled_events (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'canceled')),
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL CHECK (end_time > start_time),
    -- What the host's clock showed, kept so that a later change of zone data can be found.
    wall_start timestamp NOT NULL,
    wall_zone text NOT NULL,
    tzdata_version text NOT NULL,
    location jsonb,
    invitees_total integer NOT NULL,
    invitees_active integer NOT NULL CHECK (invitees_active >= 0),
    invitees_limit integer NOT NULL,
    cancellation jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id),
    CHECK (invitees_active <= invitees_limit)
);
CREATE INDEX scheduled_events_by_start ON scheduled_events (organization_id, start_time, id);

-- Name, address and buffers as they were when the event was booked.
CREATE TABLE scheduled_event_hosts (
    organization_id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    user_email text NOT NULL,
    user_name text NOT NULL,
    buffered_start_time timestamptz NOT NULL,
    buffered_end_time timestamptz NOT NULL,
    start_time timestamptz NOT NULL,
    PRIMARY KEY (organization_id, scheduled_event_id, user_id),
    FOREIGN KEY (organization_id, scheduled_event_id) REFERENCES scheduled_events (organization_id, id)
);
CREATE INDEX scheduled_event_hosts_by_start ON scheduled_event_hosts (organization_id, user_id, start_time);
CREATE INDEX scheduled_event_hosts_user ON scheduled_event_hosts (user_id, start_time);

-- What a host's time is taken by, buffers included: [host number << 34 | epoch seconds of start, the same of end).
-- The database refuses an overlap (ADR 0003).
CREATE TABLE occupancy (
    organization_id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    span int8range NOT NULL CHECK (NOT isempty(span)),
    PRIMARY KEY (organization_id, scheduled_event_id, user_id),
    FOREIGN KEY (organization_id, scheduled_event_id) REFERENCES scheduled_events (organization_id, id),
    CONSTRAINT occupancy_no_overlap EXCLUDE USING gist (span WITH &&)
);

CREATE TABLE routing_forms (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'published')),
    questions jsonb NOT NULL,
    -- [{"conditions": [{"question_uuid", "equals": [...]}], "result": {...}}], first match wins
    routes jsonb NOT NULL,
    fallback jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX routing_forms_by_creation ON routing_forms (organization_id, created_at, id);
CREATE UNIQUE INDEX routing_forms_id ON routing_forms (id);

CREATE TABLE routing_form_submissions (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    routing_form_id uuid NOT NULL,
    questions_and_answers jsonb NOT NULL,
    tracking jsonb NOT NULL,
    result jsonb NOT NULL,
    invitee_id uuid,
    invitee_event_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, routing_form_id) REFERENCES routing_forms (organization_id, id)
);
CREATE INDEX routing_form_submissions_by_creation
    ON routing_form_submissions (organization_id, routing_form_id, created_at, id);

CREATE TABLE invitees (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    -- The first invitee of a chain of reschedules: deliveries of one chain keep their order.
    chain_id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    first_name text,
    last_name text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'canceled')),
    timezone text,
    questions_and_answers jsonb NOT NULL,
    tracking jsonb NOT NULL,
    text_reminder_number text,
    rescheduled boolean NOT NULL DEFAULT false,
    old_invitee_id uuid,
    old_event_id uuid,
    new_invitee_id uuid,
    new_event_id uuid,
    routing_form_submission_id uuid,
    cancellation jsonb,
    payment jsonb,
    reconfirmation jsonb,
    scheduling_method text,
    scheduled_by_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, scheduled_event_id) REFERENCES scheduled_events (organization_id, id)
);
CREATE INDEX invitees_by_event ON invitees (organization_id, scheduled_event_id, created_at, id);
CREATE INDEX invitees_by_email ON invitees (organization_id, lower(email));
-- Public links carry an invitee's id alone.
CREATE UNIQUE INDEX invitees_id ON invitees (id);

CREATE TABLE guests (
    organization_id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    invitee_id uuid NOT NULL,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, scheduled_event_id, invitee_id, email),
    FOREIGN KEY (organization_id, invitee_id) REFERENCES invitees (organization_id, id)
);

CREATE TABLE invitee_no_shows (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    invitee_id uuid NOT NULL,
    scheduled_event_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, invitee_id),
    FOREIGN KEY (organization_id, invitee_id) REFERENCES invitees (organization_id, id)
);

CREATE TABLE webhook_subscriptions (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    callback_url text NOT NULL,
    events text[] NOT NULL,
    scope text NOT NULL CHECK (scope IN ('organization', 'user', 'group')),
    user_id uuid REFERENCES users (id),
    creator_id uuid REFERENCES users (id),
    sealed_signing_key bytea,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
    retry_started_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX webhook_subscriptions_by_creation
    ON webhook_subscriptions (organization_id, scope, created_at, id) WHERE deleted_at IS NULL;
-- The 409 rule: url, scope, owner and the set of events (kept sorted) are all equal. Source: webhooks, section 2.
CREATE UNIQUE INDEX webhook_subscriptions_unique
    ON webhook_subscriptions (organization_id, scope, user_id, callback_url, events) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL;

-- What happened: one row per business event with its finished payload, written in the transaction that made it true.
CREATE TABLE events (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- One business act, such as a reschedule, may write several events.
    correlation_id uuid NOT NULL,
    -- Deliveries of one chain keep their order.
    chain_id uuid NOT NULL,
    -- Whose user-scope subscriptions it concerns.
    user_ids uuid[] NOT NULL,
    -- JSON text: the bytes that are signed must never be re-encoded.
    payload text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX events_by_sequence ON events (organization_id, sequence);

CREATE TABLE deliveries (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'discarded')),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, event_id, subscription_id),
    FOREIGN KEY (organization_id, event_id) REFERENCES events (organization_id, id),
    FOREIGN KEY (organization_id, subscription_id) REFERENCES webhook_subscriptions (organization_id, id)
);
CREATE INDEX deliveries_pending ON deliveries (organization_id, subscription_id, created_at) WHERE state = 'pending';

CREATE TABLE delivery_attempts (
    organization_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    status_code integer,
    -- NULL when an answer came, whatever it was
    error text,
    response_excerpt text,
    PRIMARY KEY (organization_id, delivery_id, number),
    FOREIGN KEY (organization_id, delivery_id) REFERENCES deliveries (organization_id, id)
);
