"""The hosts of an event type, and their standing in its pool."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db import users
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page
from openslot.db.users import User


class OwnHours(NamedTuple):
    """Hours of a host for one event type alone."""

    timezone: str
    rules: list[dict[str, Any]]
    """As the API writes them."""


class NewHost(Struct, frozen=True):
    """A host to add to an event type."""

    user_id: UUID
    position: int = 0
    pool: int = 0
    priority: int = 2
    weight: int = 100
    credit_millionths: int = 0
    """The credit that a host who joins a round robin gets, to be level with the others."""


class PublicHost(Struct, frozen=True):
    """What public pages show of a host."""

    name: str
    avatar_url: str | None = None


class PublicHosts(Struct, frozen=True):
    """What public pages show of an event type's hosts."""

    hosts: list[PublicHost]
    """In their order."""
    pool_sizes: list[int] | None
    """How many hosts of each pool an event needs; None: there are no pools."""


async def public_hosts(conn: Conn, organization_id: UUID, event_type_id: UUID) -> PublicHosts:
    """The hosts of an event type."""
    query: LiteralString = """
        SELECT event_types.pool_sizes, (
            SELECT coalesce(jsonb_agg(jsonb_build_object('name', host.name, 'avatar_url', host.avatar_url)
                ORDER BY serving.pool, serving.position, host.id), '[]')
            FROM event_type_hosts AS serving JOIN users AS host ON host.id = serving.user_id
            WHERE serving.organization_id = event_types.organization_id AND serving.event_type_id = event_types.id
        ) AS hosts
        FROM event_types WHERE organization_id = %(organization_id)s AND id = %(id)s
    """
    found = await fetch_one(conn, PublicHosts, query, {"organization_id": organization_id, "id": event_type_id})
    return found or PublicHosts([], None)


class HostUser(Struct, frozen=True):
    """A host of an event type, with the user."""

    user_id: UUID
    position: int
    user: User


async def list_page(conn: Conn, organization_id: UUID, event_type_id: UUID, page: PageRequest) -> PageOf[HostUser]:
    """One page of the hosts of an event type."""
    query: LiteralString = f"""
        SELECT host.user_id, host.position,
               (SELECT to_jsonb(person) FROM (SELECT {users.COLUMNS} FROM users WHERE users.id = host.user_id)
                  AS person) AS "user"
        FROM event_type_hosts AS host
    """
    conditions: list[LiteralString] = [
        "host.organization_id = %(organization_id)s", "host.event_type_id = %(event_type_id)s",
    ]  # fmt: skip
    params = {"organization_id": organization_id, "event_type_id": event_type_id}
    return await fetch_page(conn, HostUser, query, conditions, params, page)


async def list_ids(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[UUID]:
    """The hosts of an event type, in no particular order."""
    cursor = await conn.execute(
        "SELECT user_id FROM event_type_hosts WHERE organization_id = %s AND event_type_id = %s",
        (organization_id, event_type_id),
    )
    return [user_id for (user_id,) in await cursor.fetchall()]


async def insert(
    conn: Conn, organization_id: UUID, event_type_id: UUID, hosts: Sequence[NewHost], *, now: datetime
) -> None:
    """Add hosts, each with an entry in the ledger."""
    await conn.execute(
        """
        WITH host AS (
            SELECT * FROM unnest(%(users)s::uuid[], %(positions)s::int[], %(pools)s::int[], %(priorities)s::int[],
                                 %(weights)s::int[], %(credits)s::int8[])
                AS host (id, position, pool, priority, weight, credit)
        ), joined AS (
            INSERT INTO assignments
                (organization_id, event_type_id, entry, user_id, weight, priority, position, credit_millionths,
                 recorded_at)
            SELECT %(organization_id)s, %(event_type_id)s, 'joined', id, weight, priority, position, credit, %(now)s
            FROM host ORDER BY position, id
        )
        INSERT INTO event_type_hosts
            (organization_id, event_type_id, user_id, position, pool, priority, weight, credit_millionths)
        SELECT %(organization_id)s, %(event_type_id)s, id, position, pool, priority, weight, credit FROM host
        """,
        {
            "organization_id": organization_id, "event_type_id": event_type_id, "now": now,
            "users": [host.user_id for host in hosts], "positions": [host.position for host in hosts],
            "pools": [host.pool for host in hosts], "priorities": [host.priority for host in hosts],
            "weights": [host.weight for host in hosts], "credits": [host.credit_millionths for host in hosts],
        },
    )  # fmt: skip


async def change(conn: Conn, organization_id: UUID, event_type_id: UUID, host: NewHost, *, now: datetime) -> None:
    """Update a host's position, pool, priority, weight and credit."""
    await conn.execute(
        """
        WITH changed AS (
            INSERT INTO assignments
                (organization_id, event_type_id, entry, user_id, weight, priority, position, credit_millionths,
                 recorded_at)
            VALUES (%(organization_id)s, %(event_type_id)s, 'changed', %(user_id)s, %(weight)s, %(priority)s,
                    %(position)s, %(credit)s, %(now)s)
        )
        UPDATE event_type_hosts
        SET position = %(position)s, pool = %(pool)s, priority = %(priority)s, weight = %(weight)s,
            credit_millionths = %(credit)s
        WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s AND user_id = %(user_id)s
        """,
        {
            "organization_id": organization_id, "event_type_id": event_type_id, "user_id": host.user_id,
            "position": host.position, "pool": host.pool, "priority": host.priority, "weight": host.weight,
            "credit": host.credit_millionths, "now": now,
        },
    )  # fmt: skip


async def set_hours(
    conn: Conn, organization_id: UUID, event_type_id: UUID, user_id: UUID, hours: OwnHours | None, *, now: datetime
) -> None:
    """Give a host hours for this event type alone; None: those of a schedule again."""
    await conn.execute(
        """
        WITH touched AS (
            UPDATE event_types SET updated_at = %(now)s
            WHERE organization_id = %(organization_id)s AND id = %(event_type_id)s
        )
        UPDATE event_type_hosts SET own_timezone = %(timezone)s, own_rules = %(rules)s
        WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s AND user_id = %(user_id)s
        """,
        {
            "organization_id": organization_id, "event_type_id": event_type_id, "user_id": user_id, "now": now,
            "timezone": None if hours is None else hours.timezone,
            "rules": None if hours is None else Jsonb(hours.rules),
        },
    )  # fmt: skip


async def delete(conn: Conn, organization_id: UUID, event_type_id: UUID, user_id: UUID, *, now: datetime) -> None:
    """Remove a host; the ledger keeps the host's entries."""
    await conn.execute(
        """
        WITH left_behind AS (
            INSERT INTO assignments (organization_id, event_type_id, entry, user_id, recorded_at)
            VALUES (%(organization_id)s, %(event_type_id)s, 'left', %(user_id)s, %(now)s)
        )
        DELETE FROM event_type_hosts
        WHERE organization_id = %(organization_id)s AND event_type_id = %(event_type_id)s AND user_id = %(user_id)s
        """,
        {"organization_id": organization_id, "event_type_id": event_type_id, "user_id": user_id, "now": now},
    )
