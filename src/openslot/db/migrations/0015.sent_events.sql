-- The events of a subscription in the order in which they were asked for, which the API gives back; ``events`` stays
-- sorted, since equal subscriptions are told by it. NULL: a subscription of an earlier version, whose order is lost.
ALTER TABLE webhook_subscriptions ADD COLUMN sent_events text[];
