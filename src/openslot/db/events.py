"""The event log: events and their webhook deliveries, written in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.ids import first_id_at
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_page

CHANNEL: LiteralString = "openslot_deliveries"
"""The channel of pg_notify for new deliveries; a notification arrives when its transaction commits."""


class Event(Struct, frozen=True, kw_only=True):
    id: UUID
    """A version 7 UUID; its time decides the monthly partition (``db/partitions.py``)."""
    organization_id: UUID
    name: str
    occurred_at: datetime
    correlation_id: UUID
    """Shared by all events of one operation, such as a reschedule, and by its log lines."""
    chain_id: UUID
    """Deliveries of one chain keep their order."""
    user_ids: list[UUID]
    """The users whose user-scope and group-scope subscriptions match it."""
    payload: str
    """JSON text."""
    event_type_id: UUID | None = None
    """Subscriptions can be restricted to event types."""
    test_of: UUID | None = None
    """The only subscription that gets a test event."""
    actor_id: UUID | None = None
    """The user who made the call; None: an invitee, the service by itself, or an event that is older than this."""


OF_USERS: LiteralString = "({0} LIKE 'contact.%%' OR {0} LIKE 'meeting_recap.%%')"
"""The condition that an event is about what is a user's own, which not even admins read. Source: behaviours, 7."""

MATCHES: LiteralString = """
    subscription.organization_id = event.organization_id AND subscription.deleted_at IS NULL
    AND CASE WHEN event.test_of IS NOT NULL THEN subscription.id = event.test_of ELSE
        event.name = ANY (subscription.events)
        AND (subscription.event_type_ids IS NULL OR event.event_type_id = ANY (subscription.event_type_ids))
        AND CASE subscription.scope
            WHEN 'organization' THEN true
            WHEN 'user' THEN subscription.user_id = ANY (event.user_ids)
            ELSE EXISTS (
                SELECT FROM group_members AS member
                WHERE member.organization_id = event.organization_id AND member.group_id = subscription.group_id
                  AND member.user_id = ANY (event.user_ids))
        END
    END
"""
"""The condition that a subscription gets an event. Source: webhooks, section 8."""

HEAD: LiteralString = """
    '{"event":' || to_json(event.name)
    || ',"created_at":"' || to_char(event.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","created_by":' || coalesce(to_json(%(users_uri)s || subscription.creator_id::text)::text, 'null')
    || ',"payload":'
"""
"""The body of a delivery up to the payload. Source: webhooks, section 5."""

DELIVERY: LiteralString = f"""
    INSERT INTO deliveries
        (organization_id, id, event_id, subscription_id, chain_id, sequence, head, created_at, next_attempt_at)
    SELECT event.organization_id, made.id, event.id, subscription.id, event.chain_id, event.sequence,
        {HEAD},
        %(now)s, %(now)s
    FROM event JOIN webhook_subscriptions AS subscription ON {MATCHES}
    CROSS JOIN LATERAL (SELECT encode(sha256((event.id::text || subscription.id)::bytea), 'hex') AS hash) AS pair
    CROSS JOIN LATERAL (
        SELECT (left(event.id::text, 13) || '-7' || substr(hash, 1, 3) || '-8' || substr(hash, 4, 3) || '-'
                || substr(hash, 7, 12))::uuid AS id
    ) AS made
"""
"""Inserts the deliveries of all rows of ``event``. A delivery's id is derived from event and subscription, so that none
is inserted twice, and has the time of the event, so that both are in the same monthly partition. ``head`` is the body
up to the payload: every attempt sends the same bytes although the payload is stored only once.
Source: webhooks, section 5."""


async def insert(conn: Conn, event: Event, *, users_uri: str) -> None:
    """Store an event with a delivery for each subscription that matches; ``users_uri`` is the prefix of users' URIs.

    Disabled subscriptions get deliveries as well, as their backlog.
    """
    query: LiteralString = f"""
        WITH event AS (
            INSERT INTO events (id, organization_id, name, occurred_at, correlation_id, chain_id, user_ids, payload,
                                event_type_id, test_of, actor_id)
            VALUES (%(id)s, %(organization_id)s, %(name)s, %(occurred_at)s, %(correlation_id)s, %(chain_id)s,
                    %(user_ids)s, %(payload)s, %(event_type_id)s, %(test_of)s, %(actor_id)s)
            RETURNING *
        ), made AS ({DELIVERY} RETURNING deliveries.id)
        SELECT pg_notify('{CHANNEL}', '') FROM made LIMIT 1
    """
    values = {name: getattr(event, name) for name in Event.__struct_fields__}
    await conn.execute(query, values | {"users_uri": users_uri, "now": event.occurred_at})


async def insert_about_users(conn: Conn, written: Sequence[Event], *, users_uri: str) -> None:
    """The same for several events of one moment, each about one user, in one statement: a booking has many hosts."""
    first = written[0]
    query: LiteralString = f"""
        WITH event AS (
            INSERT INTO events (id, organization_id, name, occurred_at, correlation_id, chain_id, user_ids, payload)
            SELECT one.id, %(organization_id)s, %(name)s, %(now)s, %(correlation_id)s, one.chain_id,
                   ARRAY[one.user_id], one.payload
            FROM unnest(%(ids)s::uuid[], %(chains)s::uuid[], %(users)s::uuid[], %(payloads)s::text[])
                 AS one (id, chain_id, user_id, payload)
            RETURNING *
        ), made AS ({DELIVERY} RETURNING deliveries.id)
        SELECT pg_notify('{CHANNEL}', '') FROM made LIMIT 1
    """
    await conn.execute(
        query,
        {
            "organization_id": first.organization_id, "name": first.name, "now": first.occurred_at,
            "correlation_id": first.correlation_id, "ids": [one.id for one in written],
            "chains": [one.chain_id for one in written], "users": [one.user_ids[0] for one in written],
            "payloads": [one.payload for one in written], "users_uri": users_uri,
        },
    )  # fmt: skip


class Logged(Event, frozen=True, kw_only=True):
    """An event as it is read from the log."""

    sequence: int
    erased_at: datetime | None


async def list_page(
    conn: Conn,
    organization_id: UUID,
    page: PageRequest,
    *,
    reader_id: UUID,
    name: str | None = None,
    since: datetime | None = None,
) -> PageOf[Logged]:
    """One page of an organization's log, test events included; of contacts and recaps only what is the reader's own."""
    conditions: list[LiteralString] = [
        "events.organization_id = %(organization_id)s",
        f"(NOT {OF_USERS.format('events.name')} OR %(reader_id)s = ANY (events.user_ids))",
    ]
    if name is not None:
        conditions.append("events.name = %(name)s")
    if since is not None:
        conditions.append("events.occurred_at >= %(since)s AND events.id >= %(first_id)s")
    params = {
        "organization_id": organization_id, "name": name, "since": since, "reader_id": reader_id,
        "first_id": None if since is None else first_id_at(since),
    }  # fmt: skip
    query: LiteralString = """
        SELECT id, organization_id, name, occurred_at, correlation_id, chain_id, user_ids, payload, event_type_id,
            test_of, actor_id, sequence, erased_at
        FROM events
    """
    return await fetch_page(conn, Logged, query, conditions, params, page)
