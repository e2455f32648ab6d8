"""Available times: what an event type's rules, its hosts' schedules and their busy times leave over."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from openslot.core import slots
from openslot.core.availability import AvailabilitySchedule, schedule_from_rules
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.errors import NotFound
from openslot.core.intervals import Interval
from openslot.core.slots import Rules
from openslot.db import event_types, occupancy
from openslot.db.event_types import EventType, Host, ServedEventType
from openslot.db.pool import Conn


class Slot(NamedTuple):
    """A start that an invitee may take now."""

    start_time: datetime
    """UTC."""
    invitees_remaining: int


async def available_times(
    conn: Conn, event_type: EventType, window: Interval, *, now: datetime, except_event_id: UUID | None = None
) -> list[Slot]:
    """Every slot whose start lies in ``window``, ascending. Inactive and deleted event types have none.

    ``except_event_id`` names a scheduled event that does not block: the one being rescheduled.
    """
    served = await serve(conn, event_type.organization_id, event_type.id)
    return await list_served(conn, served, window, now=now, except_event_id=except_event_id)


async def list_served(
    conn: Conn, served: ServedEventType, window: Interval, *, now: datetime, except_event_id: UUID | None = None
) -> list[Slot]:
    """The same for an event type whose hosts are at hand."""
    if not is_open(served):
        return []
    starts = await free_starts(conn, served, window, now=now, except_event_id=except_event_id)
    return [Slot(start, 1) for start in starts]


async def free_starts(
    conn: Conn, served: ServedEventType, window: Interval, *, now: datetime, except_event_id: UUID | None = None
) -> list[datetime]:
    """The bookable starts in ``window``: the one road by which times are listed, and checked when booking."""
    host = sole_host(served)
    schedule = None if host is None else schedule_of(host)
    if host is None or schedule is None:
        return []
    rules = rules_of(served)
    window = Interval(
        max(window.start, occupancy.REACH.start + rules.buffer_before),
        min(window.end, occupancy.REACH.end - rules.duration - rules.buffer_after),
    )
    if window.start >= window.end:
        return []
    widened = Interval(window.start - rules.buffer_before, window.end + rules.duration + rules.buffer_after)
    busy = await occupancy.busy_times(conn, host.number, widened, except_event_id=except_event_id)
    return slots.free_slots(rules, schedule, busy, window, now=now)


async def is_free(
    conn: Conn, served: ServedEventType, start: datetime, *, now: datetime, except_event_id: UUID | None = None
) -> bool:
    """Whether ``start`` is among the times that would be listed."""
    if not occupancy.REACH.contains(start):
        return False
    moment = Interval(start, start + timedelta(microseconds=1))
    return start in await free_starts(conn, served, moment, now=now, except_event_id=except_event_id)


async def serve(conn: Conn, organization_id: UUID, event_type_id: UUID) -> ServedEventType:
    """An event type with its hosts.

    Raises:
        NotFound: no such event type.
    """
    served = await event_types.get_served(conn, organization_id, event_type_id)
    if served is None:
        raise NotFound("event type")
    return served


def is_open(event_type: EventType) -> bool:
    """Whether the event type takes bookings at all."""
    return event_type.active and event_type.deleted_at is None and event_type.booking_method == "instant"


def sole_host(served: ServedEventType) -> Host | None:
    """The host of a personal event type. Pooled types will choose among several here."""
    return served.hosts[0] if served.hosts else None


def rules_of(event_type: EventType) -> Rules:
    """The event type's rules in the core's terms."""
    return Rules(
        duration=timedelta(minutes=event_type.duration_minutes),
        increment=timedelta(minutes=event_type.increment_minutes),
        buffer_before=timedelta(minutes=event_type.buffer_before_minutes),
        buffer_after=timedelta(minutes=event_type.buffer_after_minutes),
        notice=timedelta(minutes=event_type.notice_minutes),
        date_range=_date_range(event_type),
    )


def schedule_of(host: Host) -> AvailabilitySchedule | None:
    """The host's schedule, or None where there is none (so the host is never available)."""
    return None if host.rules is None else schedule_from_rules(host.timezone, host.rules)


def _date_range(event_type: EventType) -> DateRange:
    match event_type.range_kind:
        case "rolling" if event_type.range_days is not None:
            return Rolling(event_type.range_days)
        case "fixed" if event_type.range_first is not None and event_type.range_last is not None:
            return Fixed(event_type.range_first, event_type.range_last)
        case _:
            return Indefinite()
