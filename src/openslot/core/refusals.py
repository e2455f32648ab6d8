"""Refusals: every reason why a start is not offered. A start is offered exactly when there is none.

This uses the functions that list slots, so that explanations can't differ from what is listed and accepted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from openslot.core.availability import AvailabilitySchedule
from openslot.core.epoch import MINUTE, floor_seconds, instant, whole_seconds
from openslot.core.intervals import Span
from openslot.core.offers import Offer, OfferedHost, able_hosts, choose, leads_at, planned_at, set_aside_at
from openslot.core.slots import BusyTime, ClosedSpan, earliest_start, open_stretches, span_of_days, what_blocks


class Code(StrEnum):
    """The reason why a start is refused."""

    INACTIVE = "INACTIVE"
    """The event type takes no bookings."""
    NO_HOST = "NO_HOST"
    NO_SCHEDULE = "NO_SCHEDULE"
    NOTICE = "NOTICE"
    DATE_RANGE = "DATE_RANGE"
    OUT_OF_REACH = "OUT_OF_REACH"
    """So far away that the database can't store it (``db.occupancy.REACH``)."""
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    ENDS_OUTSIDE_HOURS = "ENDS_OUTSIDE_HOURS"
    """It starts within the hours but ends after them."""
    DATE_OVERRIDE = "DATE_OVERRIDE"
    """Outside the hours that were set for this date."""
    HOLIDAY = "HOLIDAY"
    """A public holiday or a day off."""
    OFF_GRID = "OFF_GRID"
    BUSY = "BUSY"
    BUFFER = "BUFFER"
    HOLD = "HOLD"
    SEATS_TAKEN = "SEATS_TAKEN"
    DAILY_MAX = "DAILY_MAX"
    WEEKLY_MAX = "WEEKLY_MAX"
    MONTHLY_MAX = "MONTHLY_MAX"
    FAIRNESS = "FAIRNESS"
    """The host is ahead of the others in the round robin by the threshold or more."""
    NOT_ENOUGH_HOSTS = "NOT_ENOUGH_HOSTS"
    UNAVAILABLE = "UNAVAILABLE"
    """Stands for any reason of the host's own, for users who may not know it."""


Number = int | float | str | None


@dataclass(frozen=True)
class Refusal:
    """One reason."""

    code: Code
    host: UUID | None = None
    """None: the reason applies to the event type as a whole."""
    source: str | None = None
    """Its origin: ``event_type``, ``schedule``, ``holiday``, ``scheduled_event``, ``hold``, ``calendar``, ``pool``, or
    ``limit`` of a scope."""
    source_id: UUID | None = None
    numbers: dict[str, Number] = field(default_factory=dict)
    """The values that decided, times in ISO 8601 UTC, durations in minutes."""


OF_EVENT_TYPE = frozenset({Code.DATE_RANGE, Code.OFF_GRID, Code.FAIRNESS})
"""Reasons about one host that follow from the event type, so that its owner and all its hosts may know them."""


def as_seen_by(user_id: UUID, found: list[Refusal]) -> list[Refusal]:
    """The reasons as one of several hosts, or an owner of the event type who is no admin, may know them.

    The hours, days off, meetings, holds and limits of other hosts become ``UNAVAILABLE`` (ADR 0029).
    """
    seen: list[Refusal] = []
    for one in found:
        is_open = one.host in {None, user_id} or one.code in OF_EVENT_TYPE
        if one.code is Code.SEATS_TAKEN and not is_open:  # the event type's page shows its full group events anyway
            seen.append(Refusal(one.code, one.host, one.source))
        elif is_open:
            seen.append(one)
        elif (hidden := Refusal(Code.UNAVAILABLE, one.host)) not in seen:
            seen.append(hidden)
    return seen


def refusals(offer: Offer, start: datetime, *, now: datetime) -> list[Refusal]:
    """All reasons against ``start`` (aware); empty exactly when it is offered.

    Reasons of some hosts do not count as long as the others are enough. If they are not, each host who can't meet has
    at least one.
    """
    second = floor_seconds(start)
    whole = not start.microsecond
    if whole and planned_at(offer, second, now=now) is not None:
        return []
    if whole and any(one.start == second and one.seats_left > 0 for one in offer.planned):
        return _of_notice(offer, second, now)  # only notice keeps invitees from joining a scheduled event
    if not offer.hosts:
        return [Refusal(Code.NO_HOST, source="event_type")]
    able = able_hosts(offer, second, now=now)
    if whole and choose(offer, able, second, ranking=()) is not None:
        return []
    found = _of_type(offer, second, now)
    leads = leads_at(offer, second, now=now)
    for host in offer.hosts:
        found += _of_host(offer, host, leads.get(host.id), second, now)
    counts = [sum(1 for one in able if one.host.pool == pool) for pool in range(len(offer.needed))]
    short = [pool for pool, needed in enumerate(offer.needed) if counts[pool] < needed]
    if not short and not any(one.code is Code.OFF_GRID for one in found):
        found.append(_off_grid(offer, max(one.anchor for one in able), second))
    elif sum(offer.needed) > 1:
        found += [
            Refusal(
                Code.NOT_ENOUGH_HOSTS,
                source="pool",
                numbers={
                    "pool": pool,
                    "needed": offer.needed[pool],
                    "able": counts[pool],
                    "hosts": offer.pools.get(pool, 0),
                },
            )
            for pool in short
        ]
    return found


def _of_type(offer: Offer, second: int, now: datetime) -> list[Refusal]:
    found = _of_notice(offer, second, now)
    # Joining an event does not count towards a limit again, so a limit is a reason only if it blocks some host.
    blocking = [set(what_blocks(offer.rules, host.busy, offer.full, second)) for host in offer.hosts]
    found += [_of_limit(one, None) for one in offer.full if any(one in blocked for blocked in blocking)]
    return found


def _of_notice(offer: Offer, second: int, now: datetime) -> list[Refusal]:
    earliest = earliest_start(offer.rules, now)
    if second >= earliest:
        return []
    minutes = whole_seconds(offer.rules.notice) // MINUTE
    numbers: dict[str, Number] = {"notice_minutes": minutes, "earliest": _written(earliest)}
    return [Refusal(Code.NOTICE, source="event_type", numbers=numbers)]


def set_aside(offer: Offer, start: datetime, *, now: datetime) -> list[Refusal]:
    """The fairness refusals that do not apply, since the hosts who are behind have no time on this day."""
    return [_of_lead(offer, host, lead) for host, lead in set_aside_at(offer, floor_seconds(start), now=now).items()]


def _of_lead(offer: Offer, host: UUID, lead: float) -> Refusal:
    numbers: dict[str, Number] = {"lead": round(lead, 3), "threshold": offer.threshold}
    return Refusal(Code.FAIRNESS, host, "pool", numbers=numbers)


def _of_host(offer: Offer, host: OfferedHost, lead: float | None, second: int, now: datetime) -> list[Refusal]:
    if host.schedule is None:
        return [Refusal(Code.NO_SCHEDULE, host.id, "schedule")]
    found: list[Refusal] = []
    first, last = span_of_days(offer.rules, host.schedule, now)
    if (first is not None and second < first) or (last is not None and last <= second):
        numbers: dict[str, Number] = {"from": _written(first), "until": _written(last)}
        found.append(Refusal(Code.DATE_RANGE, host.id, "event_type", numbers=numbers))
    found += _of_hours(offer, host, host.schedule, second)
    for one in what_blocks(offer.rules, host.busy, host.full, second):
        found.append(_of_limit(one, host.id) if isinstance(one, ClosedSpan) else _of_busy(offer, host, one, second))
    if lead is not None and not any(busy.is_joined_at(second) for busy in host.busy):
        found.append(_of_lead(offer, host.id, lead))
    return found


def _of_hours(offer: Offer, host: OfferedHost, schedule: AvailabilitySchedule, second: int) -> list[Refusal]:
    duration = whole_seconds(offer.rules.duration)
    for anchor, start, end, closes in open_stretches(schedule, Span(second, second + duration)):
        if start <= second < end:
            if second + duration > closes:
                numbers: dict[str, Number] = {"duration_minutes": duration // MINUTE, "closes": _written(closes)}
                return [Refusal(Code.ENDS_OUTSIDE_HOURS, host.id, "schedule", numbers=numbers)]
            # Where several hosts must meet, the common grid counts and not this host's.
            if sum(offer.needed) == 1 and (second - anchor) % whole_seconds(offer.rules.increment):
                return [_off_grid(offer, anchor, second, host.id)]
            return []
    day = schedule.day_at(second)
    ruled_by = schedule.ruled_by(day)
    code = {"holiday": Code.HOLIDAY, "date": Code.DATE_OVERRIDE}.get(ruled_by.kind, Code.OUTSIDE_HOURS)
    source = "holiday" if code is Code.HOLIDAY else "schedule"
    return [Refusal(code, host.id, source, numbers={"day": day.isoformat(), "name": ruled_by.name})]


def _of_busy(offer: Offer, host: OfferedHost, busy: BusyTime, second: int) -> Refusal:
    meeting_start, meeting_end = busy.meeting_start, busy.meeting_end
    if meeting_start >= meeting_end:  # without buffers of its own
        meeting_start, meeting_end = busy.start, busy.end
    lasts_until = [one.meeting_end for one in host.busy if one.is_joined_at(second)]  # an event may outlast a new one
    ends = max([second + whole_seconds(offer.rules.duration), *lasts_until])
    overlaps = second < meeting_end and meeting_start < ends
    code = Code.BUSY if overlaps else Code.BUFFER
    if busy.is_hold and overlaps:
        code = Code.HOLD
    elif busy.seats_left == 0 and meeting_start == second:
        code = Code.SEATS_TAKEN
    numbers: dict[str, Number] = {"from": _written(busy.start), "until": _written(busy.end)}
    if code is Code.BUFFER:
        numbers |= {
            "buffer_before_minutes": whole_seconds(offer.rules.buffer_before) // MINUTE,
            "buffer_after_minutes": whole_seconds(offer.rules.buffer_after) // MINUTE,
        }
    if busy.id.int == 0:
        return Refusal(code, host.id, "calendar", None, numbers)
    return Refusal(code, host.id, "hold" if busy.is_hold else "scheduled_event", busy.id, numbers)


def _of_limit(one: ClosedSpan, host: UUID | None) -> Refusal:
    numbers: dict[str, Number] = {
        "maximum": one.maximum,
        "taken": one.taken,
        "from": _written(one.start),
        "until": _written(one.end),
    }
    return Refusal(Code(one.code), host, f"limit of the {one.scope}", None, numbers)


def _off_grid(offer: Offer, anchor: int, second: int, host: UUID | None = None) -> Refusal:
    increment = whole_seconds(offer.rules.increment)
    before = second - (second - anchor) % increment
    numbers: dict[str, Number] = {
        "increment_minutes": increment // MINUTE,
        "before": _written(before),
        "after": _written(before + increment),
    }
    return Refusal(Code.OFF_GRID, host, "event_type", None, numbers)


def _written(second: int | None) -> str | None:
    return None if second is None else instant(second).isoformat().replace("+00:00", "Z")
