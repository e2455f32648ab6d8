"""Holds: time, or a seat, kept for somebody until a moment that is always set (ADR 0010)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db import groups
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page

BATCH = 500
"""How many are swept at once; the others are next."""


class Hold(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    scheduled_event_id: UUID
    """Of the event that it becomes, or whose seat it keeps."""
    event_type_id: UUID
    user_ids: list[UUID]
    """The hosts."""
    start_time: datetime
    end_time: datetime
    reason: str
    """``form``, ``payment``, ``approval``, ``waitlist`` or ``poll``."""
    booking: dict[str, Any] | None
    """What is to be booked once it is confirmed."""
    holder_id: UUID | None = None
    """The member who made it; None: a visitor of a page did, or an earlier version."""
    expires_at: datetime
    created_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, scheduled_event_id, event_type_id, user_ids, start_time, end_time, reason, booking,
           holder_id, expires_at, created_at
    FROM holds
"""


class Share(Struct, frozen=True, kw_only=True):
    """How much may be held at a time; None: as much as is free."""

    of_user: int | None = None
    """Holds of the member who makes it."""
    address_digest: bytes | None = None
    """Of the address from which a visitor of a page comes."""
    of_address: int | None = None
    """Meetings that visitors from there hold."""
    of_email: int | None = None
    """Holds for bookings by the same e-mail address."""


class Exceeded(Struct, frozen=True):
    """A quota that has no room."""

    quota: str | None
    """``user``, ``address`` or ``email``; None: there is room."""
    until: datetime | None
    """When the first of what counts there ends."""


async def insert(conn: Conn, hold: Hold, owner_digest: bytes, share: Share) -> Exceeded:
    """Store a hold, unless that exceeds its maker's share; its time is for ``occupancy``.

    Two at the bound don't both pass: the second counts after the first has committed.
    """
    found = await fetch_one(
        conn,
        Exceeded,
        """
        WITH counted AS MATERIALIZED (
            SELECT * FROM exceeded_hold_quota(
                %(organization_id)s, %(scheduled_event_id)s, %(created_at)s, %(holder_id)s, %(of_user)s,
                %(address_digest)s, %(of_address)s,
                %(booking)s::jsonb #>> '{booking,email}', %(of_email)s)
        ), made AS (
            INSERT INTO holds
                (organization_id, id, scheduled_event_id, event_type_id, user_ids, start_time, end_time, reason,
                 owner_digest, booking, holder_id, address_digest, expires_at, created_at)
            SELECT %(organization_id)s, %(id)s, %(scheduled_event_id)s, %(event_type_id)s, %(user_ids)s,
                   %(start_time)s, %(end_time)s, %(reason)s, %(owner_digest)s, %(booking)s, %(holder_id)s,
                   %(address_digest)s, %(expires_at)s, %(created_at)s
            FROM counted WHERE quota IS NULL
        )
        SELECT quota, until FROM counted
        """,
        {name: getattr(hold, name) for name in Hold.__struct_fields__}
        | {name: getattr(share, name) for name in Share.__struct_fields__}
        | {"owner_digest": owner_digest, "booking": None if hold.booking is None else Jsonb(hold.booking)},
    )
    assert found is not None  # the function answers with one row
    return found


async def get(conn: Conn, organization_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold, ended ones included until they are swept."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Hold, query, {"organization_id": organization_id, "id": hold_id})


async def get_by_owner(conn: Conn, owner_digest: bytes) -> Hold | None:
    """The newest hold of who has this token."""
    query: LiteralString = f"{_SELECT} WHERE owner_digest = %(digest)s ORDER BY created_at DESC, id LIMIT 1"
    return await fetch_one(conn, Hold, query, {"digest": owner_digest})


async def list_for(conn: Conn, organization_id: UUID, *, reason: str, now: datetime) -> list[Hold]:
    """The organization's standing holds of one kind, by start."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND reason = %(reason)s AND expires_at > %(now)s
        ORDER BY start_time, id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "reason": reason, "now": now})


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, for_user: UUID | None, now: datetime
) -> PageOf[Hold]:
    """One page of the standing holds.

    ``for_user`` sees those that the user made, on the user's own time, and on that of the people in the user's groups.
    """
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s", "expires_at > %(now)s"]
    if for_user is not None:
        conditions.append(f"(holder_id = %(admin_id)s OR user_ids && array_append({groups.MEMBERS_LED}, %(admin_id)s))")
    params = {"organization_id": organization_id, "admin_id": for_user, "now": now}
    return await fetch_page(conn, Hold, _SELECT, conditions, params, page)


async def list_of(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID], *, now: datetime) -> list[Hold]:
    """The standing holds of what are, or are to be, these events; the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND scheduled_event_id = ANY(%(ids)s)
          AND expires_at > %(now)s ORDER BY created_at, id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "ids": list(event_ids), "now": now})


async def list_requested_by(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[Hold]:
    """The bookings that wait, by e-mail address in any case; ended ones included until they are swept."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND lower(booking #>> '{{booking,email}}') = ANY (
            ARRAY(SELECT lower(address) FROM unnest(%(addresses)s::text[]) AS address))
        ORDER BY id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "addresses": list(addresses)})


async def delete(conn: Conn, hold: Hold) -> bool:
    """End a hold, whether it was there; its time goes with the last one that kept it."""
    cursor = await conn.execute(
        """
        WITH ended AS (
            DELETE FROM holds WHERE organization_id = %(organization_id)s AND id = %(id)s RETURNING id
        ), left_over AS (
            SELECT max(expires_at) AS expires_at FROM holds
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND id <> %(id)s
        ), kept AS (
            UPDATE occupancy SET expires_at = left_over.expires_at
            FROM left_over
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND occupancy.expires_at IS NOT NULL AND left_over.expires_at IS NOT NULL
        ), freed AS (
            DELETE FROM occupancy USING left_over
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(scheduled_event_id)s
              AND occupancy.expires_at IS NOT NULL AND left_over.expires_at IS NULL
        )
        SELECT FROM ended
        """,
        {"organization_id": hold.organization_id, "id": hold.id, "scheduled_event_id": hold.scheduled_event_id},
    )
    return cursor.rowcount == 1


async def list_ended(conn: Conn, *, now: datetime) -> list[Hold]:
    """Holds whose time is over, the longest over first."""
    query: LiteralString = f"{_SELECT} WHERE expires_at <= %(now)s ORDER BY expires_at, id LIMIT {BATCH}"
    return await fetch_all(conn, Hold, query, {"now": now})


async def set_hosts(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, user_ids: Sequence[UUID]) -> None:
    """Let the holds of what is to be one event be for these hosts."""
    await conn.execute(
        "UPDATE holds SET user_ids = %s WHERE organization_id = %s AND scheduled_event_id = %s",
        (list(user_ids), organization_id, scheduled_event_id),
    )


async def is_held(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, now: datetime) -> bool:
    """Whether somebody holds a seat of an event."""
    return await count(conn, organization_id, scheduled_event_id, now=now) > 0


async def count(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, now: datetime) -> int:
    """How many seats of an event are held."""
    cursor = await conn.execute(
        "SELECT FROM holds WHERE organization_id = %s AND scheduled_event_id = %s AND expires_at > %s",
        (organization_id, scheduled_event_id, now),
    )
    return cursor.rowcount


async def move(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, to: UUID, now: datetime) -> bool:
    """Let the standing holds of an event that is no more keep its time under another id; whether there were any."""
    cursor = await conn.execute(
        """
        WITH moved AS (
            UPDATE holds SET scheduled_event_id = %(to)s
            WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(id)s AND expires_at > %(now)s
            RETURNING expires_at
        )
        UPDATE occupancy SET scheduled_event_id = %(to)s, expires_at = last.expires_at
        FROM (SELECT max(expires_at) AS expires_at FROM moved) AS last
        WHERE organization_id = %(organization_id)s AND scheduled_event_id = %(id)s AND last.expires_at IS NOT NULL
        """,
        {"organization_id": organization_id, "id": scheduled_event_id, "to": to, "now": now},
    )
    return cursor.rowcount > 0


async def list_abandoned(conn: Conn, *, now: datetime) -> list[Hold]:
    """Standing holds of people who are no members of the organization any more."""
    query: LiteralString = f"""
        {_SELECT} WHERE holder_id IS NOT NULL AND expires_at > %(now)s AND NOT EXISTS (
            SELECT FROM organization_memberships AS membership
            WHERE membership.organization_id = holds.organization_id AND membership.user_id = holds.holder_id)
        ORDER BY id LIMIT {BATCH}
    """
    return await fetch_all(conn, Hold, query, {"now": now})


async def delete_ended(conn: Conn, ended: Sequence[Hold], *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Delete holds, and what time they kept to the last, under the locks of their hosts.

    What comes back are organization and id of the events that those which were there yet would have become.
    """
    cursor = await conn.execute(
        """
        WITH ended AS (
            DELETE FROM holds USING unnest(%(organizations)s::uuid[], %(ids)s::uuid[]) AS one (organization_id, id)
            WHERE holds.organization_id = one.organization_id AND holds.id = one.id
            RETURNING holds.organization_id, holds.scheduled_event_id
        ), freed AS (
            DELETE FROM occupancy USING ended
            WHERE occupancy.organization_id = ended.organization_id
              AND occupancy.scheduled_event_id = ended.scheduled_event_id AND occupancy.expires_at <= %(now)s
        )
        SELECT organization_id, scheduled_event_id FROM ended
        """,
        {"organizations": [one.organization_id for one in ended], "ids": [one.id for one in ended], "now": now},
    )
    return [(organization_id, event_id) for organization_id, event_id in await cursor.fetchall()]
