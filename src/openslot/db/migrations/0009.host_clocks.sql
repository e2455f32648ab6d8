-- What each host's clock is to show, since hosts who meet together need not share a zone.
ALTER TABLE scheduled_event_hosts
    ADD COLUMN wall_start timestamp,
    ADD COLUMN wall_zone text;
UPDATE scheduled_event_hosts AS host
SET wall_start = event.wall_start, wall_zone = event.wall_zone
FROM scheduled_events AS event
WHERE event.organization_id = host.organization_id AND event.id = host.scheduled_event_id;
ALTER TABLE scheduled_event_hosts
    ALTER COLUMN wall_start SET NOT NULL,
    ALTER COLUMN wall_zone SET NOT NULL;
ALTER TABLE scheduled_events
    DROP COLUMN wall_start,
    DROP COLUMN wall_zone;

-- The clock that its events are made for, where its hours are given as instants; NULL: each host's own
ALTER TABLE event_types ADD COLUMN wall_zone text;
