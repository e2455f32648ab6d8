"""Making links: single-use ones, shares that change some of an event type, and links with an end of our own.

Source: behaviours, section 12; rules, section 13; ADR 0011.
"""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, invalid
from openslot.core.event_type_form import (
    check_days,
    check_days_ahead,
    check_durations,
    check_hours,
    check_locations,
    check_name,
    tidy_locations,
)
from openslot.core.kinds import ONE_OFF
from openslot.core.schedule_rules import tidy_rules
from openslot.db import event_type_hosts, event_types
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.services import access, scheduling_links
from openslot.services.access import Principal
from openslot.services.scheduling_links import NewLink
from openslot.wire.shares import CreateShare, ShareLocation, ShareOverride


async def own_event_type(conn: Conn, principal: Principal, event_type_id: UUID) -> EventType:
    """An event type that the caller manages.

    Raises:
        NotFound: no such event type, or it is deleted. Forbidden: it is somebody else's.
    """
    found = await event_types.get(conn, principal.organization_id, event_type_id)
    if found is None or found.deleted_at is not None:
        raise NotFound("event type")
    if not principal.may_manage(found):
        raise Forbidden
    return found


async def create_link(
    conn: Conn,
    principal: Principal,
    event_type: EventType,
    *,
    max_uses: int | None = 1,
    expires_at: datetime | None = None,
    returns_on_cancel: bool = False,
    now: datetime,
) -> NewLink:
    """A link to an event type as it is; both ends may be set.

    Raises:
        Invalid: no use, an end in the past, or a one-off event type, which has its one link.
    """
    if event_type.type == ONE_OFF:
        raise invalid("owner", "is a one-off event type, which has a link of its own")
    if max_uses is not None and max_uses < 1:
        raise invalid("max_uses", "must be 1 or more")
    if expires_at is not None and expires_at <= now:
        raise invalid("expires_at", "must be in the future")
    return await scheduling_links.create(
        conn,
        event_type,
        principal.user.id,
        max_uses=max_uses,
        expires_at=expires_at,
        returns_on_cancel=returns_on_cancel,
        now=now,
    )


async def create_share(
    conn: Conn, principal: Principal, event_type: EventType, wanted: CreateShare, *, now: datetime
) -> NewLink:
    """A single-use link that changes some of the event type; what is left out is copied from it as it is now.

    Raises:
        Invalid: a setting of the link is not possible; every field is named.
        Forbidden: hours of its own, which all hosts would have, and one of them is not the caller's to name.
    """
    if event_type.type == ONE_OFF:
        raise invalid("event_type", "is a one-off event type, which has a link of its own")
    if wanted.availability_rule is not None:
        hosts = await event_type_hosts.list_ids(conn, event_type.organization_id, event_type.id)
        await access.require_hosts(conn, principal, hosts)
    overrides = _override(event_type, wanted)
    return await scheduling_links.create(conn, event_type, principal.user.id, overrides=overrides, now=now)


def _override(event_type: EventType, wanted: CreateShare) -> ShareOverride:
    errors: list[FieldError] = []
    name = event_type.name if wanted.name is None else check_name(wanted.name, errors)
    options = event_type.duration_options if wanted.duration_options is None else wanted.duration_options
    duration = wanted.duration
    if duration is None:
        duration = event_type.duration_minutes
        if wanted.duration_options and duration not in wanted.duration_options:
            duration = wanted.duration_options[0]
    check_durations(duration, options, errors)
    copied = ShareOverride(
        name=name,
        duration=duration,
        duration_options=options,
        period_type=wanted.period_type or scheduling_links.period_type(event_type),
        hide_location=wanted.hide_location,
        location_configurations=_locations(event_type, wanted),
    )
    _set_period(copied, event_type, wanted, errors)
    if wanted.location_configurations is not None:
        check_locations(copied.location_configurations, errors, "location_configurations")
        copied.location_configurations = tidy_locations(copied.location_configurations)
    only = copied.location_configurations[0].kind if len(copied.location_configurations) == 1 else None
    if wanted.hide_location and only != "custom":
        errors.append(FieldError("hide_location", "is only for a single custom location"))
    if wanted.availability_rule is not None:
        check_hours(wanted.availability_rule.timezone, wanted.availability_rule.rules, errors, "availability_rule")
    if errors:
        raise Invalid(*errors)
    if wanted.availability_rule is not None:
        hours = wanted.availability_rule
        copied.availability_rule = structs.replace(hours, rules=tidy_rules(hours.rules))
    return copied


def _set_period(share: ShareOverride, event_type: EventType, wanted: CreateShare, errors: list[FieldError]) -> None:
    """The days of the share's period: those given, or where it is of the event type's kind, the event type's."""
    if share.period_type == "fixed":
        share.start_date = wanted.start_date or event_type.range_first
        share.end_date = wanted.end_date or event_type.range_last
        check_days(share.start_date, share.end_date, errors)
    elif share.period_type != "unlimited":
        given = wanted.max_booking_time
        share.max_booking_time = event_type.range_days if given is None else given
        check_days_ahead(share.max_booking_time, errors, "max_booking_time")
        return
    if wanted.max_booking_time is not None:  # it has no effect here, but has to be valid
        check_days_ahead(wanted.max_booking_time, errors, "max_booking_time")


def _locations(event_type: EventType, wanted: CreateShare) -> list[ShareLocation]:
    if wanted.location_configurations is not None:
        return sorted(wanted.location_configurations, key=lambda one: one.position)
    return [
        ShareLocation(one.kind, one.location, one.additional_info, one.phone_number, position)
        for position, one in enumerate(event_type.locations)
    ]
