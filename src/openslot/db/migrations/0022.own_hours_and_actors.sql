-- Hours that a host has for one event type alone, in place of those of a schedule
ALTER TABLE event_type_hosts
    ADD COLUMN own_timezone text,
    ADD COLUMN own_rules jsonb,
    ADD CONSTRAINT event_type_hosts_own_hours CHECK ((own_timezone IS NULL) = (own_rules IS NULL));

-- Which user's token made the call that an event came from; NULL: an invitee, the service by itself, or it is older
ALTER TABLE events ADD COLUMN actor_id uuid;

-- Receipts of erasures by time, which look for no address
ALTER TABLE erasures
    ADD COLUMN start_time timestamptz,
    ADD COLUMN end_time timestamptz,
    DROP CONSTRAINT erasures_addresses_check,
    ADD CONSTRAINT erasures_subject CHECK (
        CASE WHEN start_time IS NULL THEN addresses > 0 AND end_time IS NULL
        ELSE addresses = 0 AND start_time < end_time END);
