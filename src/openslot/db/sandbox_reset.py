"""Emptying a sandbox: what was booked, said and sent goes; who is there and what is set up stays."""

from typing import LiteralString
from uuid import UUID

from openslot.db.pool import Conn

EMPTIED: tuple[LiteralString, ...] = (
    "idempotency_keys", "invitations", "meeting_recaps", "contact_list_members", "contact_notes", "contact_emails",
    "contacts", "invitee_no_shows", "guests", "invitees", "scheduled_event_hosts", "occupancy", "holds",
    "scheduled_events", "routing_form_submissions", "erasures", "delivery_attempts", "deliveries", "events",
    "kept_mails", "mails",
)  # fmt: skip
"""Tables that have nothing of the organization afterwards, in an order that foreign keys allow."""


async def empty(conn: Conn, organization_id: UUID) -> None:
    """Delete what has happened in an organization, and let its pools and links be as new."""
    for table in EMPTIED:
        await conn.execute(f"DELETE FROM {table} WHERE organization_id = %s", (organization_id,))
    for statement in _ANEW:
        await conn.execute(statement, (organization_id,))


_ANEW: tuple[LiteralString, ...] = (
    "DELETE FROM assignments WHERE organization_id = %s AND entry IN ('assigned', 'released')",
    # Of hosts who joined later, it had the credit that made them equal to the others then.
    "UPDATE assignments SET credit_millionths = 0 WHERE organization_id = %s AND credit_millionths <> 0",
    "UPDATE event_type_hosts SET assigned = 0, credit_millionths = 0, last_sequence = 0 WHERE organization_id = %s",
    "UPDATE scheduling_links SET uses = 0 WHERE organization_id = %s AND uses > 0",
    """
    UPDATE webhook_subscriptions SET state = 'active', disabled_at = NULL, retry_started_at = NULL, warned_at = NULL
    WHERE organization_id = %s AND deleted_at IS NULL
    """,
)
