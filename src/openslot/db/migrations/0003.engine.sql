-- The scheduling engine: pools and their ledger, limits, days off, trips, holds, links, policies.

ALTER TABLE organizations
    ADD COLUMN timezone text NOT NULL DEFAULT 'UTC',
    -- 0 for Monday
    ADD COLUMN week_start smallint NOT NULL DEFAULT 0 CHECK (week_start BETWEEN 0 AND 6);

ALTER TABLE users
    ADD COLUMN week_start smallint NOT NULL DEFAULT 0 CHECK (week_start BETWEEN 0 AND 6),
    -- ISO 3166 country or subdivision whose public holidays close the day, such as IT or US-CA
    ADD COLUMN holiday_region text,
    -- Names of holidays on which the host works all the same
    ADD COLUMN worked_holidays text[] NOT NULL DEFAULT '{}';

-- Own days off, both days included; without a user they are everybody's in the organization.
CREATE TABLE days_off (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid REFERENCES users (id),
    name text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX days_off_by_user ON days_off (organization_id, user_id, last_day);

-- On these days, both included, a user's schedules are read in another zone. No last day: until further notice.
CREATE TABLE trips (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    first_day date NOT NULL,
    last_day date CHECK (last_day >= first_day),
    timezone text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX trips_by_user ON trips (organization_id, user_id, last_day);

ALTER TABLE event_types
    ADD COLUMN range_business_days boolean NOT NULL DEFAULT false,
    ADD COLUMN round_robin_mode text NOT NULL DEFAULT 'maximize_availability'
        CHECK (round_robin_mode IN ('maximize_availability', 'equal_distribution')),
    -- So many meetings ahead of the furthest behind, a host is hidden; NULL: never
    ADD COLUMN lead_threshold integer DEFAULT 3 CHECK (lead_threshold >= 1),
    -- How many hosts of each pool a multi_pool event needs, by pool number
    ADD COLUMN pool_sizes integer[] CHECK (1 <= ALL (pool_sizes)),
    ADD COLUMN requires_approval boolean NOT NULL DEFAULT false,
    -- How long before the start an invitee may still cancel or move; NULL: until the start
    ADD COLUMN cancel_cutoff_minutes integer CHECK (cancel_cutoff_minutes >= 0),
    ADD COLUMN reschedule_cutoff_minutes integer CHECK (reschedule_cutoff_minutes >= 0),
    -- So long before the start the invitee is asked to confirm again; NULL: not at all
    ADD COLUMN reconfirm_minutes integer CHECK (reconfirm_minutes > 0),
    -- So long before the start an unanswered request is acted on
    ADD COLUMN reconfirm_by_minutes integer CHECK (reconfirm_by_minutes >= 0),
    ADD COLUMN reconfirm_action text NOT NULL DEFAULT 'nothing' CHECK (reconfirm_action IN ('nothing', 'tell', 'cancel')),
    -- The secret of /d/{token}/{slug}, the only page of secret and one-off event types
    ADD COLUMN link_token text UNIQUE,
    -- A zone and rules of its own, as one-off event types have
    ADD COLUMN own_timezone text,
    ADD COLUMN own_rules jsonb,
    ADD CONSTRAINT event_types_seats CHECK (kind = 'solo' AND seats = 1 OR kind = 'group' AND seats >= 2),
    ADD CONSTRAINT event_types_own_hours CHECK ((own_timezone IS NULL) = (own_rules IS NULL)),
    ADD CONSTRAINT event_types_reconfirmation CHECK (reconfirm_by_minutes < reconfirm_minutes),
    ADD CONSTRAINT event_types_pools CHECK (pool_sizes IS NULL OR pooling_type = 'multi_pool');
UPDATE event_types SET link_token = replace(gen_random_uuid()::text, '-', '') WHERE secret;

CREATE INDEX event_types_reconfirming ON event_types (organization_id, id) WHERE reconfirm_minutes IS NOT NULL;

-- Standings are derived from the ledger and kept beside it, in the same transaction.
ALTER TABLE event_type_hosts
    ADD COLUMN pool smallint NOT NULL DEFAULT 0 CHECK (pool >= 0),
    ADD COLUMN priority smallint NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 4),
    ADD COLUMN weight integer NOT NULL DEFAULT 100 CHECK (weight > 0),
    ADD COLUMN assigned integer NOT NULL DEFAULT 0,
    ADD COLUMN credit_millionths bigint NOT NULL DEFAULT 0,
    ADD COLUMN last_sequence bigint NOT NULL DEFAULT 0;

-- Every fact that a round robin decision rests on, in order. Written under the event type's row lock.
CREATE TABLE assignments (
    organization_id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    entry text NOT NULL CHECK (entry IN ('joined', 'changed', 'left', 'assigned', 'released')),
    user_id uuid NOT NULL REFERENCES users (id),
    scheduled_event_id uuid,
    -- joined and changed: what holds from now on
    weight integer,
    priority smallint,
    position integer,
    credit_millionths bigint,
    -- assigned: the numbers behind the choice
    reason jsonb,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, event_type_id, sequence),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);
CREATE INDEX assignments_by_event ON assignments (organization_id, scheduled_event_id)
    WHERE scheduled_event_id IS NOT NULL;

-- At most so many events a day, week or month: of an event type, of a host, or (with neither) of the organization.
CREATE TABLE meeting_limits (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    event_type_id uuid,
    user_id uuid REFERENCES users (id),
    period text NOT NULL CHECK (period IN ('day', 'week', 'month')),
    maximum integer NOT NULL CHECK (maximum >= 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE NULLS NOT DISTINCT (organization_id, event_type_id, user_id, period),
    CHECK (event_type_id IS NULL OR user_id IS NULL),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);

ALTER TABLE scheduled_events
    -- Rules that a host set aside for this event
    ADD COLUMN overrides text[] NOT NULL DEFAULT '{}';
CREATE INDEX scheduled_events_ahead ON scheduled_events (start_time) WHERE status = 'active';

-- A hold has the id of the event that it may become, so that its occupancy is the event's to be: no foreign key.
ALTER TABLE occupancy
    DROP CONSTRAINT occupancy_organization_id_scheduled_event_id_fkey,
    ADD COLUMN event_type_id uuid,
    -- The meeting itself, in epoch seconds; span has the buffers too
    ADD COLUMN start_second bigint,
    ADD COLUMN end_second bigint,
    -- NULL: a scheduled event
    ADD COLUMN expires_at timestamptz;
UPDATE occupancy
SET event_type_id = event.event_type_id,
    start_second = floor(extract(epoch FROM event.start_time)),
    end_second = ceil(extract(epoch FROM event.end_time))
FROM scheduled_events AS event
WHERE event.organization_id = occupancy.organization_id AND event.id = occupancy.scheduled_event_id;
ALTER TABLE occupancy
    ALTER COLUMN event_type_id SET NOT NULL,
    ALTER COLUMN start_second SET NOT NULL,
    ALTER COLUMN end_second SET NOT NULL;
CREATE INDEX occupancy_by_start ON occupancy (organization_id, start_second);
CREATE INDEX occupancy_by_event_type ON occupancy (organization_id, event_type_id, start_second);
CREATE INDEX occupancy_by_host ON occupancy (organization_id, user_id, start_second);
CREATE INDEX occupancy_expiring ON occupancy (user_id, expires_at) WHERE expires_at IS NOT NULL;

-- Time, or a seat, kept for somebody until a moment that is always set. Its occupancy goes with the last hold of it.
CREATE TABLE holds (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    -- The event that it becomes, or whose seat it keeps
    scheduled_event_id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    user_ids uuid[] NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    reason text NOT NULL CHECK (reason IN ('form', 'payment', 'approval', 'waitlist', 'poll')),
    -- Who may use it: SHA-256 of the owner's token
    owner_digest bytea NOT NULL,
    -- What is to be booked once it is confirmed
    booking jsonb,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);
CREATE INDEX holds_by_event ON holds (organization_id, scheduled_event_id);
CREATE INDEX holds_by_owner ON holds (owner_digest);
CREATE INDEX holds_expiring ON holds (expires_at);

-- Links that die with their use, and what they change of the event type (a share's overrides).
CREATE TABLE scheduling_links (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    token_digest bytea NOT NULL UNIQUE,
    overrides jsonb,
    -- NULL: any number
    max_uses integer CHECK (max_uses > 0),
    uses integer NOT NULL DEFAULT 0,
    returns_on_cancel boolean NOT NULL DEFAULT false,
    expires_at timestamptz,
    creator_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, event_type_id) REFERENCES event_types (organization_id, id)
);
CREATE INDEX scheduling_links_by_event_type ON scheduling_links (organization_id, event_type_id);

ALTER TABLE invitees
    ADD COLUMN scheduling_link_id uuid,
    -- When an unanswered request to confirm again was acted on
    ADD COLUMN reconfirmation_acted_at timestamptz;
CREATE INDEX invitees_unconfirmed ON invitees (organization_id, scheduled_event_id)
    WHERE status = 'active' AND reconfirmation IS NOT NULL AND reconfirmation ->> 'confirmed_at' IS NULL;
