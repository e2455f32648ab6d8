-- What allowed an application to make a webhook subscription, which ends with it; NULL: made with a personal token
ALTER TABLE webhook_subscriptions ADD COLUMN grant_id uuid;
CREATE INDEX webhook_subscriptions_grant ON webhook_subscriptions (organization_id, grant_id)
    WHERE grant_id IS NOT NULL;
