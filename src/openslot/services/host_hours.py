"""The hours of a host: the stored schedule with days off, public holidays and trips, in the core's terms."""

from datetime import date, timedelta
from functools import lru_cache

import msgspec

from openslot.core.availability import AvailabilitySchedule, Trip
from openslot.core.holidays import holidays_of
from openslot.core.intervals import Interval
from openslot.core.schedule_rules import schedule_from_rules
from openslot.db.served_event_types import Host


def schedule_of(host: Host, window: Interval) -> AvailabilitySchedule | None:
    """The host's schedule with days off and trips around ``window``; None where there is none: never available."""
    if host.rules is None:
        return None
    schedule = _schedule(host.timezone, msgspec.json.encode(host.rules))
    if not (host.holiday_region or host.days_off or host.trips):
        return schedule
    return AvailabilitySchedule(
        schedule.timezone,
        schedule.weekly,
        schedule.dates,
        _closed_days(host, window),
        tuple(Trip(trip.first_day, trip.last_day, trip.timezone) for trip in host.trips),
    )


def _closed_days(host: Host, window: Interval) -> dict[date, str]:
    """The host's public holidays and days off around ``window``, with their names."""
    # No zone is a day or more away from UTC, and no meeting is longer than a day.
    first, last = window.start.date() - timedelta(days=3), window.end.date() + timedelta(days=3)
    closed: dict[date, str] = {}
    if host.holiday_region:
        closed |= holidays_of(host.holiday_region, first, last, worked=host.worked_holidays)
    for off in host.days_off:
        day, until = max(off.first_day, first), min(off.last_day, last)
        while day <= until:
            closed[day] = off.name
            day += timedelta(days=1)
    return closed


@lru_cache(maxsize=4096)  # reading the rules is the slow part, and most requests come for the same hosts
def _schedule(timezone: str, rules: bytes) -> AvailabilitySchedule:
    return schedule_from_rules(timezone, msgspec.json.decode(rules))
