"""One-off event types: for one meeting, with hours of their own or the hosts', booked once through their own link.

Source: behaviours, section 8; ADR 0011.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from openslot.core.booking_form import NOT_A_ZONE, is_zone
from openslot.core.errors import FieldError, Invalid
from openslot.core.event_type_form import check_duration, check_location, check_name, tidy_locations
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.kinds import ONE_OFF, Pooling
from openslot.core.roles import Action
from openslot.core.slugs import slugify
from openslot.db import event_types, users
from openslot.db.event_types import EventType, NewEventType
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.security.tokens import new_link_token
from openslot.services import access, outbox, scheduling_links, serving
from openslot.services.access import Principal
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.one_off_event_types import DateRangeSetting, DaysSetting, SpotsSetting

MAX_RANGE = timedelta(days=365)
MAX_DAYS = 365
MAX_SPOTS = 100
MAX_CO_HOSTS = 49


@dataclass(frozen=True, kw_only=True)
class OneOff:
    """What is wanted."""

    name: str
    host_ids: Sequence[UUID]
    """The first owns it; several meet together."""
    duration: float
    date_setting: DateRangeSetting | DaysSetting | SpotsSetting
    timezone: str | None
    """In which spots are meant; None: each host's own."""
    location: LocationConfiguration | None


async def create(conn: Conn, principal: Principal, wanted: OneOff, *, uris: Uris, now: datetime) -> EventType:
    """A new one-off event type with its link.

    Raises:
        Invalid: what is wanted can't be; every field is named.
        Forbidden: somebody else's, by a plain member; a co-host whom the caller can't name.
    """
    await access.colleague(conn, principal, wanted.host_ids[0], Action.CREATE_EVENT_TYPE)
    await access.require_hosts(conn, principal, wanted.host_ids)
    errors: list[FieldError] = []
    name = check_name(wanted.name, errors)
    minutes = int(wanted.duration)
    if minutes == wanted.duration:
        check_duration(minutes, errors)
    else:
        errors.append(FieldError("duration", "must be whole minutes"))
    if wanted.timezone is not None and not is_zone(wanted.timezone):
        errors.append(FieldError("timezone", NOT_A_ZONE))
    if wanted.location is not None:
        check_location(wanted.location, errors)
    if len(wanted.host_ids) > MAX_CO_HOSTS + 1:
        errors.append(FieldError("co_hosts", f"must have at most {MAX_CO_HOSTS} items"))
    when = _when(wanted, timedelta(minutes=max(minutes, 1)), errors, now=now)
    if errors:
        raise Invalid(*errors)
    hosts = list(dict.fromkeys(wanted.host_ids))
    owner = await users.get(conn, hosts[0])
    assert owner is not None  # access has looked
    token = new_link_token()
    event_type_id = new_id()
    new = NewEventType(
        id=event_type_id,
        organization_id=principal.organization_id,
        owner_id=owner.id,
        name=name,
        slug=f"{slugify(name)}-{event_type_id.hex[-8:]}",
        duration_minutes=minutes,
        pooling_type=Pooling.COLLECTIVE if len(hosts) > 1 else None,
        type=ONE_OFF,
        locations=[] if wanted.location is None else tidy_locations([wanted.location]),
        link_token=token,
        locale=owner.locale,
    )
    await event_types.insert(conn, msgspec.structs.replace(new, **when), hosts=hosts, now=now)
    made = await event_types.get(conn, principal.organization_id, event_type_id)
    assert made is not None  # inserted above
    await scheduling_links.create(conn, made, principal.user.id, token=token, now=now)
    served = await serving.find(conn, made.organization_id, made.id)
    await outbox.record_event_type(conn, "event_type.created", served, uris, now=now)
    return made


def _when(wanted: OneOff, duration: timedelta, errors: list[FieldError], *, now: datetime) -> dict[str, Any]:
    """The columns of an event type that set when it can be booked."""
    match wanted.date_setting:
        case DateRangeSetting(first, last):
            if last < first or last - first >= MAX_RANGE:
                errors.append(FieldError("date_setting.end_date", "must be on or after start_date, within 365 days"))
            elif last < now.date():
                errors.append(FieldError("date_setting.end_date", "must be in the future"))
            return {"range_kind": "fixed", "range_first": first, "range_last": last, "range_days": None}
        case DaysSetting(days, only_weekdays):
            if not 0 <= days <= MAX_DAYS:
                errors.append(FieldError("date_setting.days", f"must be from 0 to {MAX_DAYS}"))
            return {"range_kind": "rolling", "range_days": days, "range_business_days": only_weekdays}
        case SpotsSetting() as setting:
            # In UTC, which has no repeated hour: the rules open exactly the instants that were given. The host has
            # chosen them, so no notice is needed and no trip moves them.
            return {
                "range_kind": "indefinite", "range_days": None, "notice_minutes": 0, "own_timezone": "UTC",
                "wall_zone": wanted.timezone,
                "own_rules": _rules(_spots(setting, duration, errors, now=now)),
                "increment_minutes": max(int(duration.total_seconds()) // 60, 1),
            }  # fmt: skip


def _spots(setting: SpotsSetting, duration: timedelta, errors: list[FieldError], *, now: datetime) -> list[Interval]:
    """The spots, ascending. None may overlap another: it would not be clear which starts it offers then."""
    found: list[tuple[Interval, int]] = []
    if not 1 <= len(setting.spots) <= MAX_SPOTS:
        errors.append(FieldError("date_setting.spots", f"must have 1 to {MAX_SPOTS} items"))
    for index, spot in enumerate(setting.spots[:MAX_SPOTS]):
        path = f"date_setting.spots[{index}]"
        start, end = spot.start_time, spot.end_time
        if start <= now:
            errors.append(FieldError(f"{path}.start_time", "must be in the future"))
        elif any(one.second or one.microsecond for one in (start, end)):
            errors.append(FieldError(f"{path}.start_time", "must be a whole minute"))
        elif not duration <= end - start <= timedelta(days=1):
            errors.append(FieldError(f"{path}.end_time", "must leave room for the duration, and a day at most"))
        else:
            found.append((Interval(start.astimezone(UTC), end.astimezone(UTC)), index))
    found.sort()
    until = now
    for (first, last), index in found:
        if first < until:
            errors.append(FieldError(f"date_setting.spots[{index}].start_time", "must not overlap another spot"))
        until = max(until, last)
    return [interval for interval, _ in found]


def _rules(spots: Sequence[Interval]) -> list[dict[str, Any]]:
    """Date rules of an availability schedule in UTC; an end that does not come after its start is on the next day."""
    days: dict[date, list[dict[str, str]]] = {}
    for start, end in spots:
        days.setdefault(start.date(), []).append({"from": f"{start:%H:%M}", "to": f"{end:%H:%M}"})
    return [{"type": "date", "date": day.isoformat(), "intervals": intervals} for day, intervals in days.items()]
