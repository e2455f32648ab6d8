ALTER TABLE event_types
    -- Where invitees are led after booking; NULL: to the confirmation
    ADD COLUMN redirect_url text,
    -- Whether an invitee has to say why a booking is canceled
    ADD COLUMN requires_cancel_reason boolean NOT NULL DEFAULT false,
    -- Whether pages ask for first and last name in two fields
    ADD COLUMN splits_name boolean NOT NULL DEFAULT false;

-- What became of booking requests: their holds are gone once they are answered.
CREATE TABLE answered_requests (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    hold_id uuid NOT NULL,
    event_type_id uuid NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('approved', 'declined', 'expired', 'withdrawn')),
    -- Of an approved one
    invitee_id uuid,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, hold_id)
);
CREATE UNIQUE INDEX answered_requests_by_hold ON answered_requests (hold_id);
CREATE INDEX answered_requests_by_age ON answered_requests (answered_at);

-- The request that a form has made, beside its start, for the page that shows what becomes of it.
ALTER TABLE form_tokens ADD COLUMN requested_hold_id uuid;
