"""Which limits per day, week and month are reached: counted from what is booked and held."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openslot.core.epoch import ceil_seconds, floor_seconds
from openslot.core.intervals import Interval
from openslot.core.limits import Limit, Period, is_full, periods
from openslot.core.slots import ClosedSpan
from openslot.db import meeting_limits
from openslot.db.meeting_limits import Counted
from openslot.db.pool import Conn
from openslot.db.served_event_types import Host, ServedEventType, ServedLimit

_CODES = {Period.DAY: "DAILY_MAX", Period.WEEK: "WEEKLY_MAX", Period.MONTH: "MONTHLY_MAX"}


class Reached(NamedTuple):
    """Limits that leave no room, by period."""

    of_all: Sequence[ClosedSpan] = ()
    """Of the event type and of the organization."""
    of_host: Mapping[UUID, Sequence[ClosedSpan]] = {}


async def limits_reached(
    conn: Conn,
    event_type: ServedEventType,
    hosts: Sequence[Host],
    window: Interval,
    *,
    now: datetime,
    except_ids: Sequence[UUID] = (),
) -> Reached:
    """Count what the limits in ``window`` have taken, if there are any: one statement, whatever their number."""
    if not event_type.limits:
        return Reached()
    by_id = {host.user_id: host for host in hosts}
    checked: list[tuple[ServedLimit, Limit, Counted]] = []
    for stored in event_type.limits:
        if stored.user_id is not None and stored.user_id not in by_id:
            continue
        limit = _limit(event_type, by_id, stored)
        checked += [
            (stored, limit, Counted(period.start, period.end, stored.event_type_id, stored.user_id))
            for period in periods(limit, floor_seconds(window.start), ceil_seconds(window.end))
        ]
    if not checked:
        return Reached()
    taken = await meeting_limits.counts(
        conn, event_type.organization_id, [counted for _, _, counted in checked], now=now, except_ids=except_ids
    )
    of_all: list[ClosedSpan] = []
    of_host: dict[UUID, list[ClosedSpan]] = {}
    for (stored, limit, counted), count in zip(checked, taken, strict=True):
        if not is_full(limit, count):
            continue
        scope = "event_type" if stored.event_type_id else "host" if stored.user_id else "organization"
        full = ClosedSpan(counted.first, counted.last, _CODES[limit.period], scope, limit.maximum, count)
        (of_all if stored.user_id is None else of_host.setdefault(stored.user_id, [])).append(full)
    return Reached(of_all, of_host)


def _limit(event_type: ServedEventType, hosts: Mapping[UUID, Host], stored: ServedLimit) -> Limit:
    """The limit in the zone, and with the weeks, of its host, of the event type's owner, or of the organization."""
    if stored.user_id is not None:
        zone, week_start = hosts[stored.user_id].user_timezone, hosts[stored.user_id].week_start
    elif stored.event_type_id is not None:
        zone, week_start = event_type.owner_timezone, event_type.owner_week_start
    else:
        zone, week_start = event_type.organization_timezone, event_type.organization_week_start
    return Limit(Period(stored.period), stored.maximum, zone, week_start)
