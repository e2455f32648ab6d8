"""The seats of scheduled events: how many there are, and how many invitees have taken."""

from datetime import datetime
from uuid import UUID

from openslot.db.pool import Conn


async def take_seat(
    conn: Conn, organization_id: UUID, event_id: UUID, *, except_hold_id: UUID | None = None, now: datetime
) -> bool:
    """Add an invitee to an active event; False: every seat is taken or held.

    The statement itself checks, so two invitees can't take the last seat. ``except_hold_id`` is the hold being used.
    """
    cursor = await conn.execute(
        """
        UPDATE scheduled_events
        SET invitees_active = invitees_active + 1, invitees_total = invitees_total + 1, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND status = 'active'
          AND invitees_limit > invitees_active + (
              SELECT count(*) FROM holds
              WHERE holds.organization_id = %(organization_id)s AND holds.scheduled_event_id = %(id)s
                AND holds.expires_at > %(now)s AND holds.id IS DISTINCT FROM %(except_hold_id)s)
        """,
        {"organization_id": organization_id, "id": event_id, "except_hold_id": except_hold_id, "now": now},
    )
    return cursor.rowcount == 1


async def set_seats(conn: Conn, organization_id: UUID, event_id: UUID, seats: int, *, now: datetime) -> None:
    """Set the number of seats; the caller has checked, under its locks, that no more are taken."""
    await conn.execute(
        """
        UPDATE scheduled_events SET invitees_limit = %(seats)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": organization_id, "id": event_id, "seats": seats, "now": now},
    )


async def give_back_seat(conn: Conn, organization_id: UUID, event_id: UUID, *, now: datetime) -> None:
    """Remove an invitee from the counts of an event that stays active."""
    await conn.execute(
        """
        UPDATE scheduled_events SET invitees_active = invitees_active - 1, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {"organization_id": organization_id, "id": event_id, "now": now},
    )
