"""Event types as they are served: with hosts, their schedules and limits, all that slots are computed from.

Busy times aside: those are in ``occupancy``.
"""

from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db.event_types import COLUMNS, FROM, EventType
from openslot.db.pool import Conn
from openslot.db.rows import fetch_one


class HostDaysOff(Struct, frozen=True):
    """Days on which a host does not work, both included."""

    name: str
    first_day: date
    last_day: date


class TripDays(Struct, frozen=True):
    """Days, both included, on which a host's hours are in another zone."""

    first_day: date
    last_day: date | None
    timezone: str


class Host(Struct, frozen=True):
    """A host of an event type, with the schedule that applies to it and the standing in its pool."""

    user_id: UUID
    number: int
    name: str
    email: str
    timezone: str
    """The schedule's zone; the user's own where there is no schedule."""
    user_timezone: str
    wall_zone: str | None
    """The zone for an event's wall clock time, where the hours are given as instants."""
    week_start: int
    """0 for Monday."""
    rules: list[dict[str, Any]] | None
    """The schedule's rules as the API writes them; None: no schedule, never available."""
    has_own_hours: bool = False
    """Whether zone and rules are the host's for this event type alone, and those of no schedule."""
    schedule_id: UUID | None = None
    """The schedule from which zone and rules are; None: they are the event type's or the host's for it."""
    schedule_name: str | None = None
    holiday_region: str | None = None
    worked_holidays: list[str] = []
    days_off: list[HostDaysOff] = []
    """Those of the organization included."""
    trips: list[TripDays] = []
    position: int = 0
    pool: int = 0
    priority: int = 2
    weight: int = 100
    assigned: int = 0
    credit_millionths: int = 0
    last_sequence: int = 0


class ServedLimit(Struct, frozen=True):
    """A limit that applies to a served event type: of a host if ``user_id`` is set, of the event type, or of all."""

    event_type_id: UUID | None
    user_id: UUID | None
    period: str
    maximum: int


class ServedEventType(EventType, frozen=True, kw_only=True):
    """An event type with its hosts: everything that slots are computed from, except busy times."""

    availability_schedule_id: UUID | None
    """The owner's schedule for it; None: the default one, which all other hosts use anyway."""
    round_robin_mode: str
    lead_threshold: int | None
    pool_sizes: list[int] | None
    reconfirm_minutes: int | None
    reconfirm_by_minutes: int | None
    reconfirm_action: str
    owner_week_start: int
    organization_timezone: str
    organization_week_start: int
    is_used_up: bool
    """Whether it was for one booking, and has it."""
    hosts: list[Host]
    limits: list[ServedLimit]


# Columns that are needed only to compute slots.
_SERVED: LiteralString = """
    event_types.availability_schedule_id, event_types.round_robin_mode, event_types.lead_threshold,
    event_types.pool_sizes,
    event_types.reconfirm_minutes, event_types.reconfirm_by_minutes, event_types.reconfirm_action,
    owner.week_start AS owner_week_start, organization.timezone AS organization_timezone,
    organization.week_start AS organization_week_start,
    event_types.type = 'AdhocEventType' AND EXISTS (
        SELECT FROM scheduling_links AS link
        WHERE link.organization_id = event_types.organization_id AND link.event_type_id = event_types.id
          AND link.uses >= link.max_uses
    ) AS is_used_up,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'user_id', host.id, 'number', host.number, 'name', host.name, 'email', host.email,
                'timezone', coalesce(event_types.own_timezone, serving.own_timezone, schedule.timezone, host.timezone),
                'user_timezone', host.timezone, 'wall_zone', CASE WHEN event_types.own_rules IS NOT NULL
                    THEN coalesce(event_types.wall_zone, host.timezone) END, 'week_start', host.week_start,
                'rules', coalesce(event_types.own_rules, serving.own_rules, schedule.rules),
                'has_own_hours', serving.own_rules IS NOT NULL,
                'schedule_id', CASE WHEN event_types.own_rules IS NULL AND serving.own_rules IS NULL
                    THEN schedule.id END,
                'schedule_name', CASE WHEN event_types.own_rules IS NULL AND serving.own_rules IS NULL
                    THEN schedule.name END, 'holiday_region', host.holiday_region,
                'worked_holidays', host.worked_holidays, 'days_off', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'name', off.name, 'first_day', off.first_day, 'last_day', off.last_day)), '[]')
                    FROM days_off AS off
                    WHERE off.organization_id = serving.organization_id
                      AND (off.user_id = host.id OR off.user_id IS NULL)
                ), 'trips', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'first_day', trip.first_day, 'last_day', trip.last_day, 'timezone', trip.timezone)
                        ORDER BY trip.first_day, trip.created_at DESC, trip.id), '[]')
                    FROM trips AS trip
                    WHERE trip.organization_id = serving.organization_id AND trip.user_id = host.id
                      AND event_types.own_rules IS NULL
                ), 'position', serving.position, 'pool', serving.pool, 'priority', serving.priority,
                'weight', serving.weight, 'assigned', serving.assigned,
                'credit_millionths', serving.credit_millionths, 'last_sequence', serving.last_sequence
            ) ORDER BY serving.position, host.id), '[]')
     FROM event_type_hosts AS serving
     JOIN users AS host ON host.id = serving.user_id
     LEFT JOIN availability_schedules AS schedule
       ON schedule.organization_id = serving.organization_id AND schedule.user_id = host.id
      AND CASE WHEN event_types.availability_schedule_id IS NULL OR host.id <> event_types.owner_id
               THEN schedule.is_default ELSE schedule.id = event_types.availability_schedule_id END
     WHERE serving.organization_id = event_types.organization_id AND serving.event_type_id = event_types.id
    ) AS hosts,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'event_type_id', limits.event_type_id, 'user_id', limits.user_id, 'period', limits.period,
                'maximum', limits.maximum) ORDER BY limits.created_at, limits.id), '[]')
     FROM meeting_limits AS limits
     WHERE limits.organization_id = event_types.organization_id
       AND (limits.event_type_id IS NULL OR limits.event_type_id = event_types.id)
       AND (limits.user_id IS NULL OR limits.user_id IN (
            SELECT user_id FROM event_type_hosts
            WHERE organization_id = event_types.organization_id AND event_type_id = event_types.id))
    ) AS limits
"""
_FROM_SERVED: LiteralString = (
    f"{FROM} JOIN organizations AS organization ON organization.id = event_types.organization_id"
)


async def get(conn: Conn, organization_id: UUID, event_type_id: UUID) -> ServedEventType | None:
    """One event type with its hosts and their schedules, deleted ones included."""
    query: LiteralString = f"""
        SELECT {COLUMNS}, {_SERVED} {_FROM_SERVED}
        WHERE event_types.organization_id = %(organization_id)s AND event_types.id = %(id)s
    """
    return await fetch_one(conn, ServedEventType, query, {"organization_id": organization_id, "id": event_type_id})
