-- Hours that a host has for one event type alone, in place of those of a schedule
ALTER TABLE event_type_hosts
    ADD COLUMN own_timezone text,
    ADD COLUMN own_rules jsonb,
    ADD CONSTRAINT event_type_hosts_own_hours CHECK ((own_timezone IS NULL) = (own_rules IS NULL));

-- Which user's token made the call that an event came from; NULL: an invitee, the service by itself, or it is older
ALTER TABLE events ADD COLUMN actor_id uuid;
