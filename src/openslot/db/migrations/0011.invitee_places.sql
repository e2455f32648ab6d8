-- What an invitee says of the place of a group event is that invitee's; the event's row has the kind alone.
ALTER TABLE invitees ADD COLUMN location jsonb;

-- The notice that was asked when the event was planned, for those who join it; NULL: what is asked at the time
ALTER TABLE scheduled_events ADD COLUMN notice_minutes integer CHECK (notice_minutes >= 0);
