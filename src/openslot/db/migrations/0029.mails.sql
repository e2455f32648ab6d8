-- The language of the pages on which an invitee booked, as a tag; NULL: not known, or booked over the API.
ALTER TABLE invitees ADD COLUMN language text;

-- Minutes before the start at which invitees are reminded; each once.
ALTER TABLE event_types ADD COLUMN reminder_minutes integer[] NOT NULL DEFAULT '{}';

-- Mails, written in the transaction of what they are about. This table is the queue (ADR 0043).
CREATE TABLE mails (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    -- Also the mail's Message-ID
    id uuid NOT NULL,
    -- What has happened, such as 'booked', and who reads it
    kind text NOT NULL,
    role text NOT NULL CHECK (role IN ('host', 'invitee', 'guest', 'other')),
    recipient text NOT NULL,
    -- Of a host
    user_id uuid REFERENCES users (id),
    scheduled_event_id uuid,
    invitee_id uuid,
    -- A booking request has no event and no invitee yet
    hold_id uuid,
    -- What no other row says: of a booking request, or of a mail that is about no meeting
    facts jsonb,
    -- The entry in the recipient's calendar, by what its UID is made of, and what happens to it
    calendar_id uuid,
    method text CHECK (method IN ('REQUEST', 'CANCEL')),
    sequence integer,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'kept', 'failed', 'missed')),
    -- On the clock of its organization
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    -- Of the next attempt, in real time; while one is under way, when another worker may take over
    next_attempt_at timestamptz NOT NULL DEFAULT '-infinity',
    attempts integer NOT NULL DEFAULT 0,
    error text,
    finished_at timestamptz,
    -- As it was sent, or would have been
    subject text,
    text text,
    html text,
    calendar text,
    PRIMARY KEY (organization_id, id),
    CHECK ((method IS NULL) = (calendar_id IS NULL) AND (method IS NULL) = (sequence IS NULL))
);
CREATE INDEX mails_waiting ON mails (due_at, id) WHERE state = 'waiting';
-- The sequence of an entry, and the order of what is sent about it
CREATE INDEX mails_by_calendar ON mails (organization_id, calendar_id, sequence) WHERE calendar_id IS NOT NULL;
CREATE INDEX mails_by_creation ON mails (organization_id, created_at, id);
CREATE INDEX mails_by_invitee ON mails (organization_id, invitee_id) WHERE state = 'waiting';

-- What is old is deleted
CREATE INDEX mails_finished ON mails (finished_at) WHERE state <> 'waiting';
