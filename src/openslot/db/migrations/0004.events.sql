-- The event log and its deliveries, partitioned by month; deliveries are their own queue (ADR 0013).

-- Ids are version 7: their first 48 bits are milliseconds since 1970, so a range of ids is a range of time, and
-- the partition of a row is known from its id alone. db/partitions.py makes the months and drops them.
CREATE SEQUENCE event_sequence;

ALTER TABLE delivery_attempts RENAME TO old_delivery_attempts;
ALTER TABLE deliveries RENAME TO old_deliveries;
ALTER TABLE events RENAME TO old_events;
ALTER INDEX events_by_sequence RENAME TO old_events_by_sequence;
ALTER INDEX deliveries_pending RENAME TO old_deliveries_pending;
ALTER TABLE old_events RENAME CONSTRAINT events_pkey TO old_events_pkey;
ALTER TABLE old_deliveries RENAME CONSTRAINT deliveries_pkey TO old_deliveries_pkey;
ALTER TABLE old_delivery_attempts RENAME CONSTRAINT delivery_attempts_pkey TO old_delivery_attempts_pkey;

-- What happened: one row per business event with its finished payload, written in the transaction that made it true.
CREATE TABLE events (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    sequence bigint NOT NULL DEFAULT nextval('event_sequence'),
    name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- One business act, such as a reschedule, may write several events; logs carry the same id.
    correlation_id uuid NOT NULL,
    -- Deliveries of one chain keep their order.
    chain_id uuid NOT NULL,
    -- Whose user-scope and group-scope subscriptions it concerns.
    user_ids uuid[] NOT NULL,
    -- What subscriptions can be narrowed down by; NULL where it is about no event type.
    event_type_id uuid,
    -- Set on a test event: it is for this subscription alone, and in no replay.
    test_of uuid,
    -- JSON text: the bytes that are signed must never be re-encoded.
    payload text NOT NULL,
    -- When its personal data was erased; the payload is a tombstone then.
    erased_at timestamptz,
    PRIMARY KEY (organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX events_by_sequence ON events (organization_id, sequence);
CREATE INDEX events_by_chain ON events (organization_id, chain_id);
CREATE TABLE events_rest PARTITION OF events DEFAULT;

-- One per event and subscription. The id is derived from the two, so that none is made twice.
CREATE TABLE deliveries (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    chain_id uuid NOT NULL,
    -- Of the event: within a chain, a delivery waits for those before it.
    sequence bigint NOT NULL,
    -- The body up to the payload: with the event's payload and a brace behind it, the exact bytes that are sent.
    head text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'discarded')),
    attempts integer NOT NULL DEFAULT 0,
    -- How many of the attempts were made before it was last asked to be delivered again.
    earlier_attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    first_failed_at timestamptz,
    finished_at timestamptz,
    -- The worker that has it in hand; it counts for nothing once that worker is silent.
    claimed_by uuid,
    PRIMARY KEY (organization_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX deliveries_due ON deliveries (subscription_id, next_attempt_at, sequence) WHERE state = 'pending';
CREATE INDEX deliveries_chain ON deliveries (subscription_id, chain_id, sequence) WHERE state = 'pending';
CREATE INDEX deliveries_by_subscription ON deliveries (organization_id, subscription_id, sequence);
CREATE INDEX deliveries_by_event ON deliveries (organization_id, event_id);
CREATE TABLE deliveries_rest PARTITION OF deliveries DEFAULT;

CREATE TABLE delivery_attempts (
    organization_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    -- Exactly one of the two is set.
    status_code integer,
    error text,
    response_excerpt text,
    PRIMARY KEY (organization_id, delivery_id, number)
) PARTITION BY RANGE (delivery_id);
CREATE TABLE delivery_attempts_rest PARTITION OF delivery_attempts DEFAULT;

INSERT INTO events
    (organization_id, id, sequence, name, occurred_at, correlation_id, chain_id, user_ids, payload)
SELECT organization_id, id, sequence, name, occurred_at, correlation_id, chain_id, user_ids, payload FROM old_events;
DO $$ BEGIN PERFORM setval('event_sequence', coalesce((SELECT max(sequence) FROM old_events), 0) + 1, false); END $$;

ALTER TABLE webhook_subscriptions
    -- Narrows it down to these; NULL: whatever the event type.
    ADD COLUMN event_type_ids uuid[],
    ADD COLUMN group_id uuid,
    -- Scheme, host and port of the callback: what is limited together.
    ADD COLUMN destination text NOT NULL DEFAULT '',
    -- When the owner was told that deliveries fail.
    ADD COLUMN warned_at timestamptz,
    ADD COLUMN disabled_at timestamptz;
CREATE INDEX webhook_subscriptions_id ON webhook_subscriptions (id);
UPDATE webhook_subscriptions SET destination = substring(lower(callback_url) FROM '^[a-z]+://[^/?#]*');
DROP INDEX webhook_subscriptions_unique;
-- The 409 rule: url, scope, owner, filters and the set of events (kept sorted) are all equal.
CREATE UNIQUE INDEX webhook_subscriptions_unique
    ON webhook_subscriptions (organization_id, scope, user_id, group_id, callback_url, events, event_type_ids)
    NULLS NOT DISTINCT WHERE deleted_at IS NULL;

-- What is pending is delivered by the new workers; where the subscription is gone it is discarded.
INSERT INTO deliveries
    (organization_id, id, event_id, subscription_id, chain_id, sequence, head, state, attempts, created_at,
     next_attempt_at, finished_at)
SELECT old.organization_id, old.id, old.event_id, old.subscription_id, event.chain_id, event.sequence,
       '', old.state, old.attempts, old.created_at, old.next_attempt_at, old.finished_at
FROM old_deliveries AS old
JOIN old_events AS event ON event.organization_id = old.organization_id AND event.id = old.event_id;
INSERT INTO delivery_attempts
SELECT organization_id, delivery_id, number, started_at, duration_ms, status_code, error, response_excerpt
FROM old_delivery_attempts;
DROP TABLE old_delivery_attempts, old_deliveries, old_events;
DELETE FROM procrastinate_jobs WHERE task_name = 'webhooks.deliver';

-- Workers that are at work, by their heartbeat: whose claims count, and what they have to report.
CREATE TABLE workers (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    -- When the loop that claims deliveries last went round.
    went_round_at timestamptz,
    -- Counters since its start, for /metrics.
    report jsonb NOT NULL DEFAULT '{}'
);

-- Groups of an organization's users; a webhook subscription of group scope concerns its members.
CREATE TABLE groups (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX groups_by_name ON groups (organization_id, lower(name));

CREATE TABLE group_members (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('member', 'admin')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, group_id, user_id),
    FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX group_members_by_user ON group_members (organization_id, user_id);
ALTER TABLE webhook_subscriptions
    ADD FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id);
