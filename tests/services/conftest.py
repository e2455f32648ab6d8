"""Several connections at once, and everything that is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from conftest import Clock
from factories import Member, Organization, make_event_type, make_member, make_organization, principal_of
from openslot.core.errors import OpenSlotError
from openslot.core.intervals import Interval
from openslot.db import event_types
from openslot.db.event_types import EventType
from openslot.db.pool import Conn, connected
from openslot.services import publishing, serving, sharing, slots
from openslot.services.scheduling_links import NewLink
from openslot.wire.shares import CreateShare

START = datetime(2027, 1, 5, 10, tzinfo=UTC)
"""A Tuesday, eleven in Rome."""
DAY = Interval(START.replace(hour=0), START.replace(hour=23))
HALF_HOUR = timedelta(minutes=30)

TABLES = (
    "scheduled_events", "scheduled_event_hosts", "occupancy", "invitees", "guests", "invitee_no_shows", "events",
    "deliveries", "routing_form_submissions", "contacts", "contact_emails",
)  # fmt: skip


async def dump(conn: Conn) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    cursor = await conn.execute(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    )
    tables = [sql.Identifier(*row) for row in await cursor.fetchall()]
    found = {}
    for table in tables:
        rows = await (await conn.execute(sql.SQL("SELECT t::text FROM {} AS t").format(table))).fetchall()
        found[table.as_string(conn)] = sorted(text for (text,) in rows)
    return found


class Store:
    """What an organization has in the tables that grow."""

    def __init__(self, conn: Conn, organization: Organization) -> None:
        self._conn, self._organization = conn, organization

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table; of events without those about contacts, which come along with every new invitee."""
        about_others = "name NOT LIKE 'contact.%%'" if table == "events" else "true"
        cursor = await self._conn.execute(
            f"SELECT to_jsonb(t) FROM {table} AS t WHERE organization_id = %s AND {about_others}"
            " ORDER BY to_jsonb(t)::text",
            (self._organization.id,),
        )
        return [row for (row,) in await cursor.fetchall()]

    async def everything(self) -> dict[str, Any]:
        return {table: await self.rows(table) for table in TABLES}


async def blocked(observer: Conn, conn: Conn, task: asyncio.Task[Any] | None = None) -> None:
    """Return once ``conn``, at work for ``task``, waits for a lock.

    ``observer`` is in no transaction, whose view would stand still.
    """
    query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    while await (await observer.execute(query, (conn.info.backend_pid,))).fetchone() is None:
        assert task is None or not task.done()
        await asyncio.sleep(0)


@pytest.fixture
def store(conn: Conn, organization: Organization) -> Store:
    return Store(conn, organization)


@pytest.fixture
async def pair(database_url: str) -> AsyncIterator[list[Conn]]:
    """Two connections, for races."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(database_url)) for _ in range(2)]


@pytest.fixture
async def elsewhere(conn: Conn, clock: Clock) -> Organization:
    """Another organization."""
    return await make_organization(conn, now=clock.now)


async def offered(conn: Conn, organization: Organization, event_type: UUID, clock: Clock) -> dict[str, int]:
    """The day's starts by the clock in UTC, with the seats that remain."""
    served = await serving.serve(conn, organization.id, event_type)
    found = await slots.list_served(conn, served, DAY, now=clock.now)
    return {f"{slot.start_time:%H:%M}": slot.invitees_remaining for slot in found}


async def event_type_of(conn: Conn, organization: Organization, event_type_id: UUID | None = None) -> EventType:
    found = await event_types.get(conn, organization.id, event_type_id or organization.event_type_id)
    assert found is not None
    return found


async def make_share(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> NewLink:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    event_type = await event_type_of(conn, organization)
    wanted = CreateShare(event_type="", **values)
    return await sharing.create_share(conn, principal, event_type, wanted, now=clock.now)


async def starts_through(
    conn: Conn, organization: Organization, link: NewLink, window: Interval, clock: Clock
) -> list[str]:
    """The starts that a link leads to, as its page lists them; none where it has ended."""
    slug = (await event_type_of(conn, organization)).slug
    found = await publishing.linked(conn, link.token, slug, now=clock.now)
    listed = await slots.available_times(conn, found.event_type, window, link=found.link, now=clock.now)
    return [f"{slot.start_time:%H:%M}" for slot in listed]


async def refusal_of(call: Awaitable[object]) -> str | None:
    """The error of a call, as its class and its text; None where it passes."""
    try:
        await call
    except OpenSlotError as exc:
        return f"{type(exc).__name__}: {exc}"
    return None


@pytest.fixture
async def hosts(conn: Conn, organization: Organization, clock: Clock) -> list[Member]:
    return [
        await make_member(conn, organization.id, role="user", now=clock.now, name=f"Host {letter}") for letter in "ABCD"
    ]


@pytest.fixture
async def group(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    return await make_event_type(conn, organization.owner.user, now=clock.now, kind="group", seats=3)
