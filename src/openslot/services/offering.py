"""From rows to the core's terms: an event type, its hosts and what takes their time, as an offer.

Decides nothing by itself: ``core/offers`` does.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from openslot.core import pooling
from openslot.core.availability import AvailabilitySchedule, Trip, schedule_from_rules
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.epoch import ceil_seconds, floor_seconds, whole_seconds
from openslot.core.holidays import holidays_of
from openslot.core.intervals import Interval
from openslot.core.limits import Limit, Period, is_full, periods
from openslot.core.offers import Fairness, OfferedHost, Planned
from openslot.core.pooling import Mode, Standing
from openslot.core.slots import BusyTime, Full, Rules
from openslot.db import meeting_limits
from openslot.db.event_types import EventType, Host, ServedEventType, ServedLimit
from openslot.db.meeting_limits import Counted
from openslot.db.occupancy import Joining
from openslot.db.pool import Conn

MILLION = 1_000_000
_CODES = {Period.DAY: "DAILY_MAX", Period.WEEK: "WEEKLY_MAX", Period.MONTH: "MONTHLY_MAX"}


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


def hosts_needed(served: ServedEventType) -> tuple[int, ...]:
    """How many hosts of each pool an event needs."""
    match served.pooling_type:
        case "collective":
            return (len(served.hosts),)
        case "multi_pool":
            return tuple(served.pool_sizes or ())
        case _:
            return (1,)


def joining(served: ServedEventType, window: Interval) -> Joining | None:
    """Which events have seats to join: those of a group event type that start in ``window``."""
    if served.kind != "group":
        return None
    return Joining(served.organization_id, served.id, served.seats, served.duration_minutes * 60, window)


def planned_of(served: ServedEventType, planned: Sequence[Planned]) -> list[Planned]:
    """Those that can be joined, in the order of their hosts; who keeps hosts joins none of others."""
    place = {host.user_id: number for number, host in enumerate(served.hosts)}
    if served.keeps_hosts:
        planned = [one for one in planned if place.keys() >= set(one.hosts)]
    return sorted(planned, key=lambda one: min((place.get(host, len(place)) for host in one.hosts), default=0))


def offered_hosts(
    served: ServedEventType,
    hosts: Sequence[Host],
    busy: Mapping[int, Sequence[BusyTime]],
    full: Mapping[UUID, Sequence[Full]],
    window: Interval,
) -> list[OfferedHost]:
    """The hosts of an event type with what takes their time, by number, and the limits they have reached."""
    return [
        OfferedHost(
            id=host.user_id,
            schedule=schedule_of(host, window),
            busy=busy[host.number],
            full=full.get(host.user_id, ()),
            pool=host.pool if served.pooling_type == "multi_pool" else 0,
        )
        for host in hosts
    ]


def standings_of(served: ServedEventType, pool: int | None = None) -> list[Standing]:
    """How the hosts (of one pool) stand in the round robin."""
    return [
        Standing(
            host=host.user_id,
            position=host.position,
            weight=host.weight,
            priority=host.priority,
            assigned=host.assigned,
            credit=Fraction(host.credit_millionths, MILLION),
            last_sequence=host.last_sequence,
        )
        for host in served.hosts
        if pool is None or host.pool == pool
    ]


def hidden_hosts(served: ServedEventType) -> dict[UUID, float]:
    """Hosts who are so far ahead of the others in a round robin that they are not offered, with their lead.

    That is while those others have time (``fairness_of``).
    """
    if served.pooling_type != "round_robin":
        return {}
    hidden = pooling.hidden(standings_of(served), mode=Mode(served.round_robin_mode), threshold=served.lead_threshold)
    return {host: float(lead) for host, lead in hidden.items()}


def fairness_of(served: ServedEventType) -> Fairness | None:
    """Who is hidden on which day; None where nobody can be: who is not ahead of all is not ahead of some."""
    if served.lead_threshold is None or not hidden_hosts(served):
        return None
    return Fairness(standings_of(served), served.lead_threshold, served.owner_timezone)


def credits_absence(served: ServedEventType) -> bool:
    """Whether shares are to be equal, so that who is away is credited for it."""
    chooses = served.pooling_type in {"round_robin", "multi_pool"}
    return chooses and Mode(served.round_robin_mode) is Mode.EQUAL_DISTRIBUTION


def schedule_of(host: Host, window: Interval) -> AvailabilitySchedule | None:
    """The host's schedule with days off and trips around ``window``; None where there is none: never available."""
    if host.rules is None:
        return None
    schedule = _schedule(host.timezone, msgspec.json.encode(host.rules))
    if not (host.holiday_region or host.days_off or host.trips):
        return schedule
    first, last = window.start.date() - timedelta(days=3), window.end.date() + timedelta(days=3)
    closed: dict[date, str] = {}
    if host.holiday_region:
        closed |= holidays_of(host.holiday_region, first, last, worked=host.worked_holidays)
    for off in host.days_off:
        day, until = max(off.first_day, first), min(off.last_day, last)
        while day <= until:
            closed[day] = off.name
            day += timedelta(days=1)
    return AvailabilitySchedule(
        schedule.timezone,
        schedule.weekly,
        schedule.dates,
        closed,
        tuple(Trip(trip.first_day, trip.last_day, trip.timezone) for trip in host.trips),
    )


@lru_cache(maxsize=4096)
def _schedule(timezone: str, rules: bytes) -> AvailabilitySchedule:
    return schedule_from_rules(timezone, msgspec.json.decode(rules))


class Reached(NamedTuple):
    """Limits that leave no room, by period."""

    of_all: Sequence[Full] = ()
    """Of the event type and of the organization."""
    of_host: Mapping[UUID, Sequence[Full]] = {}


async def limits_reached(
    conn: Conn,
    served: ServedEventType,
    hosts: Sequence[Host],
    window: Interval,
    *,
    now: datetime,
    except_ids: Sequence[UUID] = (),
) -> Reached:
    """Count what the limits in ``window`` have taken, if there are any: one statement, whatever their number."""
    if not served.limits:
        return Reached()
    by_id = {host.user_id: host for host in hosts}
    asked: list[tuple[ServedLimit, Limit, Counted]] = []
    for stored in served.limits:
        if stored.user_id is not None and stored.user_id not in by_id:
            continue
        limit = _limit(served, by_id, stored)
        asked += [
            (stored, limit, Counted(period.start, period.end, stored.event_type_id, stored.user_id))
            for period in periods(limit, floor_seconds(window.start), ceil_seconds(window.end))
        ]
    if not asked:
        return Reached()
    taken = await meeting_limits.counts(
        conn, served.organization_id, [counted for _, _, counted in asked], now=now, except_ids=except_ids
    )
    of_all: list[Full] = []
    of_host: dict[UUID, list[Full]] = {}
    for (stored, limit, counted), count in zip(asked, taken, strict=True):
        if not is_full(limit, count):
            continue
        scope = "event_type" if stored.event_type_id else "host" if stored.user_id else "organization"
        full = Full(counted.first, counted.last, _CODES[limit.period], scope, limit.maximum, count)
        (of_all if stored.user_id is None else of_host.setdefault(stored.user_id, [])).append(full)
    return Reached(of_all, of_host)


def _limit(served: ServedEventType, hosts: Mapping[UUID, Host], stored: ServedLimit) -> Limit:
    """The limit in the zone, and with the weeks, of whose it is."""
    if stored.user_id is not None:
        zone, week_start = hosts[stored.user_id].user_timezone, hosts[stored.user_id].week_start
    elif stored.event_type_id is not None:
        zone, week_start = served.owner_timezone, served.owner_week_start
    else:
        zone, week_start = served.organization_timezone, served.organization_week_start
    return Limit(Period(stored.period), stored.maximum, zone, week_start)


def _date_range(event_type: EventType) -> DateRange:
    match event_type.range_kind:
        case "rolling" if event_type.range_days is not None:
            return Rolling(event_type.range_days, event_type.range_business_days)
        case "fixed" if event_type.range_first is not None and event_type.range_last is not None:
            return Fixed(event_type.range_first, event_type.range_last)
        case _:
            return Indefinite()


def meeting_of(served: ServedEventType, start: datetime) -> Interval:
    """The meeting that begins at ``start``, without buffers, in UTC."""
    utc = start.astimezone(UTC)
    return Interval(utc, utc + timedelta(seconds=whole_seconds(rules_of(served).duration)))
