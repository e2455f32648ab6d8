"""Lists of thousands of rows: the last page reads as few rows as the first, by an index in its order."""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any, LiteralString, cast

import pytest
from psycopg import AsyncCursor

from conftest import Clock
from factories import Organization, make_organization
from openslot.db import contacts, event_types, events, invitees, memberships, scheduled_event_lists
from openslot.db.contacts import Filters as ContactFilters
from openslot.db.event_types import Filters as TypeFilters
from openslot.db.pool import Conn, connected
from openslot.db.rows import Key, PageOf, PageRequest
from openslot.db.scheduled_event_lists import Filters

ROWS = 6_000
LIMIT = 20
MANY: tuple[LiteralString, ...] = (
    """
    INSERT INTO scheduled_events (organization_id, id, event_type_id, name, start_time, end_time, tzdata_version,
        invitees_total, invitees_active, invitees_limit, created_at, updated_at)
    SELECT %(organization)s, gen_random_uuid(), %(type)s, 'Past', %(now)s - number * interval '1 hour',
        %(now)s - number * interval '1 hour' + interval '15 minutes', '2026a', 1, 1, 1, %(now)s, %(now)s
    FROM generate_series(1, %(rows)s) AS number
    """,
    """
    INSERT INTO scheduled_event_hosts (organization_id, scheduled_event_id, user_id, user_email, user_name,
        buffered_start_time, buffered_end_time, start_time, wall_start, wall_zone)
    SELECT organization_id, id, %(user)s, 'owner@example.com', 'Owner', start_time, end_time, start_time,
        start_time AT TIME ZONE 'UTC', 'UTC' FROM scheduled_events WHERE organization_id = %(organization)s
    """,
    """
    INSERT INTO invitees (organization_id, id, scheduled_event_id, chain_id, email, name, questions_and_answers,
        tracking, created_at, updated_at)
    SELECT %(organization)s, gen_random_uuid(), (SELECT id FROM scheduled_events ORDER BY start_time LIMIT 1),
        gen_random_uuid(), 'ada' || number || '@example.org', 'Ada', '[]', '{}',
        %(now)s + number * interval '1 second', %(now)s FROM generate_series(1, %(rows)s) AS number
    """,
    """
    INSERT INTO contacts (organization_id, id, user_id, creation_source, name, created_at, updated_at)
    SELECT %(organization)s, gen_random_uuid(), %(user)s, 'api', 'Contact ' || number,
        %(now)s + number * interval '1 second', %(now)s + number * interval '1 second'
    FROM generate_series(1, %(rows)s) AS number
    """,
    """
    INSERT INTO event_types (organization_id, id, owner_id, name, slug, duration_minutes, created_at, updated_at)
    SELECT %(organization)s, gen_random_uuid(), %(user)s, 'Type ' || number, 'type-' || number, 30, %(now)s, %(now)s
    FROM generate_series(1, %(rows)s) AS number
    """,
    """
    INSERT INTO users (id, organization_id, name, slug, email, timezone, created_at, updated_at)
    SELECT gen_random_uuid(), %(organization)s, 'User', 'listed-' || number, 'listed' || number || '@example.com',
        'UTC', %(now)s, %(now)s FROM generate_series(1, %(rows)s) AS number
    """,
    """
    INSERT INTO organization_memberships (organization_id, id, user_id, role, created_at, updated_at)
    SELECT %(organization)s, gen_random_uuid(), users.id, 'user', %(now)s, %(now)s FROM users
    WHERE users.slug LIKE 'listed-%%'
    """,
    """
    INSERT INTO events (organization_id, id, name, occurred_at, chain_id, correlation_id, payload,
        user_ids)
    SELECT %(organization)s, gen_random_uuid(), 'invitee.created', %(now)s + number * interval '1 second',
        gen_random_uuid(), gen_random_uuid(), '{}', '{}' FROM generate_series(1, %(rows)s) AS number
    """,
)

PageList = Callable[[Conn, Organization, PageRequest], Awaitable[PageOf[Any]]]


async def of_invitees(conn: Conn, organization: Organization, page: PageRequest) -> PageOf[Any]:
    cursor = await conn.execute("SELECT scheduled_event_id FROM invitees LIMIT 1")
    (event_id,) = await cursor.fetchone() or (None,)
    return await invitees.list_page(conn, organization.id, cast(Any, event_id), page)


LISTS: dict[str, tuple[tuple[Key, ...], PageList]] = {
    "scheduled events of the organization": (
        (Key("scheduled_events.start_time"), Key("scheduled_events.id")),
        lambda conn, one, page: scheduled_event_lists.list_page(conn, Filters(organization_id=one.id), page),
    ),
    "scheduled events of a host": (
        (Key("scheduled_events.start_time"), Key("scheduled_events.id")),
        lambda conn, one, page: scheduled_event_lists.list_page(
            conn, Filters(organization_id=one.id, host_id=one.owner.id), page
        ),
    ),
    "invitees of an event": ((Key("invitees.created_at"), Key("invitees.id")), of_invitees),
    "contacts": (
        (Key("contacts.created_at"), Key("contacts.id")),
        lambda conn, one, page: contacts.list_page(
            conn, one.id, one.owner.id, page, ContactFilters(), now=one.owner.user.created_at
        ),
    ),
    "contacts by their last change": (
        (Key("contacts.updated_at"), Key("contacts.id")),
        lambda conn, one, page: contacts.list_page(
            conn, one.id, one.owner.id, page, ContactFilters(), now=one.owner.user.created_at
        ),
    ),
    "event types": (
        (Key("event_types.name"), Key("event_types.id")),
        lambda conn, one, page: event_types.list_page(conn, one.id, TypeFilters(), page),
    ),
    "memberships": (
        (Key("membership.created_at"), Key("membership.id")),
        lambda conn, one, page: memberships.list_page(conn, one.id, page),
    ),
    "the event log": (
        (Key("events.id"),),
        lambda conn, one, page: events.list_page(conn, one.id, page, reader_id=one.owner.id),
    ),
}


class Sent:
    """The last statement, to be explained."""

    def __init__(self) -> None:
        self.query: Any = None
        self.params: Any = None


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    noted, execute = Sent(), AsyncCursor.execute

    async def noting(self: AsyncCursor[Any], query: Any, params: Any = None, **options: Any) -> AsyncCursor[Any]:
        noted.query, noted.params = query, params
        return await execute(self, query, params, **options)

    monkeypatch.setattr(AsyncCursor, "execute", noting)
    return noted


async def test_every_page_of_a_long_list_reads_as_few_rows(own_database_url: str, clock: Clock, sent: Sent) -> None:
    async with connected(own_database_url) as conn:
        organization = await make_organization(conn, now=clock.now)
        await fill(conn, organization, clock.now)
        found = {name: await rows_read(conn, organization, name, sent) for name in LISTS}
    pages = {
        name: [("Sort" in nodes, read <= 3 * (LIMIT + 1)) for nodes, read in pages] for name, pages in found.items()
    }
    assert pages == {name: [(False, True)] * 3 for name in LISTS}


async def fill(conn: Conn, organization: Organization, now: datetime) -> None:
    params = {
        "organization": organization.id, "user": organization.owner.id, "type": organization.event_type_id, "now": now,
        "rows": ROWS,
    }  # fmt: skip
    async with conn.transaction():
        for statement in MANY:
            await conn.execute(statement, params)
    await conn.execute("ANALYZE")


async def rows_read(conn: Conn, organization: Organization, name: str, sent: Sent) -> list[tuple[set[str], int]]:
    """Of the first page, one in the middle and the last: the kinds of nodes in its plan, and how many rows it read."""
    keys, page_of = LISTS[name]
    found = []
    last = await page_of(conn, organization, PageRequest(tuple(key._replace(descending=True) for key in keys), 1))
    middle = await middle_of(conn, organization, name)
    for cursor, backward in ((None, False), (middle, False), (last.next, True)):
        await page_of(conn, organization, PageRequest(keys, LIMIT, cursor, backward))
        found.append(await explained(conn, sent))
    return found


async def middle_of(conn: Conn, organization: Organization, name: str) -> tuple[Any, ...] | None:
    keys, page_of = LISTS[name]
    page = await page_of(conn, organization, PageRequest(keys, ROWS // 2))
    return page.next


async def explained(conn: Conn, sent: Sent) -> tuple[set[str], int]:
    cursor = await conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sent.query}", sent.params)
    (plan,) = await cursor.fetchone() or (None,)
    if isinstance(plan, str):
        plan = json.loads(plan)
    nodes = list(walk(cast(Any, plan)[0]["Plan"]))
    scanned = [one for one in nodes if "Scan" in one["Node Type"] and one.get("Relation Name") in BIG]
    read = max((one["Actual Rows"] + one.get("Rows Removed by Filter", 0)) * one["Actual Loops"] for one in scanned)
    return {one["Node Type"] for one in nodes}, int(read)


BIG = frozenset({
    "scheduled_events", "scheduled_event_hosts", "invitees", "contacts", "event_types", "organization_memberships",
    "events_rest",
})  # fmt: skip


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        if child.get("Parent Relationship") != "SubPlan":
            yield from walk(child)
