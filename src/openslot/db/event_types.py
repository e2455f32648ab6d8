"""Event types: the offers, with their owner, rules and hosts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.event_types import CustomQuestion, LocationConfiguration


class EventType(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    owner_id: UUID
    owner_name: str
    owner_slug: str
    owner_timezone: str
    name: str
    slug: str
    active: bool
    kind: str
    pooling_type: str | None
    type: str
    booking_method: str
    duration_minutes: int
    duration_options: list[int] | None
    color: str
    internal_note: str | None
    description_plain: str | None
    description_html: str | None
    secret: bool
    admin_managed: bool
    is_paid: bool
    position: int
    locale: str
    locations: list[LocationConfiguration]
    custom_questions: list[CustomQuestion]
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    increment_minutes: int
    range_kind: str
    """``indefinite``, ``rolling`` (``range_days`` from today) or ``fixed`` (``range_first`` to ``range_last``)."""
    range_days: int | None
    range_first: date | None
    range_last: date | None
    seats: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class Host(Struct, frozen=True):
    """Somebody who serves an event type, with the schedule that applies to it."""

    user_id: UUID
    number: int
    name: str
    email: str
    timezone: str
    """The schedule's zone; the user's own where there is no schedule."""
    rules: list[dict[str, Any]] | None
    """The schedule's rules as the API writes them; None: no schedule, never available."""


class ServedEventType(EventType, frozen=True, kw_only=True):
    """An event type together with its hosts: all that slots are made of, but for busy times."""

    hosts: list[Host]


_COLUMNS: LiteralString = """
    event_types.id, event_types.organization_id, event_types.owner_id, owner.name AS owner_name,
    owner.slug AS owner_slug, owner.timezone AS owner_timezone, event_types.name, event_types.slug, event_types.active,
    event_types.kind, event_types.pooling_type, event_types.type, event_types.booking_method,
    event_types.duration_minutes, event_types.duration_options, event_types.color, event_types.internal_note,
    event_types.description_plain, event_types.description_html, event_types.secret, event_types.admin_managed,
    event_types.is_paid, event_types.position, event_types.locale, event_types.locations, event_types.custom_questions,
    event_types.buffer_before_minutes, event_types.buffer_after_minutes, event_types.notice_minutes,
    event_types.increment_minutes, event_types.range_kind, event_types.range_days, event_types.range_first,
    event_types.range_last, event_types.seats, event_types.created_at, event_types.updated_at, event_types.deleted_at
"""
_FROM: LiteralString = "FROM event_types JOIN users AS owner ON owner.id = event_types.owner_id"
_HOSTS: LiteralString = """
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'user_id', host.id, 'number', host.number, 'name', host.name, 'email', host.email,
                'timezone', coalesce(schedule.timezone, host.timezone), 'rules', schedule.rules
            ) ORDER BY serving.position, host.id), '[]')
     FROM event_type_hosts AS serving
     JOIN users AS host ON host.id = serving.user_id
     LEFT JOIN availability_schedules AS schedule
       ON schedule.organization_id = serving.organization_id AND schedule.user_id = host.id
      AND CASE WHEN event_types.availability_schedule_id IS NULL THEN schedule.is_default
               ELSE schedule.id = event_types.availability_schedule_id END
     WHERE serving.organization_id = event_types.organization_id AND serving.event_type_id = event_types.id
    ) AS hosts
"""


async def get(conn: Conn, organization_id: UUID, event_type_id: UUID) -> EventType | None:
    """One event type, deleted ones included."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} {_FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.id = %(id)s
    """
    return await fetch_one(conn, EventType, query, {"organization_id": organization_id, "id": event_type_id})


async def get_served(conn: Conn, organization_id: UUID, event_type_id: UUID) -> ServedEventType | None:
    """One event type with its hosts and their schedules, deleted ones included."""
    query: LiteralString = f"""
        SELECT {_COLUMNS}, {_HOSTS} {_FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.id = %(id)s
    """
    return await fetch_one(conn, ServedEventType, query, {"organization_id": organization_id, "id": event_type_id})


async def get_by_slugs(conn: Conn, owner_slug: str, slug: str) -> EventType | None:
    """The event type behind a public link."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} {_FROM}
        WHERE event_types.organization_id = owner.organization_id AND owner.slug = %(owner_slug)s
          AND event_types.slug = %(slug)s AND event_types.deleted_at IS NULL
    """
    return await fetch_one(conn, EventType, query, {"owner_slug": owner_slug, "slug": slug})


async def list_public(conn: Conn, organization_id: UUID, owner_id: UUID) -> list[EventType]:
    """What a profile page shows: active, not secret, in display order."""
    query: LiteralString = f"""
        SELECT {_COLUMNS} {_FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.owner_id = %(owner_id)s
          AND event_types.active AND NOT event_types.secret AND event_types.deleted_at IS NULL
        ORDER BY event_types.position, event_types.name, event_types.id
    """
    return await fetch_all(conn, EventType, query, {"organization_id": organization_id, "owner_id": owner_id})


class Filters(Struct, frozen=True, kw_only=True):
    """Which event types a list holds; None: no matter."""

    owner_id: UUID | None = None
    active: bool | None = None
    admin_managed: bool | None = None
    availability_schedule_id: UUID | None = None


async def list_page(conn: Conn, organization_id: UUID, filters: Filters, page: PageRequest) -> PageOf:
    """One page of the organization's event types; deleted ones are left out."""
    conditions: list[LiteralString] = [
        "event_types.organization_id = %(organization_id)s", "event_types.deleted_at IS NULL",
    ]  # fmt: skip
    if filters.owner_id is not None:
        conditions.append("event_types.owner_id = %(owner_id)s")
    if filters.active is not None:
        conditions.append("event_types.active = %(active)s")
    if filters.admin_managed is not None:
        conditions.append("event_types.admin_managed = %(admin_managed)s")
    if filters.availability_schedule_id is not None:
        conditions.append("event_types.availability_schedule_id = %(availability_schedule_id)s")
    params = {
        "organization_id": organization_id, "owner_id": filters.owner_id, "active": filters.active,
        "admin_managed": filters.admin_managed, "availability_schedule_id": filters.availability_schedule_id,
    }  # fmt: skip
    return await fetch_page(conn, EventType, f"SELECT {_COLUMNS} {_FROM}", conditions, params, page)


class NewEventType(Struct, frozen=True, kw_only=True):
    """What it takes to make an event type; the rest has the defaults of a new account."""

    id: UUID
    organization_id: UUID
    owner_id: UUID
    name: str
    slug: str
    duration_minutes: int
    active: bool = True
    color: str = "#0069ff"
    description_plain: str | None = None
    description_html: str | None = None
    internal_note: str | None = None
    secret: bool = False
    admin_managed: bool = False
    position: int = 0
    locale: str = "en"
    locations: Sequence[LocationConfiguration] = ()
    custom_questions: Sequence[CustomQuestion] = ()
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    notice_minutes: int = 240
    increment_minutes: int = 30
    range_kind: str = "rolling"
    range_days: int | None = 60
    range_first: date | None = None
    range_last: date | None = None
    availability_schedule_id: UUID | None = None


async def insert(conn: Conn, new: NewEventType, *, hosts: Sequence[UUID], now: datetime) -> None:
    """Store an event type and who serves it."""
    names = NewEventType.__struct_fields__
    values = {name: getattr(new, name) for name in names}
    values |= {"locations": Jsonb(list(new.locations)), "custom_questions": Jsonb(list(new.custom_questions))}
    await conn.execute(
        """
        INSERT INTO event_types
            (id, organization_id, owner_id, name, slug, duration_minutes, active, color, description_plain,
             description_html, internal_note, secret, admin_managed, position, locale, locations, custom_questions,
             buffer_before_minutes, buffer_after_minutes, notice_minutes, increment_minutes, range_kind, range_days,
             range_first, range_last, availability_schedule_id, created_at, updated_at)
        VALUES
            (%(id)s, %(organization_id)s, %(owner_id)s, %(name)s, %(slug)s, %(duration_minutes)s, %(active)s, %(color)s,
             %(description_plain)s, %(description_html)s, %(internal_note)s, %(secret)s, %(admin_managed)s,
             %(position)s, %(locale)s, %(locations)s, %(custom_questions)s, %(buffer_before_minutes)s,
             %(buffer_after_minutes)s, %(notice_minutes)s, %(increment_minutes)s, %(range_kind)s, %(range_days)s,
             %(range_first)s, %(range_last)s, %(availability_schedule_id)s, %(now)s, %(now)s)
        """,
        values | {"now": now},
    )
    await conn.execute(
        """
        INSERT INTO event_type_hosts (organization_id, event_type_id, user_id, position)
        SELECT %(organization_id)s, %(id)s, host.id, host.position - 1
        FROM unnest(%(hosts)s::uuid[]) WITH ORDINALITY AS host (id, position)
        """,
        {"organization_id": new.organization_id, "id": new.id, "hosts": list(hosts)},
    )
