-- What an invitee says of the place of a group event is that invitee's; the event's row has the kind alone.
ALTER TABLE invitees ADD COLUMN location jsonb;

-- The notice that was asked when the event was planned, for those who join it; NULL: what is asked at the time
ALTER TABLE scheduled_events ADD COLUMN notice_minutes integer CHECK (notice_minutes >= 0);

-- Until now the event had what its first invitee said, and who moved away took it along. So a place is of the chain of
-- reschedules whose member came first to the event where it was said; others who have it have somebody else's.
CREATE TEMPORARY TABLE said ON COMMIT DROP AS
WITH RECURSIVE first AS (
    SELECT DISTINCT ON (event.organization_id, event.id)
        event.organization_id, event.id, event.location, invitee.chain_id, invitee.old_event_id
    FROM scheduled_events AS event
    JOIN invitees AS invitee
      ON invitee.organization_id = event.organization_id AND invitee.scheduled_event_id = event.id
    WHERE event.invitees_limit > 1 AND event.location ->> 'type' IN ('ask_invitee', 'outbound_call')
    ORDER BY event.organization_id, event.id, invitee.created_at, invitee.id
), origin AS (
    SELECT organization_id, id, location, chain_id FROM first WHERE old_event_id IS NULL
    UNION ALL
    SELECT first.organization_id, first.id, first.location, origin.chain_id
    FROM origin
    JOIN first ON first.organization_id = origin.organization_id AND first.old_event_id = origin.id
)
SELECT first.organization_id, first.id, first.location, origin.chain_id
FROM first LEFT JOIN origin ON origin.organization_id = first.organization_id AND origin.id = first.id;

UPDATE invitees SET location = said.location
FROM said
WHERE invitees.organization_id = said.organization_id AND invitees.scheduled_event_id = said.id
  AND invitees.chain_id = said.chain_id;
UPDATE scheduled_events AS event SET location = jsonb_set(event.location, '{location}', 'null')
FROM said
WHERE event.organization_id = said.organization_id AND event.id = said.id;

-- The same in what was recorded of the others.
UPDATE events SET payload = jsonb_set(payload::jsonb, '{scheduled_event,location,location}', 'null')::text
FROM said JOIN invitees AS other ON other.organization_id = said.organization_id AND other.scheduled_event_id = said.id
WHERE events.organization_id = other.organization_id AND events.chain_id = other.chain_id
  AND other.chain_id IS DISTINCT FROM said.chain_id AND events.erased_at IS NULL
  AND right(events.payload::jsonb #>> '{scheduled_event,uri}', 36) = said.id::text
  AND events.payload::jsonb #>> '{scheduled_event,location,location}' IS NOT NULL;
UPDATE events SET payload = jsonb_set(payload::jsonb, '{old,scheduled_event,location,location}', 'null')::text
FROM said JOIN invitees AS other ON other.organization_id = said.organization_id AND other.scheduled_event_id = said.id
WHERE events.name = 'invitee.rescheduled' AND events.organization_id = other.organization_id
  AND events.chain_id = other.chain_id
  AND other.chain_id IS DISTINCT FROM said.chain_id AND events.erased_at IS NULL
  AND right(events.payload::jsonb #>> '{old,scheduled_event,uri}', 36) = said.id::text
  AND events.payload::jsonb #>> '{old,scheduled_event,location,location}' IS NOT NULL;
UPDATE events SET payload = jsonb_set(payload::jsonb, '{new,scheduled_event,location,location}', 'null')::text
FROM said JOIN invitees AS other ON other.organization_id = said.organization_id AND other.scheduled_event_id = said.id
WHERE events.name = 'invitee.rescheduled' AND events.organization_id = other.organization_id
  AND events.chain_id = other.chain_id
  AND other.chain_id IS DISTINCT FROM said.chain_id AND events.erased_at IS NULL
  AND right(events.payload::jsonb #>> '{new,scheduled_event,uri}', 36) = said.id::text
  AND events.payload::jsonb #>> '{new,scheduled_event,location,location}' IS NOT NULL;
