"""Webhook subscriptions: making them, delivering to them, and showing what was delivered."""
