"""Event types: the offers, with their owner, rules and hosts."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field, structs
from psycopg import sql
from psycopg.types.json import Jsonb

from openslot.core.kinds import STANDARD, Kind, Pooling
from openslot.db import event_type_hosts
from openslot.db.event_type_hosts import NewHost
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.event_type_settings import QuestionSetting
from openslot.wire.event_types import CustomQuestion, LocationConfiguration

RowT = TypeVar("RowT", bound=Struct)


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
    kind: Kind
    pooling_type: Pooling | None
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
    custom_questions: list[QuestionSetting]
    buffer_before_minutes: int
    buffer_after_minutes: int
    notice_minutes: int
    increment_minutes: int
    range_kind: str
    """``indefinite``, ``rolling`` (``range_days`` from today) or ``fixed`` (``range_first`` to ``range_last``)."""
    range_days: int | None
    range_first: date | None
    range_last: date | None
    range_business_days: bool = False
    """Whether ``range_days`` counts Mondays to Fridays alone."""
    seats: int
    link_token: str | None = None
    """The secret of ``/d/{token}/{slug}``, where secret and one-off event types are booked."""
    requires_approval: bool = False
    cancel_cutoff_minutes: int | None = None
    """How long before the start an invitee may still cancel; None: until the start."""
    reschedule_cutoff_minutes: int | None = None
    reminder_minutes: list[int] = field(default_factory=list)
    """So long before the start invitees are reminded, each once."""
    redirect_url: str | None = None
    """Where pages lead after booking; None: to the confirmation."""
    requires_cancel_reason: bool = False
    splits_name: bool = False
    """Whether pages have two fields for the name."""
    text_reminders: bool = False
    """Whether pages have a field for a number for text messages."""
    hide_location: bool = False
    """Whether pages show the location only after booking; a share can set this."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    clock_ahead: timedelta | None = None
    """How far the clock of its organization is ahead of the real one, if that is a sandbox."""
    owner_avatar_url: str | None = None


COLUMNS: LiteralString = """
    event_types.id, event_types.organization_id, event_types.owner_id, owner.name AS owner_name,
    owner.slug AS owner_slug, owner.timezone AS owner_timezone,
    owner.avatar_url AS owner_avatar_url, event_types.name, event_types.slug, event_types.active,
    event_types.kind, event_types.pooling_type, event_types.type, event_types.booking_method,
    event_types.duration_minutes, event_types.duration_options, event_types.color, event_types.internal_note,
    event_types.description_plain, event_types.description_html, event_types.secret, event_types.admin_managed,
    event_types.is_paid, event_types.position, event_types.locale, event_types.locations, event_types.custom_questions,
    event_types.buffer_before_minutes, event_types.buffer_after_minutes, event_types.notice_minutes,
    event_types.increment_minutes, event_types.range_kind, event_types.range_days, event_types.range_first,
    event_types.range_last, event_types.range_business_days, event_types.seats, event_types.link_token,
    event_types.requires_approval, event_types.cancel_cutoff_minutes, event_types.reschedule_cutoff_minutes,
    event_types.reminder_minutes, event_types.redirect_url, event_types.requires_cancel_reason,
    event_types.splits_name, event_types.text_reminders,
    event_types.created_at,
    event_types.updated_at, event_types.deleted_at,
    (SELECT clock_ahead FROM sandboxes WHERE sandboxes.organization_id = event_types.organization_id) AS clock_ahead
"""
FROM: LiteralString = "FROM event_types JOIN users AS owner ON owner.id = event_types.owner_id"


async def get(conn: Conn, organization_id: UUID, event_type_id: UUID) -> EventType | None:
    """One event type, deleted ones included."""
    query: LiteralString = f"""
        SELECT {COLUMNS} {FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.id = %(id)s
    """
    return await fetch_one(conn, EventType, query, {"organization_id": organization_id, "id": event_type_id})


async def find(conn: Conn, event_type_id: UUID) -> EventType | None:
    """An event type of any organization, for the operator's commands."""
    query: LiteralString = f"SELECT {COLUMNS} {FROM} WHERE event_types.id = %(id)s"
    return await fetch_one(conn, EventType, query, {"id": event_type_id})


async def list_known(
    conn: Conn, organization_id: UUID, ids: Sequence[UUID], *, user_id: UUID | None
) -> frozenset[UUID]:
    """Which of ``ids`` are event types of the organization that exist, and that ``user_id`` owns or serves."""
    cursor = await conn.execute(
        """
        SELECT event_types.id FROM event_types
        WHERE organization_id = %(organization_id)s AND id = ANY (%(ids)s) AND deleted_at IS NULL
          AND (%(user_id)s::uuid IS NULL OR owner_id = %(user_id)s OR EXISTS (
            SELECT FROM event_type_hosts AS host
            WHERE host.organization_id = event_types.organization_id AND host.event_type_id = event_types.id
              AND host.user_id = %(user_id)s))
        """,
        {"organization_id": organization_id, "ids": list(ids), "user_id": user_id},
    )
    return frozenset([event_type_id for (event_type_id,) in await cursor.fetchall()])


async def lock(conn: Conn, organization_id: UUID, event_type_id: UUID) -> None:
    """Lock the event type until commit: transactions that use its pool's ledger or its limits must run one by one."""
    await conn.execute(
        "SELECT 1 FROM event_types WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
        (organization_id, event_type_id),
    )


async def lock_now(conn: Conn, event_types: Sequence[tuple[UUID, UUID]]) -> set[UUID]:
    """Lock the event types that nobody else has locked, until commit; return their ids.

    ``event_types`` are pairs of organization and id.
    """
    cursor = await conn.execute(
        """
        SELECT id FROM event_types
        WHERE (organization_id, id) IN (SELECT * FROM unnest(%(organizations)s::uuid[], %(ids)s::uuid[]))
        FOR NO KEY UPDATE SKIP LOCKED
        """,
        {"organizations": [one for one, _ in event_types], "ids": [one for _, one in event_types]},
    )
    return {one for (one,) in await cursor.fetchall()}


async def lock_pool_of(conn: Conn, organization_id: UUID, scheduled_event_id: UUID) -> None:
    """``lock`` for the event type of a scheduled event, if it has several hosts."""
    await conn.execute(
        """
        SELECT 1 FROM event_types
        WHERE organization_id = %(organization_id)s AND pooling_type IS NOT NULL AND id = (
            SELECT event_type_id FROM scheduled_events WHERE organization_id = %(organization_id)s AND id = %(id)s)
        FOR NO KEY UPDATE
        """,
        {"organization_id": organization_id, "id": scheduled_event_id},
    )


async def get_by_link_token(conn: Conn, token: str, slug: str) -> EventType | None:
    """The event type behind ``/d/{token}/{slug}``."""
    query: LiteralString = f"""
        SELECT {COLUMNS} {FROM}
        WHERE event_types.link_token = %(token)s AND event_types.slug = %(slug)s AND event_types.deleted_at IS NULL
    """
    return await fetch_one(conn, EventType, query, {"token": token, "slug": slug})


async def get_by_slugs(conn: Conn, owner_slug: str, slug: str) -> EventType | None:
    """The event type behind a public link; secret ones are found only by their token."""
    query: LiteralString = f"""
        SELECT {COLUMNS} {FROM}
        WHERE event_types.organization_id = owner.organization_id AND owner.slug = %(owner_slug)s
          AND event_types.slug = %(slug)s AND event_types.deleted_at IS NULL AND event_types.link_token IS NULL
    """
    return await fetch_one(conn, EventType, query, {"owner_slug": owner_slug, "slug": slug})


async def list_public(conn: Conn, organization_id: UUID, owner_id: UUID) -> list[EventType]:
    """What a profile page shows: active, not secret, in display order."""
    query: LiteralString = f"""
        SELECT {COLUMNS} {FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.owner_id = %(owner_id)s
          AND event_types.active AND NOT event_types.secret AND event_types.link_token IS NULL
          AND event_types.deleted_at IS NULL
        ORDER BY event_types.position, event_types.name, event_types.id
    """
    return await fetch_all(conn, EventType, query, {"organization_id": organization_id, "owner_id": owner_id})


async def list_of_host(conn: Conn, organization_id: UUID, user_id: UUID) -> list[EventType]:
    """The event types that a user owns or serves, without deleted ones, in the order in which they are locked."""
    query: LiteralString = f"""
        SELECT {COLUMNS} {FROM}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.deleted_at IS NULL
          AND (event_types.owner_id = %(user_id)s OR EXISTS (
            SELECT FROM event_type_hosts AS host
            WHERE host.organization_id = event_types.organization_id AND host.event_type_id = event_types.id
              AND host.user_id = %(user_id)s))
        ORDER BY event_types.id
    """
    return await fetch_all(conn, EventType, query, {"organization_id": organization_id, "user_id": user_id})


async def list_names(conn: Conn, organization_id: UUID, event_type_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of event types by id, deleted ones included."""
    cursor = await conn.execute(
        "SELECT id, name FROM event_types WHERE organization_id = %s AND id = ANY (%s)",
        (organization_id, list(event_type_ids)),
    )
    return dict(await cursor.fetchall())


async def list_slugs(conn: Conn, organization_id: UUID, owner_id: UUID) -> frozenset[str]:
    """The current and former slugs of an owner's event types, without deleted ones."""
    cursor = await conn.execute(
        """
        SELECT slug FROM event_types
        WHERE organization_id = %(organization_id)s AND owner_id = %(owner_id)s AND deleted_at IS NULL
        UNION
        SELECT former.slug FROM former_slugs AS former
        JOIN event_types ON event_types.organization_id = former.organization_id
         AND event_types.id = former.event_type_id AND event_types.deleted_at IS NULL
        WHERE former.organization_id = %(organization_id)s AND former.user_id = %(owner_id)s
        """,
        {"organization_id": organization_id, "owner_id": owner_id},
    )
    return frozenset([slug for (slug,) in await cursor.fetchall()])


class Filters(Struct, frozen=True, kw_only=True):
    """Filters of a list of event types; None: no restriction."""

    owner_id: UUID | None = None
    active: bool | None = None
    admin_managed: bool | None = None
    availability_schedule_id: UUID | None = None


async def list_page(conn: Conn, organization_id: UUID, filters: Filters, page: PageRequest) -> PageOf[EventType]:
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
        conditions.append("""NOT EXISTS (
            SELECT FROM event_type_hosts AS host
            WHERE host.organization_id = event_types.organization_id AND host.event_type_id = event_types.id
              AND host.user_id = event_types.owner_id AND host.own_rules IS NOT NULL)""")
    params = {
        "organization_id": organization_id, "owner_id": filters.owner_id, "active": filters.active,
        "admin_managed": filters.admin_managed, "availability_schedule_id": filters.availability_schedule_id,
    }  # fmt: skip
    return await fetch_page(conn, EventType, f"SELECT {COLUMNS} {FROM}", conditions, params, page)


class NewEventType(Struct, frozen=True, kw_only=True):
    """The values of a new event type; the defaults are those of a new account."""

    id: UUID
    organization_id: UUID
    owner_id: UUID
    name: str
    slug: str
    duration_minutes: int
    active: bool = True
    kind: Kind = Kind.SOLO
    pooling_type: Pooling | None = None
    type: str = STANDARD
    duration_options: list[int] | None = None
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
    range_business_days: bool = False
    range_first: date | None = None
    range_last: date | None = None
    seats: int = 1
    availability_schedule_id: UUID | None = None
    round_robin_mode: str = "maximize_availability"
    lead_threshold: int | None = 3
    pool_sizes: list[int] | None = None
    requires_approval: bool = False
    cancel_cutoff_minutes: int | None = None
    reschedule_cutoff_minutes: int | None = None
    reminder_minutes: Sequence[int] = ()
    redirect_url: str | None = None
    requires_cancel_reason: bool = False
    splits_name: bool = False
    text_reminders: bool = False
    reconfirm_minutes: int | None = None
    reconfirm_by_minutes: int | None = None
    reconfirm_action: str = "nothing"
    link_token: str | None = None
    own_timezone: str | None = None
    own_rules: list[dict[str, Any]] | None = None
    wall_zone: str | None = None


class ColumnChanges(Struct, frozen=True, kw_only=True):
    """Columns of NewEventType that are set anew; what is left out stays."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    duration_minutes: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    duration_options: list[int] | UnsetType | None = UNSET
    color: str | UnsetType = UNSET
    description_plain: str | UnsetType | None = UNSET
    description_html: str | UnsetType | None = UNSET
    internal_note: str | UnsetType | None = UNSET
    admin_managed: bool | UnsetType = UNSET
    position: int | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    locations: Sequence[LocationConfiguration] | UnsetType = UNSET
    custom_questions: Sequence[CustomQuestion] | UnsetType = UNSET
    buffer_before_minutes: int | UnsetType = UNSET
    buffer_after_minutes: int | UnsetType = UNSET
    notice_minutes: int | UnsetType = UNSET
    increment_minutes: int | UnsetType = UNSET
    range_kind: str | UnsetType = UNSET
    range_days: int | UnsetType | None = UNSET
    range_business_days: bool | UnsetType = UNSET
    range_first: date | UnsetType | None = UNSET
    range_last: date | UnsetType | None = UNSET
    seats: int | UnsetType = UNSET
    availability_schedule_id: UUID | UnsetType | None = UNSET
    round_robin_mode: str | UnsetType = UNSET
    lead_threshold: int | UnsetType | None = UNSET
    pool_sizes: list[int] | UnsetType | None = UNSET
    requires_approval: bool | UnsetType = UNSET
    cancel_cutoff_minutes: int | UnsetType | None = UNSET
    reschedule_cutoff_minutes: int | UnsetType | None = UNSET
    reminder_minutes: list[int] | UnsetType = UNSET
    redirect_url: str | UnsetType | None = UNSET
    requires_cancel_reason: bool | UnsetType = UNSET
    splits_name: bool | UnsetType = UNSET
    text_reminders: bool | UnsetType = UNSET
    reconfirm_minutes: int | UnsetType | None = UNSET
    reconfirm_by_minutes: int | UnsetType | None = UNSET
    reconfirm_action: str | UnsetType = UNSET

    def laid_on(self, row: RowT) -> RowT:
        """The row with these columns."""
        return structs.replace(row, **self.values())

    def values(self) -> dict[str, Any]:
        """Those that are set, by column."""
        return {name: value for name, value in structs.asdict(self).items() if value is not UNSET}


async def update(
    conn: Conn, organization_id: UUID, event_type_id: UUID, changes: ColumnChanges, *, now: datetime
) -> None:
    """Set columns anew."""
    values = changes.values()
    if not values:
        return
    await conn.execute(
        sql.SQL(
            "UPDATE event_types SET {}, updated_at = %(now)s"
            " WHERE organization_id = %(organization_id)s AND id = %(event_type_id)s"
        ).format(
            sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
            )
        ),
        {name: _stored(name, value) for name, value in values.items()}
        | {"organization_id": organization_id, "event_type_id": event_type_id, "now": now},
    )


async def delete(conn: Conn, organization_id: UUID, event_type_id: UUID, *, now: datetime) -> None:
    """Mark an event type deleted: lists leave it out, and it stays readable by its id."""
    await conn.execute(
        "UPDATE event_types SET deleted_at = %(now)s, active = false, updated_at = %(now)s"
        " WHERE organization_id = %(organization_id)s AND id = %(id)s AND deleted_at IS NULL",
        {"organization_id": organization_id, "id": event_type_id, "now": now},
    )


def _stored(name: str, value: Any) -> Any:
    if name in _JSON and value is not None:
        return Jsonb(list(value))
    return list(value) if isinstance(value, tuple) else value


_JSON = frozenset({"locations", "custom_questions", "own_rules"})
"""Columns of NewEventType that are jsonb."""


async def insert(conn: Conn, new: NewEventType, *, hosts: Sequence[UUID | NewHost], now: datetime) -> None:
    """Store an event type and its hosts; hosts given by id only get equal standings, in the order given.

    Raises:
        psycopg.errors.UniqueViolation: another event type of the owner has the slug.
    """
    names = NewEventType.__struct_fields__
    values = {name: _stored(name, getattr(new, name)) for name in names}
    await conn.execute(
        sql.SQL("INSERT INTO event_types ({}, created_at, updated_at) VALUES ({}, %(now)s, %(now)s)").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join(map(sql.Placeholder, names))
        ),
        values | {"now": now},
    )
    rows = [NewHost(host, position) if isinstance(host, UUID) else host for position, host in enumerate(hosts)]
    await event_type_hosts.insert(conn, new.organization_id, new.id, rows, now=now)
