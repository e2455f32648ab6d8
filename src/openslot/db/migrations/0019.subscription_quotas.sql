-- Which quota one more webhook subscription would exceed: 'user' or 'organization'; NULL: none. A quota that is NULL does
-- not count. As for holds, the count is of a snapshot taken after the lock, which a single statement could not have.
CREATE FUNCTION exceeded_subscription_quota(organization uuid, creator uuid, user_most int, organization_most int)
RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    of_creator bigint;
    of_all bigint;
BEGIN
    IF user_most IS NULL AND organization_most IS NULL THEN RETURN NULL; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('webhook subscription/' || organization, 0));
    SELECT count(*) FILTER (WHERE creator_id = creator), count(*) INTO of_creator, of_all
    FROM webhook_subscriptions WHERE organization_id = organization AND deleted_at IS NULL;
    RETURN CASE WHEN of_creator >= user_most THEN 'user' WHEN of_all >= organization_most THEN 'organization' END;
END $$;
