"""Holds: a host's time, or a seat, reserved for an invitee until a fixed moment (ADR 0010)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db import group_members, sandboxes
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page

BATCH = 500
"""How many holds one sweep reads; the next sweep reads more."""


class Hold(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    scheduled_event_id: UUID
    """The id of the event that it may become, or whose seat it keeps."""
    event_type_id: UUID
    user_ids: list[UUID]
    """The hosts."""
    start_time: datetime
    end_time: datetime
    reason: str
    """``form``, ``payment``, ``approval``, ``waitlist`` or ``poll``."""
    booking: dict[str, Any] | None
    """The booking to make once it is confirmed."""
    holder_id: UUID | None = None
    """The member who made it; None: a visitor of a page, or an earlier version."""
    expires_at: datetime
    created_at: datetime


_SELECT: LiteralString = """
    SELECT id, organization_id, scheduled_event_id, event_type_id, user_ids, start_time, end_time, reason, booking,
           holder_id, expires_at, created_at
    FROM holds
"""


class HoldQuotas(Struct, frozen=True, kw_only=True):
    """Quotas on holds; None: no limit."""

    of_user: int | None = None
    """On holds of the member who makes the hold."""
    address_digest: bytes | None = None
    """The digest of the visitor's network address."""
    of_address: int | None = None
    """On meetings that visitors from this network address hold."""
    of_email: int | None = None
    """On holds for bookings with the same e-mail address."""


class ExceededQuota(Struct, frozen=True):
    """The quota that is exceeded, if any."""

    quota: str | None
    """``user``, ``address`` or ``email``; None: none is exceeded."""
    until: datetime | None
    """When the first hold that counts towards it ends."""


async def insert(conn: Conn, hold: Hold, owner_digest: bytes, quotas: HoldQuotas) -> ExceededQuota:
    """Store a hold, unless that exceeds a quota; ``occupancy.hold`` takes its time.

    Of two holds at the bound only one passes: the second is counted after the first has committed.
    """
    found = await fetch_one(
        conn,
        ExceededQuota,
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
        | {name: getattr(quotas, name) for name in HoldQuotas.__struct_fields__}
        | {"owner_digest": owner_digest, "booking": None if hold.booking is None else Jsonb(hold.booking)},
    )
    assert found is not None  # the function returns one row
    return found


async def get(conn: Conn, organization_id: UUID, hold_id: UUID) -> Hold | None:
    """One hold; ended ones are found until they are swept."""
    query: LiteralString = f"{_SELECT} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Hold, query, {"organization_id": organization_id, "id": hold_id})


async def get_by_owner(conn: Conn, owner_digest: bytes) -> Hold | None:
    """The newest hold with this owner's token."""
    query: LiteralString = f"{_SELECT} WHERE owner_digest = %(digest)s ORDER BY created_at DESC, id LIMIT 1"
    return await fetch_one(conn, Hold, query, {"digest": owner_digest})


async def list_for(conn: Conn, organization_id: UUID, *, reason: str, now: datetime) -> list[Hold]:
    """The organization's active holds for one reason, by start."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND reason = %(reason)s AND expires_at > %(now)s
        ORDER BY start_time, id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "reason": reason, "now": now})


async def list_page(
    conn: Conn, organization_id: UUID, page: PageRequest, *, for_user: UUID | None, now: datetime
) -> PageOf[Hold]:
    """One page of the active holds.

    ``for_user`` restricts them to holds that this user made, and holds on the time of the user or of users in groups
    that the user is an admin of.
    """
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s", "expires_at > %(now)s"]
    if for_user is not None:
        conditions.append(
            f"(holder_id = %(admin_id)s OR user_ids && array_append({group_members.MEMBERS_LED}, %(admin_id)s))"
        )
    params = {"organization_id": organization_id, "admin_id": for_user, "now": now}
    return await fetch_page(conn, Hold, _SELECT, conditions, params, page)


async def list_of(conn: Conn, organization_id: UUID, event_ids: Sequence[UUID], *, now: datetime) -> list[Hold]:
    """The active holds for these events, scheduled or to be scheduled; the oldest first."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND scheduled_event_id = ANY(%(ids)s)
          AND expires_at > %(now)s ORDER BY created_at, id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "ids": list(event_ids), "now": now})


async def list_requested_by(conn: Conn, organization_id: UUID, addresses: Sequence[str]) -> list[Hold]:
    """The holds for bookings with one of these e-mail addresses, in upper or lower case, ended ones included."""
    query: LiteralString = f"""
        {_SELECT} WHERE organization_id = %(organization_id)s AND lower(booking #>> '{{booking,email}}') = ANY (
            ARRAY(SELECT lower(address) FROM unnest(%(addresses)s::text[]) AS address))
        ORDER BY id
    """
    return await fetch_all(conn, Hold, query, {"organization_id": organization_id, "addresses": list(addresses)})


async def delete(conn: Conn, hold: Hold) -> bool:
    """Delete a hold; False if it was gone. Its time is free once no other hold of the same event keeps it."""
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


async def list_ended(conn: Conn, *, sandbox: UUID | None = None, now: datetime) -> list[Hold]:
    """Holds that have ended, the longest ended first, up to ``BATCH``.

    Of one sandbox, whose clock shows ``now``; None: of all organizations that have no clock of their own.
    """
    clocked = sandboxes.clocked("holds.organization_id", sandbox)
    query: LiteralString = f"""
        {_SELECT} WHERE expires_at <= %(now)s AND {clocked} ORDER BY expires_at, id LIMIT {BATCH}
    """
    return await fetch_all(conn, Hold, query, {"sandbox": sandbox, "now": now})


async def set_hosts(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, user_ids: Sequence[UUID]) -> None:
    """Set the hosts of all holds of one event to be scheduled."""
    await conn.execute(
        "UPDATE holds SET user_ids = %s WHERE organization_id = %s AND scheduled_event_id = %s",
        (list(user_ids), organization_id, scheduled_event_id),
    )


async def is_held(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, now: datetime) -> bool:
    """Whether any seat of an event is held."""
    return await count(conn, organization_id, scheduled_event_id, now=now) > 0


async def count(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, now: datetime) -> int:
    """How many seats of an event are held."""
    cursor = await conn.execute(
        "SELECT FROM holds WHERE organization_id = %s AND scheduled_event_id = %s AND expires_at > %s",
        (organization_id, scheduled_event_id, now),
    )
    return cursor.rowcount


async def move(conn: Conn, organization_id: UUID, scheduled_event_id: UUID, *, to: UUID, now: datetime) -> bool:
    """Move the active holds of a canceled event, with its time, to another event id; False if there were none."""
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


async def list_abandoned(conn: Conn, *, sandbox: UUID | None = None, now: datetime) -> list[Hold]:
    """Active holds of users who have left the organization, up to ``BATCH``; of which clock, as ``list_ended``."""
    clocked = sandboxes.clocked("holds.organization_id", sandbox)
    query: LiteralString = f"""
        {_SELECT} WHERE holder_id IS NOT NULL AND expires_at > %(now)s AND {clocked} AND NOT EXISTS (
            SELECT FROM organization_memberships AS membership
            WHERE membership.organization_id = holds.organization_id AND membership.user_id = holds.holder_id)
        ORDER BY id LIMIT {BATCH}
    """
    return await fetch_all(conn, Hold, query, {"sandbox": sandbox, "now": now})


async def delete_ended(conn: Conn, ended: Sequence[Hold], *, now: datetime) -> list[Hold]:
    """Delete ended holds and free their time; the caller has locked their hosts. Returns those that were there."""
    cursor = await conn.execute(
        """
        WITH ended AS (
            DELETE FROM holds USING unnest(%(organizations)s::uuid[], %(ids)s::uuid[]) AS one (organization_id, id)
            WHERE holds.organization_id = one.organization_id AND holds.id = one.id
            RETURNING holds.organization_id, holds.scheduled_event_id, holds.id
        ), freed AS (
            DELETE FROM occupancy USING ended
            WHERE occupancy.organization_id = ended.organization_id
              AND occupancy.scheduled_event_id = ended.scheduled_event_id AND occupancy.expires_at <= %(now)s
        )
        SELECT id FROM ended
        """,
        {"organizations": [one.organization_id for one in ended], "ids": [one.id for one in ended], "now": now},
    )
    gone = {hold_id for (hold_id,) in await cursor.fetchall()}
    return [one for one in ended if one.id in gone]
