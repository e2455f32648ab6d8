"""``openslot webhook``: subscriptions and their deliveries, for whoever has the database."""
