-- Who made a hold: a member over the API, or a visitor of a page. Of a visitor's address a keyed digest alone is kept.
-- Both NULL: a hold of an earlier version.
ALTER TABLE holds ADD COLUMN holder_id uuid REFERENCES users (id), ADD COLUMN address_digest bytea;
CREATE INDEX holds_by_holder ON holds (organization_id, holder_id) WHERE holder_id IS NOT NULL;
CREATE INDEX holds_by_address ON holds (organization_id, address_digest) WHERE address_digest IS NOT NULL;

-- Whose event types a user agrees to host without an admin: ids of colleagues, or the organization's for all of them.
ALTER TABLE users ADD COLUMN hosts_for uuid[] NOT NULL DEFAULT '{}';

-- Which quota a new hold of somebody would exceed, and when the first hold that counts there ends; NULL: none. A quota
-- that is NULL does not count. Whoever asks about the same somebody waits until the transaction ends: the count is of
-- a snapshot taken after the lock, which a single statement could not have.
CREATE FUNCTION exceeded_hold_quota(
    organization uuid, meeting uuid, "at" timestamptz, holder uuid, holder_most int, address bytea, address_most int, mail text,
    mail_most int, OUT quota text, OUT until timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('hold/' || organization || '/' || one, 0))
    FROM (SELECT one FROM unnest(ARRAY[holder::text, encode(address, 'hex'), lower(mail)]) AS one
          WHERE one IS NOT NULL ORDER BY one) AS caller;
    SELECT 'user', min(expires_at) INTO quota, until FROM holds
    WHERE organization_id = organization AND holder_id = holder AND expires_at > "at"
    HAVING count(*) >= holder_most;
    IF FOUND THEN RETURN; END IF;
    -- Seats of one group event are one meeting: a class that signs up from one school does not count by heads.
    SELECT 'address', min(expires_at) INTO quota, until FROM holds
    WHERE organization_id = organization AND address_digest = address AND expires_at > "at"
      AND scheduled_event_id <> meeting
    HAVING count(DISTINCT scheduled_event_id) >= address_most;
    IF FOUND THEN RETURN; END IF;
    SELECT 'email', min(expires_at) INTO quota, until FROM holds
    WHERE organization_id = organization AND lower(booking #>> '{booking,email}') = lower(mail) AND expires_at > "at"
    HAVING count(*) >= mail_most;
END $$;
